"""Joins patient rows that are one person. It spans all rooms, so it is done from here."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from booking.appointments.attention import set_attention
from booking.duplicates.actions import merge_bookings
from booking.models import Referral
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from clinic.people.merge_patients import lock_pair, merge_people
from intake.duplicates.matching import differing
from intake.duplicates.queries import contact_of
from intake.episodes.referrals import ATTENTION
from intake.models import Intake, UrgentCall
from intake.refusals import CHANGED_MEANWHILE, JOINED_ALREADY, NEEDS_WHY, SAME_ROW


@retried
def merge_patients(
    *,
    kept_id: UUID,
    joined_id: UUID,
    context: Context,
    reason: str = "",
) -> Patient:
    """Join one patient row to another and return the one that is kept.

    Everything of the joined row comes along: forms, calls, visits, package, referral, mail, links.
    The stricter referral counts. Nothing is cancelled; a visit at the time of another one is left
    to the desk. Name, birth date and phone that differ ask for a reason. Raises Refused, with
    nothing changed, and Patient.DoesNotExist.
    """
    if kept_id == joined_id:
        raise Refused([SAME_ROW])
    pair = (kept_id, joined_id)
    # The forms first, then the patients: the order of every deed that changes a referral.
    list(Intake.objects.select_for_update().filter(patient__in=pair).order_by("pk"))
    kept, joined = lock_pair(kept_id, joined_id)
    if kept.merged_into_id or joined.merged_into_id:
        raise Refused([JOINED_ALREADY])
    if differing(contact_of(kept), contact_of(joined)) and not reason:
        raise Refused([NEEDS_WHY])
    try:
        referral = merge_bookings(kept=kept, joined=joined, context=context)
        Intake.objects.filter(patient=joined).update(patient=kept)
        UrgentCall.objects.filter(patient=joined).update(patient=kept)
        merge_people(kept=kept, joined=joined)
    except IntegrityError as error:
        raise Refused([CHANGED_MEANWHILE]) from error
    _mark_visits(kept, referral, context.now)
    record(context.actor, "merge patients", joined, patient=kept, reason=reason)
    return kept


def _mark_visits(kept: Patient, referral: Referral | None, now: datetime) -> None:
    attention = ATTENTION.get(referral.level) if referral is not None else None
    if attention is not None:
        set_attention(patient=kept, attention=attention, now=now)


@retried
def keep_apart(*, patient_id: UUID, context: Context) -> Patient:
    """Note that staff looked, and that the row is a person of its own."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    patient.is_unmatched = False
    patient.save(update_fields=["is_unmatched"])
    record(context.actor, "keep patients apart", patient, patient=patient)
    return patient


def merge_after_code(*, user: User, context: Context) -> None:
    """Join the rows of whoever proved the mailbox: same e-mail and same date of birth.

    The row she signs in to is kept. What cannot be joined is left to staff.
    """
    own = Patient.objects.current().filter(user=user).first()
    if own is None or own.born_on is None:
        return
    others = Patient.objects.current().filter(
        ~Q(pk=own.pk), Q(user=None), email__iexact=user.email, born_on=own.born_on
    )
    for other in others.order_by("created_at"):
        try:
            merge_patients(
                kept_id=own.pk, joined_id=other.pk, context=context, reason="mailed code"
            )
        except Refused:
            continue
