"""Find out which constraint of the database refuses an action."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from booking.constraints import violated


def refusal(act: Callable[[], Any]) -> str | None:
    """Call `act` and return the name of the constraint that refused it, or "done".

    None means that the database refused, but not by a named constraint.
    """
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        return violated(error)
    return "done"
