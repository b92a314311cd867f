"""Asks the database to do something and hears which constraint refused."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from booking.constraints import violated


def refusal(act: Callable[[], Any]) -> str | None:
    """Do it; return the name of the constraint that refused, "done" if none did."""
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        return violated(error)
    return "done"
