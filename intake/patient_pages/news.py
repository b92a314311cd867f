"""What a clinician's decision tells a patient, once the minute for undoing it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.models.people import Patient
from intake.episodes.undo_window import UNDO
from intake.models import Decision


@dataclass(frozen=True)
class News:
    """Sentences in English, to be translated, and when the decision was signed (UTC)."""

    told: Sequence[str]
    signed_at: datetime


def news_for(patient: Patient, *, now: datetime) -> News | None:
    """Return what the latest decision tells the patient, or None.

    Decisions count on forms that were not reopened or corrected since, from a minute after signing.
    """
    decisions = Decision.objects.standing().filter(
        intake__patient=patient,
        # A flag added later reopens the review: what was said before may no longer be true.
        intake__decided_at__isnull=False,
        intake__replaced_by__sent_at__isnull=True,
        decided_at__lte=now - UNDO,
    )
    latest = decisions.order_by("decided_at").last()
    # The latest decision may have nothing to say; an older one is not news any more.
    told = latest.content.get("told", []) if latest else []
    return News(told, latest.decided_at) if latest and told else None
