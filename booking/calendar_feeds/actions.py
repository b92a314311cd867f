"""Opening and closing a private calendar address. 256 random bits; only their hash is stored."""

import secrets

from booking.calendar_feeds.queries import hash_of
from booking.models import CalendarFeed
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Clinician, Patient


@retried
def open_feed(
    *,
    clinician: Clinician | None = None,
    patient: Patient | None = None,
    context: Context,
) -> str:
    """Return the token of a new feed of one of the two; the address before it closes."""
    close_feed(clinician=clinician, patient=patient, context=context)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        clinician=clinician, patient=patient, token_hash=hash_of(token), made_at=context.now
    )
    record(context.actor, "open calendar feed", feed, patient=patient)
    return token


@retried
def close_feed(
    *,
    clinician: Clinician | None = None,
    patient: Patient | None = None,
    context: Context,
) -> None:
    """Close the address; a calendar program that asks again is told that there is none."""
    # The owner's row is the lock: of two at once, the later address counts.
    if clinician is not None:
        Clinician.objects.select_for_update().get(pk=clinician.pk)
    if patient is not None:
        Patient.objects.select_for_update().get(pk=patient.pk)
    rows = CalendarFeed.objects.filter(clinician=clinician, patient=patient, revoked_at=None)
    if rows.update(revoked_at=context.now):
        record(context.actor, "close calendar feed", patient=patient)
