"""End a package: with its last visit, by date or by the desk; and reopen one ended by mistake."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from booking.locks import lock_package
from booking.models import LIVE, AddedDays, Appointment, Enrollment, Referral
from booking.packages.queries import use_by, visits_with_times
from booking.referrals.eligibility import why_stopped
from booking.refusals import HAS_PACKAGE, SELF_BOOKING_STOPPED, Refused
from booking.scheduling.queries import current_referral
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor, record
from clinic.database.retrying import retried
from clinic.practice.wall_time import clinic_date

Ending = Enrollment.Ending
# Why a referral is closed while somebody still has to look at an answer.
_WAITING = (Referral.Closed.URGENT, Referral.Closed.REVIEW, Referral.Closed.CHANGED_ANSWER)


def finish_package_with(appointment: Appointment, *, context: Context) -> None:
    """End the package if this was its last visit and none is ahead.

    The caller holds the lock of the package, and has saved the visit as completed.
    """
    enrollment = appointment.enrollment
    if enrollment is None or appointment.visit_number != enrollment.version.visit_count:
        return
    if enrollment.may("mark_completed") and not has_visits_ahead(enrollment):
        end(enrollment, Ending.FINISHED, context=context)


def reopen_package_with(appointment: Appointment, *, actor: Actor) -> None:
    """Reopen the package if it was finished by this visit, which is not completed after all.

    Raises Refused when the patient has another live package by now.
    """
    enrollment = appointment.enrollment
    if enrollment is None or not enrollment.may("undo_mark"):
        return
    if Enrollment.objects.live().filter(patient=enrollment.patient_id).exists():
        raise Refused([HAS_PACKAGE])
    enrollment.ended_at, enrollment.ending = None, ""
    enrollment.save(update_fields=["ended_at", "ending"])
    record(actor, "reopen package", enrollment, patient=enrollment.patient_id)


def has_visits_ahead(enrollment: Enrollment) -> bool:
    """Return whether a visit of the package is booked or under way; holds do not count."""
    return enrollment.appointments.filter(status__in=("booked", "arrived")).exists()


def end(enrollment: Enrollment, ending: str, *, context: Context, reason: str = "") -> None:
    """End the package as `ending`, an Enrollment.Ending, and release the times held for it.

    The caller holds the lock of the package and has checked that it may end.
    """
    enrollment.appointments.give_back()
    enrollment.ended_at, enrollment.ending, enrollment.ending_reason = context.now, ending, reason
    enrollment.save(update_fields=["ended_at", "ending", "ending_reason"])
    record(context.actor, f"end package: {ending}", enrollment, patient=enrollment.patient_id)


def end_due_packages(*, now: datetime) -> int:
    """Expire packages past their last day, and add a day where an answer waits for a review.

    Return how many packages are concerned. A periodic job: running it several times on one clinic
    date adds one day and expires nothing twice.
    """
    live = Enrollment.objects.live().order_by("pk").values_list("pk", flat=True)
    # Each in a transaction of its own, so that no package is locked while others are looked at.
    return sum(_expire_or_extend(one, now) for one in list(live))


@retried
def _expire_or_extend(enrollment_id: UUID, now: datetime) -> bool:
    """Expire one package or add a day to it; return whether it was one of the two cases."""
    enrollment = lock_package(enrollment_id)
    last_day = use_by(visits_with_times(enrollment), enrollment)
    # Without a date for visit 1 there is no last day yet.
    if last_day is None or not enrollment.may("end_due_packages"):
        return False
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    if waits_for_review(enrollment):
        # She may not run or jump until somebody has looked, so these days do not count as hers.
        # A constraint allows one such row for each date.
        AddedDays.objects.get_or_create(
            enrollment=enrollment,
            kind=AddedDays.Kind.REVIEW,
            starts_on=today,
            defaults={"days": 1, "at": now, "by": SYSTEM.id},
        )
        return True
    if today <= last_day or has_visits_ahead(enrollment):
        return False
    end(enrollment, Ending.EXPIRED, context=Context(SYSTEM, now))
    return True


def waits_for_review(enrollment: Enrollment) -> bool:
    """Return whether an urgent or red answer waits for a review and rules out impact until then."""
    referral = current_referral(enrollment.patient)
    if referral is not None and (
        why_stopped(referral) == SELF_BOOKING_STOPPED or referral.run_ready_closed in _WAITING
    ):
        return True
    marks = (Appointment.Attention.RED, Appointment.Attention.STOP)
    return enrollment.appointments.filter(status__in=LIVE, attention__in=marks).exists()
