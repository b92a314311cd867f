"""Where a visit could move to, and what a move would do, for staff to see before they do it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.conf import settings

from booking.models import Appointment
from booking.packages.queries import day_of, gates_of, package_of, placed_visits, use_by
from booking.packages.spacing import Window, misplaced, warnings
from booking.policy import is_late
from booking.reasons import Reason
from booking.reminders.schedule import Reminder, reminders
from booking.scheduling.nearest import nearest_slots
from booking.scheduling.queries import Search, current_referral, free_slots_for
from booking.scheduling.slot_choices import TimeChoice, named
from booking.signals import forms_after
from booking.terms import current_policy, terms_of
from clinic.practice.wall_time import clinic_date

NEAREST = 12
DAYS_AROUND = 14


@dataclass(frozen=True)
class Effects:
    """What moving a visit to one time would do.

    `left` is the package's balance, which a move leaves alone; `misplaced` are later visits whose
    distance would no longer fit, each with why; `late` tells that a patient could not do it any
    more, and that staff who do charge nothing; `form` says what becomes of a form sent ahead.
    """

    starts_at: datetime
    left: int | None
    notes: tuple[Reason, ...]
    misplaced: tuple[tuple[int, Reason], ...]
    reminders: tuple[Reminder, ...]
    late: bool
    form: str


def pinboard(now: datetime) -> list[Appointment]:
    """Return the visits set aside, the soonest first."""
    rows = Appointment.objects.upcoming(now).filter(set_aside_at__isnull=False)
    return list(rows.select_related("patient", "service").order_by("starts_at"))


def search_to_move(visit: Appointment, now: datetime) -> Search:
    """Return the desk's search for another time of this visit."""
    referral = current_referral(visit.patient)
    return Search(
        service=visit.service,
        policy=current_policy(),
        now=now,
        patient=visit.patient,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=True,
        moving=(visit,),
    )


def window_of(visit: Appointment, now: datetime) -> Window | None:
    """Return the window of a package visit, None for others and while it has none."""
    package = package_of(visit.patient, now) if visit.visit_number else None
    return package.visits[visit.visit_number - 1].window if package and visit.visit_number else None


def nearest_times(visit: Appointment, now: datetime) -> list[tuple[date, list[TimeChoice]]]:
    """Return the twelve free times nearest to the visit's own, by date.

    With the same clinician where both are free at once; within the plan's earliest date.
    """
    zone, own_day = settings.CLINIC_TIME_ZONE, day_of(visit)
    first = max(clinic_date(now, zone), own_day - timedelta(days=DAYS_AROUND))
    place = window_of(visit, now)
    if place is not None:
        first = max(first, place.earliest)
    slots = free_slots_for(search_to_move(visit, now), first_day=first, days=2 * DAYS_AROUND + 1)
    others = [slot for slot in slots if slot.starts_at != visit.starts_at]
    nearest = nearest_slots(others, visit.starts_at, clinician_id=visit.clinician_id, most=NEAREST)
    days = groupby(named(nearest), key=lambda choice: clinic_date(choice.starts_at, zone))
    return [(day, list(choices)) for day, choices in days]


def effects_of_move(visit: Appointment, starts_at: datetime, now: datetime) -> Effects:
    """Return what moving the visit to that time would do."""
    zone, terms = settings.CLINIC_TIME_ZONE, terms_of(visit.policy)
    package = package_of(visit.patient, now) if visit.enrollment_id else None
    notes: list[Reason] = []
    wrong: dict[int, Reason] = {}
    if package is not None and visit.visit_number is not None:
        on = clinic_date(starts_at, zone)
        wrong = _misplaced(visit, starts_at)
        place = package.visits[visit.visit_number - 1]
        if place.window is not None and place.window.target_latest is not None:
            before = package.visits[visit.visit_number - 2].appointment
            if before is not None:
                notes = warnings(
                    visit.visit_number,
                    on=on,
                    previous_on=day_of(before),
                    gates=gates_of(package.enrollment),
                )
    return Effects(
        starts_at,
        package.left if package else None,
        tuple(notes),
        tuple(sorted(wrong.items())),
        tuple(reminders(starts_at, agreed_at=now, zone=zone, terms=terms)),
        is_late(visit.starts_at, now, zone, terms),
        forms_after({visit: starts_at}, now).get(visit.pk, ""),
    )


def _misplaced(visit: Appointment, starts_at: datetime) -> dict[int, Reason]:
    """The visits after this one that would no longer fit: too close to the one before, without
    one, or past the last day."""
    enrollment = visit.enrollment
    if enrollment is None or visit.visit_number is None:
        return {}
    on = clinic_date(starts_at, settings.CLINIC_TIME_ZONE)
    placed = placed_visits(enrollment)
    done = {n: day_of(one) for n, one in placed.items() if one.status == "completed"}
    booked = {n: day_of(one) for n, one in placed.items() if n not in done}
    moved = {**placed, visit.visit_number: Appointment(starts_at=starts_at)}
    found = misplaced(
        {**booked, visit.visit_number: on},
        completed=done,
        bought_on=clinic_date(enrollment.enrolled_at, settings.CLINIC_TIME_ZONE),
        gates=gates_of(enrollment),
        expires_on=use_by(moved, enrollment),
    )
    return {number: reason for number, reason in found.items() if number > visit.visit_number}
