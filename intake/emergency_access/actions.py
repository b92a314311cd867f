"""Begin and end an access in an emergency, and record what it opens. Nothing else does."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.emergency_access.emails import owe_emergency_mail
from intake.models import EmergencyAccess

LASTS = timedelta(minutes=30)
# What its page opens; the audit event names it, beside the emergency contact's own event.
OPENS = ("name", "phone", "email", "concerns")


@retried
def begin_emergency_access(
    *, patient_id: UUID, reason: str, by: User, context: Context
) -> EmergencyAccess:
    """Open one patient for LASTS, and mail whoever gives access. Raises Patient.DoesNotExist.

    One that this person has open for the same patient goes on as it is; one for another patient
    ends.
    """
    # Locked first, so that of two clicks the second finds what the first made.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    patient = Patient.objects.get(pk=patient_id)
    if (access := current_access(by, context.now)) is not None and access.patient_id == patient.pk:
        return access
    EmergencyAccess.objects.filter(user=by, ended_at__isnull=True).update(ended_at=context.now)
    access = EmergencyAccess.objects.create(
        patient=patient,
        user=by,
        content={"reason": reason},
        began_at=context.now,
        ends_at=context.now + LASTS,
    )
    record(context.actor, "begin emergency access", access, patient=patient)
    owe_emergency_mail(access, now=context.now)
    return access


@retried
def end_emergency_access(*, by: User, context: Context) -> None:
    """End what this person has open, if anything."""
    access = current_access(by, context.now)
    if access is not None:
        access.ended_at = context.now
        access.save(update_fields=["ended_at"])
        record(context.actor, "end emergency access", access, patient=access.patient_id)


def current_access(user: User, now: datetime) -> EmergencyAccess | None:
    """Return what this person has open at `now`, or None."""
    rows = EmergencyAccess.objects.filter(user=user, ended_at__isnull=True, ends_at__gt=now)
    return rows.first()


def record_opening(access: EmergencyAccess, *, context: Context) -> None:
    """Record that its page is opened. The page shows nothing if this could not be written."""
    record(context.actor, "open emergency access", access, patient=access.patient_id, fields=OPENS)


def merge_emergency_accesses(*, kept: Patient, merged: Patient) -> None:
    """Let what was opened of `merged` be of `kept`. Runs in the caller's transaction."""
    EmergencyAccess.objects.filter(patient=merged).update(patient=kept)
