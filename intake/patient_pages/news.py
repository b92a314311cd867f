"""What a clinician has to say to a patient, once the minute for undoing is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.models.people import Patient
from intake.episodes.undo_window import UNDO
from intake.models import Decision


@dataclass(frozen=True)
class News:
    """The sentences, in English, to be translated, and when they were signed."""

    told: Sequence[str]
    signed_at: datetime


def news_for(patient: Patient, *, now: datetime) -> News | None:
    """Return the latest words on a form of hers that still stands as it was signed, or None."""
    decisions = Decision.objects.standing().filter(
        intake__patient=patient,
        intake__decided_at__isnull=False,
        intake__replaced_by__sent_at__isnull=True,
        decided_at__lte=now - UNDO,
    )
    latest = decisions.order_by("decided_at").last()
    told = latest.content.get("told", []) if latest else []
    return News(told, latest.decided_at) if latest and told else None
