"""What asks for attention to a visit: the mark that intake sets, and what the patient tells."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from booking.locks import lock_appointment
from booking.models import Appointment, Referral
from booking.refusals import NOT_POSSIBLE_NOW, Refused
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient

# So long before a visit its patient can say that she is late; before that she moves or cancels it.
TOLD_BEFORE = timedelta(hours=24)
# The mark on visits ahead by the level of what is open, which is that of the current referral.
_MARKS: Mapping[str, Appointment.Attention] = {
    Referral.Level.URGENT: Appointment.Attention.STOP,
    Referral.Level.RED: Appointment.Attention.RED,
}


def attention_of(level: str) -> Appointment.Attention:
    """Return the mark on visits ahead of a patient with something open of this level, "" for none.

    It is set when that changes (`set_attention`), and on each visit that is booked meanwhile.
    """
    return _MARKS.get(level, Appointment.Attention.NONE)


@retried
def set_attention(*, patient: Patient, attention: str, now: datetime) -> int:
    """Set the attention of all booked visits of the patient after `now`; return how many."""
    ahead = Appointment.objects.upcoming(now).filter(patient=patient)
    return ahead.update(attention=Appointment.Attention(attention))


@retried
def mark_checkins_due(*, appointment_ids: Collection[UUID], now: datetime) -> int:
    """Mark these visits, and no others, as waiting for a check-in; return how many are marked.

    Only booked and arrived visits are marked. A more serious mark stays.
    """
    due = Appointment.Attention.CHECK_IN_DUE
    coming = Appointment.objects.filter(status__in=("booked", "arrived"))
    marked = coming.filter(attention=due)
    marked.exclude(pk__in=appointment_ids).update(attention=Appointment.Attention.NONE)
    coming.filter(pk__in=appointment_ids, attention=Appointment.Attention.NONE).update(
        attention=due
    )
    return marked.count()


@retried
def mark_to_compare(*, patient_ids: Collection[UUID], now: datetime) -> int:
    """Mark the visits ahead of these patients, and no others, as waiting for two records.

    Returns how many are marked. A mark for something open of her own stays.
    """
    to_compare = Appointment.Attention.COMPARE
    coming = Appointment.objects.filter(status__in=("booked", "arrived"), ends_at__gt=now)
    lesser = (Appointment.Attention.NONE, Appointment.Attention.CHECK_IN_DUE)
    coming.filter(attention=to_compare).exclude(patient__in=patient_ids).update(
        attention=Appointment.Attention.NONE
    )
    coming.filter(attention__in=lesser, patient__in=patient_ids).update(attention=to_compare)
    return coming.filter(attention=to_compare).count()


def may_tell(visit: Appointment, now: datetime) -> bool:
    """Return whether the patient can tell the desk now that she is late or her baby is sick."""
    is_near = visit.starts_at - TOLD_BEFORE <= now < visit.ends_at
    return visit.status == Appointment.Status.BOOKED and is_near


@retried
def tell_desk(*, appointment_id: UUID, word: str, context: Context) -> Appointment:
    """Note what the patient tells the desk about her visit, an `Appointment.Word`.

    Nothing else changes: the visit stays booked, at its time. The same word again changes nothing.
    Raises Refused when the visit is not near.
    """
    visit = lock_appointment(appointment_id)
    if not visit.may("tell_desk") or not may_tell(visit, context.now):
        raise Refused([NOT_POSSIBLE_NOW])
    if visit.told == word:
        return visit
    visit.told, visit.told_at = Appointment.Word(word).value, context.now
    visit.save(update_fields=["told", "told_at"])
    record(context.actor, "tell desk", visit, patient=visit.patient_id)
    return visit
