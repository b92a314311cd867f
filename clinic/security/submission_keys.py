"""Runs the deed behind a form once for each rendered form.

The hidden `form_key` field is stored in the deed's own transaction. The same key with the same
content leads to the first outcome; with other content it is refused, and the first stays.
"""

import re
import secrets
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac

from clinic.models.submissions import Submission

FIELD = "form_key"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class SentWithOtherContent(Exception):
    """This form was sent before, with other content."""


def new_key() -> str:
    """Return a fresh key for a form about to be rendered."""
    return secrets.token_urlsafe(32)


def _hmac(data: QueryDict) -> str:
    content = sorted(
        (name, values) for name, values in data.lists() if name != "csrfmiddlewaretoken"
    )
    return salted_hmac("clinic.submissions", repr(content), algorithm="sha256").hexdigest()


def _earlier(key: str, actor: str, view: str, body: str) -> str | None:
    row = Submission.objects.filter(key=key, actor=actor, view=view).first()
    if row is None:
        return None
    if row.body_hmac != body:
        raise SentWithOtherContent
    return row.outcome


def once(request: HttpRequest, view: str, actor: str, deed: Callable[[], str]) -> str:
    """Run `deed` in a transaction with this form's key; return the address it leads to.

    `deed` returns that address. A repeat returns the first run's address without running it.
    A missing or malformed key counts as a new form. Raises SentWithOtherContent and what the deed
    raises.
    """
    key = request.POST.get(FIELD, "")
    if not _KEY.fullmatch(key):
        key = new_key()
    body = _hmac(request.POST)
    if (outcome := _earlier(key, actor, view, body)) is not None:
        return outcome
    try:
        with transaction.atomic():
            # Inserted first: a double click waits here until the first one's deed has committed.
            row = Submission.objects.create(
                key=key, actor=actor, view=view, body_hmac=body, outcome=""
            )
            row.outcome = deed()
            row.save(update_fields=["outcome"])
            return row.outcome
    except IntegrityError:
        if (outcome := _earlier(key, actor, view, body)) is not None:
            return outcome
        raise
