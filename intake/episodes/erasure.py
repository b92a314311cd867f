"""What of her answers keeps a patient from being erased: nothing dangerous goes unseen."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake.models import Concern, Intake, Task


def open_care(rows: Collection[UUID], now: datetime) -> list["Promise | str"]:
    """Return a sentence for an open task, an open concern and a form that waits for a review."""
    found: list[Promise | str] = []
    if Task.objects.open().filter(patient__in=rows).exists():
        found.append(_("A task about her is open: end it first."))
    if Concern.objects.open().filter(patient__in=rows).exists():
        found.append(_("A concern about her is open: a clinician resolves it first."))
    if Intake.objects.awaiting_review().filter(patient__in=rows).exists():
        found.append(_("A form of hers waits for a clinician: it is decided first."))
    return found


def answered_since(since: datetime) -> Q:
    """Return which patients saved or sent a form since then."""
    return Q(intakes__saved_at__gt=since)
