"""What anybody can ask for by naming an address: written down first, decided by the sender.

So whoever asks learns nothing about the address, neither from the answer nor from its time.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from clinic.models.messages import Asked

log = logging.getLogger("run_ready.asked")

# What was asked for, and when (UTC).
Answer = Callable[[Any, datetime], None]
_ANSWERS: dict[str, Answer] = {}
# How many a run of the sender deals with; the next one goes on.
MOST_IN_A_RUN = 200


def register(kind: str, answer: Answer) -> None:
    """Register what the sender does about this kind. `answer(content, asked_at)` owes the mail."""
    _ANSWERS[kind] = answer


def ask(kind: str, content: dict[str, Any]) -> None:
    """Write down that this was asked for. The content is sealed."""
    Asked.objects.create(kind=kind, content=content, asked_at=timezone.now())


def answer_all() -> int:
    """Deal with what was asked for, the oldest first; return how many.

    One that fails is logged and left; the others go on.
    """
    waiting = Asked.objects.filter(failed_at__isnull=True).order_by("asked_at")
    return sum(_answered(key) for key in waiting.values_list("pk", flat=True)[:MOST_IN_A_RUN])


def _answered(key: UUID) -> bool:
    try:
        return _answer(key)
    except OperationalError:
        # Somebody has locked a row, for a moment: the next run tries again.
        return False
    except Exception:  # one that cannot be answered must not stop the others
        log.exception("what was asked for (%s) could not be answered", key)
        Asked.objects.filter(pk=key).update(failed_at=timezone.now())
        return False


@transaction.atomic
def _answer(key: UUID) -> bool:
    rows = Asked.objects.filter(pk=key)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    row = rows.first()
    if row is None:
        # Another sender deals with it.
        return False
    _ANSWERS[row.kind](row.content, row.asked_at)
    row.delete()
    return True
