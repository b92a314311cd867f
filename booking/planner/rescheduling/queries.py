"""Read what can be moved of a package from one visit on: which visits, and to which times."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import prefetch_related_objects

from booking.models import Appointment
from booking.packages.queries import pauses_of, previous_day, rules_of, use_by, visits_with_times
from booking.packages.spacing import previous_missing, window
from booking.planner.plan import PlanTask, PlanWishes
from booking.planner.queries import free_times, slot_of
from booking.policy import is_late
from booking.referrals.eligibility import why_stopped
from booking.refusals import (
    NO_PACKAGE,
    NOT_POSSIBLE_NOW,
    TOO_LATE_TO_MOVE,
    Refused,
)
from booking.scheduling.queries import Search, current_referral
from booking.scheduling.timetable import Slot
from booking.terms import current_policy, terms_of
from clinic.practice.wall_time import clinic_date


@dataclass(frozen=True)
class Replanning:
    """The booked visits of a package from one on, by visit number, and the task of planning them.

    `movable` are those that get new times. The others stay where they are: it is too late to move
    them (`too_late`), or a visit before them has no date (`waiting`).
    """

    visits: Mapping[int, Appointment]
    task: PlanTask
    search: Search
    too_late: tuple[int, ...]
    waiting: tuple[int, ...]

    @property
    def movable(self) -> dict[int, Appointment]:
        """The visits that can be moved, by visit number."""
        return {number: self.visits[number] for number in self.task.slots}

    @property
    def own_times(self) -> dict[int, Slot]:
        """The times that the movable visits have now, by visit number."""
        return {number: slot_of(visit) for number, visit in self.movable.items()}


def replanning_of(
    visit: Appointment, *, wishes: PlanWishes, now: datetime, by_staff: bool = False
) -> Replanning:
    """Return what can be moved of this package visit and the booked ones after it.

    Their present times count as free. Raises Refused, with the reason, when nothing can be moved.
    The number of statements does not depend on days, clinicians or visits.
    """
    enrollment = visit.enrollment
    if enrollment is None or enrollment.ended_at is not None or visit.visit_number is None:
        raise Refused([NO_PACKAGE])
    referral = current_referral(visit.patient)
    if stopped := why_stopped(referral):
        raise Refused([stopped])
    prefetch_related_objects([enrollment], "added_days")
    placed = visits_with_times(enrollment)
    visits = {
        number: row
        for number, row in sorted(placed.items())
        if number >= visit.visit_number and row.status == "booked" and row.starts_at > now
    }
    # Staff move late visits, too.
    stay = () if by_staff else tuple(n for n, row in visits.items() if _is_late(row, now))
    movable = [number for number in visits if number not in stay]
    if not movable:
        raise Refused([TOO_LATE_TO_MOVE if stay else NOT_POSSIBLE_NOW])
    first = movable[0]
    previous_on = previous_day(first, placed, enrollment)
    if previous_on is None:
        raise Refused([previous_missing(first)])
    # Up to the first gap: a visit behind it has no date to count from.
    last = first
    while last + 1 in visits:
        last += 1
    policy = current_policy()
    terms = terms_of(policy)
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    horizon = terms.horizon_desk_days if by_staff else terms.horizon_patient_days
    last_on = today + timedelta(days=horizon)
    run = range(first, last + 1)
    moving = [number for number in run if number in movable]
    search = Search(
        service=visits[first].service,
        policy=policy,
        now=now,
        patient=visit.patient,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=by_staff,
        moving=tuple(visits[number] for number in moving),
        pauses=pauses_of(enrollment),
    )
    searches = {n: replace(search, service=visits[n].service) for n in moving}
    rules = rules_of(enrollment)
    earliest = window(first, previous_on=previous_on, rules=rules).earliest
    before = placed.get(first - 1)
    task = PlanTask(
        first=first,
        last=last,
        slots=free_times(searches, max(earliest, today), last_on),
        previous_on=previous_on,
        previous_clinician=before.clinician_id if before else None,
        rules=rules,
        zone=settings.CLINIC_TIME_ZONE,
        validity_days=enrollment.version.validity_days,
        # When visit 1 moves, the last day moves with it.
        expires_on=use_by(placed, enrollment) if first > 1 else None,
        last_on=last_on,
        # A late visit between movable ones stays, and the plan works around it.
        booked={n: slot_of(visits[n]) for n in run if n not in movable},
        wishes=wishes,
    )
    waiting = tuple(number for number in visits if number > last)
    return Replanning(visits, task, search, stay, waiting)


def _is_late(visit: Appointment, now: datetime) -> bool:
    terms = terms_of(visit.policy)
    return is_late(visit.starts_at, now, settings.CLINIC_TIME_ZONE, terms)


def earliest_of(replanning: Replanning, number: int, planned: Mapping[int, Slot]) -> date:
    """Return the first clinic date of that visit, counted from the one before it in `planned`."""
    task = replanning.task
    before = planned.get(number - 1) or task.booked.get(number - 1)
    previous_on = clinic_date(before.starts_at, task.zone) if before else task.previous_on
    return window(number, previous_on=previous_on, rules=task.rules).earliest
