"""Run the action of a form once for each rendered form, however often it is sent.

The hidden `form_key` is stored in the transaction of the action. The same key with the same content
leads to the first outcome. With other content it is refused, and the first outcome stays.
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
    """The form was sent before, with other content."""


def new_key() -> str:
    """Return a new key for a form that is about to be rendered."""
    return secrets.token_urlsafe(32)


def _hmac(data: QueryDict) -> str:
    # Sorted, as a browser may send the fields in another order; the CSRF token differs each time.
    content = sorted(
        (name, values) for name, values in data.lists() if name != "csrfmiddlewaretoken"
    )
    return salted_hmac("clinic.submissions", repr(content), algorithm="sha256").hexdigest()


def _earlier(key: str, actor: str, view: str, body: str) -> str | None:
    """Return the outcome of this form if it was sent before. Raises SentWithOtherContent."""
    row = Submission.objects.filter(key=key, actor=actor, view=view).first()
    if row is None:
        return None
    if row.body_hmac != body:
        raise SentWithOtherContent
    return row.outcome


def once(request: HttpRequest, view: str, actor: str, action: Callable[[], str]) -> str:
    """Run `action` in a transaction with the key of this form; return the address it returns.

    Sent again, the form leads to the first address and the action does not run. A form without a
    valid key counts as a new one. Raises SentWithOtherContent, and what the action raises.
    """
    key = request.POST.get(FIELD, "")
    if not _KEY.fullmatch(key):
        key = new_key()
    body = _hmac(request.POST)
    if (outcome := _earlier(key, actor, view, body)) is not None:
        return outcome
    try:
        with transaction.atomic():
            # Inserted before the action runs: a double click waits here for the first to commit.
            row = Submission.objects.create(
                key=key, actor=actor, view=view, body_hmac=body, outcome=""
            )
            row.outcome = action()
            row.save(update_fields=["outcome"])
            return row.outcome
    except IntegrityError:
        # Either the key is taken, by the first of two clicks, or the action itself failed.
        if (outcome := _earlier(key, actor, view, body)) is not None:
            return outcome
        raise
