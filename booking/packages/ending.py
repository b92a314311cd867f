"""How a package ends, by itself or by the desk, and comes back when that was a slip."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from booking.locks import lock_package
from booking.models import LIVE, AddedDays, Appointment, Enrollment, Referral
from booking.packages.queries import placed_visits, use_by
from booking.packages.spacing import VISITS
from booking.refusals import HAS_PACKAGE, Refused
from booking.scheduling.queries import current_referral
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor, record
from clinic.database.retrying import retried
from clinic.practice.wall_time import clinic_date

Ending = Enrollment.Ending
_WAITING = (Referral.Closed.URGENT, Referral.Closed.REVIEW, Referral.Closed.CHANGED_ANSWER)


def finish_package_with(appointment: Appointment, *, context: Context) -> None:
    """End the package with its sixth visit completed. The caller holds the package's lock."""
    enrollment = appointment.enrollment
    if enrollment is None or appointment.visit_number != VISITS[-1]:
        return
    if enrollment.may("mark_completed") and not has_visits_ahead(enrollment):
        end(enrollment, Ending.FINISHED, context=context)


def reopen_package_with(appointment: Appointment, *, actor: Actor) -> None:
    """Take back that the package is finished, as its sixth visit is not completed after all.

    Raises Refused when another package is under way meanwhile.
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
    """Tell whether a visit of the package is booked or under way, holds left out."""
    return enrollment.appointments.filter(status__in=("booked", "arrived")).exists()


def end(enrollment: Enrollment, ending: str, *, context: Context, reason: str = "") -> None:
    """Write down that the package ended, and give back the times she only held."""
    enrollment.appointments.give_back()
    enrollment.ended_at, enrollment.ending, enrollment.ending_reason = context.now, ending, reason
    enrollment.save(update_fields=["ended_at", "ending", "ending_reason"])
    record(context.actor, f"end package: {ending}", enrollment, patient=enrollment.patient_id)


def end_due_packages(*, now: datetime) -> int:
    """Expire packages past their last day, and add a day where an answer waits; return how many.

    Periodic: running it twice a day adds one day, and expires nothing twice.
    """
    live = Enrollment.objects.live().order_by("pk").values_list("pk", flat=True)
    return sum(_keep(one, now) for one in list(live))


@retried
def _keep(enrollment_id: UUID, now: datetime) -> bool:
    enrollment = lock_package(enrollment_id)
    last_day = use_by(placed_visits(enrollment), enrollment)
    if last_day is None or not enrollment.may("end_due_packages"):
        return False
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    if waits_for_review(enrollment):
        # She may not run or jump until somebody has looked: the days until then are not hers.
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
    """Tell whether an urgent or red answer that nobody has cleared keeps her from impact."""
    referral = current_referral(enrollment.patient)
    if referral is not None and (
        referral.stops_self_booking or referral.run_ready_closed in _WAITING
    ):
        return True
    marks = (Appointment.Attention.RED, Appointment.Attention.STOP)
    return enrollment.appointments.filter(status__in=LIVE, attention__in=marks).exists()
