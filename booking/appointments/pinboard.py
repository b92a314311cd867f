"""The pinboard: visits for which staff look for another time. Each has its old time until then."""

from datetime import datetime
from uuid import UUID

from booking.appointments.changes import check_unchanged, locked
from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried


@retried
def set_aside(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Put a booked visit on the pinboard; its time stays taken. Raises AlreadyChanged."""
    return _set(appointment_id, rev, context.now, "set_aside", context.actor)


@retried
def put_back(*, appointment_id: UUID, rev: int, actor: Actor) -> Appointment:
    """Take a visit off the pinboard; its time has not changed. Raises AlreadyChanged."""
    return _set(appointment_id, rev, None, "put_back", actor)


def _set(
    appointment_id: UUID, rev: int, at: datetime | None, action: str, actor: Actor
) -> Appointment:
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, action)
    appointment.set_aside_at = at
    appointment.save(update_fields=["set_aside_at"])
    record(actor, action.replace("_", " "), appointment, patient=appointment.patient_id)
    return appointment
