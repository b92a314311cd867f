"""What changing, cancelling or missing a visit costs, by the terms it was booked on.

Pages ask before, actions ask when they write: both get the same answer.
"""

from datetime import datetime

from django.conf import settings

from booking.models import Appointment, Referral
from booking.policy import (
    Circumstances,
    CreditEffect,
    credit_effect_of_cancel,
    credit_effect_of_no_show,
    is_late,
    late_deadline,
)
from booking.terms import terms_of


def change_until(appointment: Appointment) -> datetime:
    """Return the last instant (UTC) at which the visit can be changed free of charge."""
    terms = terms_of(appointment.policy)
    return late_deadline(appointment.starts_at, settings.CLINIC_TIME_ZONE, terms)


def is_late_at(appointment: Appointment, now: datetime) -> bool:
    """Return whether a change at `now` is late by the policy the visit was booked on."""
    terms = terms_of(appointment.policy)
    return is_late(appointment.starts_at, now, settings.CLINIC_TIME_ZONE, terms)


def circumstances_of(
    appointment: Appointment, *, by_clinic: bool = False, forgiven: bool = False
) -> Circumstances:
    """Return the circumstances under which even a late change of this visit costs nothing."""
    # A referral that stops self-booking is how booking knows of an urgent answer: open while the
    # referral is current, resolved when the next one superseded it.
    stops = Referral.objects.filter(patient=appointment.patient, stops_self_booking=True)
    # A decline stops it, too, and is no urgent answer.
    latest = next(
        (
            one
            for one in stops.order_by("-made_at")
            if one.evaluation_closed != Referral.Closed.DECLINED
        ),
        None,
    )
    return Circumstances(
        by_clinic=by_clinic,
        forgiven=forgiven,
        urgent_open=appointment.attention == Appointment.Attention.STOP
        or (latest is not None and latest.superseded_at is None),
        urgent_ended_at=latest.superseded_at if latest else None,
    )


def effect_of_cancel(
    appointment: Appointment, now: datetime, *, by_clinic: bool = False, forgiven: bool = False
) -> CreditEffect:
    """Return what happens to the credit of a package visit cancelled at `now`."""
    return credit_effect_of_cancel(
        appointment.starts_at,
        now,
        settings.CLINIC_TIME_ZONE,
        terms_of(appointment.policy),
        circumstances_of(appointment, by_clinic=by_clinic, forgiven=forgiven),
    )


def effect_of_no_show(appointment: Appointment) -> CreditEffect:
    """Return what happens to the credit of a package visit that was missed."""
    terms, why = terms_of(appointment.policy), circumstances_of(appointment)
    return credit_effect_of_no_show(appointment.starts_at, terms, why)


def uses_visit_if_cancelled(appointment: Appointment, now: datetime) -> bool:
    """Return whether cancelling for the patient at `now` uses a visit of her package."""
    if appointment.enrollment_id is None:
        return False
    return effect_of_cancel(appointment, now) == CreditEffect.FORFEIT


def uses_visit_if_missed(appointment: Appointment) -> bool:
    """Return whether missing this appointment uses a visit of the patient's package."""
    if appointment.enrollment_id is None:
        return False
    return effect_of_no_show(appointment) == CreditEffect.FORFEIT
