"""What is open to a patient, tried out by the actions that would use it, and taken back again."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from booking.appointments.holds import hold_slot
from booking.models import Enrollment, Referral, Service
from booking.packages.enrollment import enroll
from booking.planner.plan import PlanWishes
from booking.planner.queries import planning_of
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import NotOpen, Refused
from booking.waitlist.actions import offer_free_times, wish_earlier
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from intake.episodes.open_concerns import has_open_concern
from tests.factories import make_enrollment, newest_version

DAY = timedelta(days=1)
# All that can be open to a patient: four ways to an evaluation, three to the package, three within
# a package that she has, and impact at a visit.
EVALUATION = frozenset({"evaluation", "evaluation:hold", "evaluation:offer"})
PACKAGE = frozenset({"package", "package:referral", "package:purchase"})
VISITS = frozenset({"visits:plan", "visits:hold"})
IMPACT = frozenset({"impact"})
EVERYTHING = EVALUATION | PACKAGE | VISITS | IMPACT


@contextmanager
def taken_back() -> Generator[None, None, None]:
    """Undo at its end whatever is written within it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def what_is_open(
    patient: Patient, now: datetime, tried: frozenset[str] = EVERYTHING
) -> frozenset[str]:
    """Return which of `tried` is open to this patient at `now`. Nothing of it stays booked.

    What is refused is known at once; what is open is searched for, which takes longer.
    """
    patient.refresh_from_db()
    assert TRIES.keys() == EVERYTHING >= tried
    return frozenset(name for name in tried if succeeds(TRIES[name], patient, now))


def succeeds(action: Callable[[Patient, datetime], Any], patient: Patient, now: datetime) -> bool:
    """Return whether the action is not refused. What it did is taken back."""
    try:
        with taken_back():
            return action(patient, now) is not False
    except (NotOpen, Refused):
        return False


def at(now: datetime) -> Context:
    return Context(SYSTEM, now)


def hold(patient: Patient, service: str, now: datetime) -> None:
    """Hold a time eight days from now, at the same hour."""
    hold_slot(
        patient=patient, service_code=service, starts_at=now + 8 * DAY, clinician_id=None,
        holder_key="tried", context=at(now),
    )  # fmt: skip


def offered(patient: Patient, service: str, now: datetime) -> bool:
    """Put her on the waitlist and return whether a time is offered."""
    wish_earlier(
        patient=patient, service=Service.objects.get(code=service), weekdays=[], parts=[],
        clinician_id=None, context=at(now),
    )  # fmt: skip
    return offer_free_times(now=now) == 1


def with_package(patient: Patient, now: datetime) -> Enrollment:
    """Return her package, or one as she could have bought before anything was open about her."""
    found = Enrollment.objects.live().filter(patient=patient).first()
    dated = patient.referrals.exclude(first_visit_from=None).earliest("made_at")
    return found or make_enrollment(patient=patient, referral=dated, now=now)


def plan(patient: Patient, now: datetime) -> None:
    with_package(patient, now)
    planning_of(patient, wishes=PlanWishes(), holder_key="tried", now=now)


def hold_first_visit(patient: Patient, now: datetime) -> None:
    package = with_package(patient, now)
    # Her visits so far, if she has any, are not what is asked about.
    package.appointments.update(enrollment=None, visit_number=None, step=None)
    hold(patient, "rr1", now)


def sees_evaluation(patient: Patient, now: datetime) -> bool:
    return what_may_be_booked(patient, now).evaluation.is_open


def sees_package(patient: Patient, now: datetime) -> bool:
    return what_may_be_booked(patient, now).run_ready.is_open


def is_referred_to_package(patient: Patient, now: datetime) -> bool:
    """Return whether the referral opens the package, to somebody who has one, too."""
    referral = Referral.objects.current().filter(patient=patient).first()
    return referral is not None and referral.run_ready_opens_on is not None


TRIES: dict[str, Callable[[Patient, datetime], Any]] = {
    "evaluation": sees_evaluation,
    "evaluation:hold": lambda patient, now: hold(patient, "evaluation", now),
    "evaluation:offer": lambda patient, now: offered(patient, "evaluation", now),
    "package": sees_package,
    "package:referral": is_referred_to_package,
    "package:purchase": lambda patient, now: enroll(
        patient=patient, version_id=newest_version().pk, context=at(now)
    ),
    "visits:plan": plan,
    "visits:hold": hold_first_visit,
    "impact": lambda patient, now: not has_open_concern(patient.pk),
}
