"""What is open about a patient. Every page and every permission asks here, and nowhere else."""

from collections.abc import Collection
from typing import cast
from uuid import UUID

from intake.models import Concern, Decline
from intake.triage.rules import LEVELS, Level


def open_concerns(patient_id: UUID) -> list[Concern]:
    """Return the patient's unresolved concerns, the most serious level first, then the oldest."""
    rows = Concern.objects.open().filter(patient=patient_id)
    return sorted(rows, key=lambda one: (_rank(one), one.raised_at, one.pk))


def _rank(concern: Concern) -> int:
    return LEVELS.index(cast(Level, concern.counts_as))


def has_open_concern(patient_id: UUID) -> bool:
    """Return whether anything urgent or red about the patient is unresolved.

    Impact tests and running wait for it. Source: docs/clinical.md, "The six steps".
    """
    return Concern.objects.open().filter(patient=patient_id).exists()


def is_declined(patient_id: UUID) -> bool:
    """Return whether a clinician declined the patient and nobody has taken that back."""
    return Decline.objects.filter(patient=patient_id, ended_at__isnull=True).exists()


def with_something_open(patient_ids: Collection[UUID] | None = None) -> set[UUID]:
    """Return which of these patients, of all by default, have an open concern or were declined.

    One statement.
    """
    concerns, declines = Concern.objects.open(), Decline.objects.filter(ended_at__isnull=True)
    if patient_ids is not None:
        concerns = concerns.filter(patient__in=patient_ids)
        declines = declines.filter(patient__in=patient_ids)
    # Without an order of their own: a part of a union may have none.
    found = concerns.order_by().values_list("patient", flat=True)
    return set(found.union(declines.order_by().values_list("patient", flat=True)))
