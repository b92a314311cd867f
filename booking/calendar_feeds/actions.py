"""Open and close private calendar addresses.

An address holds 256 random bits. Only their hash is stored.
"""

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
    """Open a feed for a clinician or a patient and return its token. The earlier feed closes."""
    close_feed(clinician=clinician, patient=patient, context=context)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        clinician=clinician,
        patient=patient,
        token_hash=hash_of(token),
        made_at=context.now,
        # As the caller has read it: if the row changed hands meanwhile, the address shows nothing.
        epoch=patient.epoch if patient is not None else 0,
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
    """Close the address of a clinician or a patient. A calendar program then gets a 404."""
    # The owner's row is the lock: when two feeds are opened at once, the later one stays open.
    if clinician is not None:
        Clinician.objects.select_for_update().get(pk=clinician.pk)
    if patient is not None:
        Patient.objects.select_for_update().get(pk=patient.pk)
    rows = CalendarFeed.objects.filter(clinician=clinician, patient=patient, revoked_at=None)
    # Without an open feed nothing happened, and nothing is recorded.
    if rows.update(revoked_at=context.now):
        record(context.actor, "close calendar feed", patient=patient)
