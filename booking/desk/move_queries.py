"""Where a visit could move to and what the move would do, shown to staff before they do it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from booking.finding_times.question import TimeQuestion
from booking.finding_times.searches import search_to_move, window_of
from booking.finding_times.week import Near, WeekFound, find_week
from booking.models import Appointment
from booking.packages.queries import day_of, package_of, rules_of, use_by, visits_with_times
from booking.packages.spacing import misplaced, warnings
from booking.policy import is_late
from booking.reasons import Reason
from booking.reminders.schedule import Reminder, reminders
from booking.signals import forms_after
from booking.terms import terms_of
from clinic.practice.wall_time import clinic_date

# A search begins this many days before the visit, so that the first week has it in the middle.
DAYS_BEFORE = 3


@dataclass(frozen=True)
class Effects:
    """What moving a visit to one time would do.

    `left` is the package's balance, which a move does not change; None without a package.
    `misplaced` are the numbers of the later visits that would no longer fit, each with the reason.
    `late` tells that the patient herself could no longer move the visit; staff can, and it costs
    her nothing. `form` says what happens to a form that she sent before the visit.
    """

    starts_at: datetime
    left: int | None
    notes: tuple[Reason, ...]
    misplaced: tuple[tuple[int, Reason], ...]
    reminders: tuple[Reminder, ...]
    late: bool
    form: str


def pinboard(now: datetime) -> list[Appointment]:
    """Return the visits ahead that are set aside, soonest first."""
    rows = Appointment.objects.upcoming(now).filter(set_aside_at__isnull=False)
    return list(rows.select_related("patient", "service").order_by("starts_at"))


def find_to_move(visit: Appointment, asked: TimeQuestion, now: datetime) -> WeekFound:
    """Return the free times for another time of the visit; see `find_week`.

    Without a day the search begins three days before the visit. Of two clinicians who are free at
    the same time, her own one is proposed. No time is before the earliest date of the visit's
    window.
    """
    window = window_of(visit, now)
    search = search_to_move(visit, now)
    if window is not None:
        search = replace(search, earliest_on=window.earliest)
    return find_week(
        search,
        asked,
        near=Near(visit.starts_at, visit.clinician_id),
        usual=day_of(visit) - timedelta(days=DAYS_BEFORE),
    )


def effects_of_move(visit: Appointment, starts_at: datetime, now: datetime) -> Effects:
    """Return what moving the visit to `starts_at` would do. Writes nothing."""
    zone, terms = settings.CLINIC_TIME_ZONE, terms_of(visit.policy)
    package = package_of(visit.patient, now) if visit.enrollment_id else None
    notes: list[Reason] = []
    wrong: dict[int, Reason] = {}
    if package is not None and visit.visit_number is not None:
        on = clinic_date(starts_at, zone)
        wrong = _misplaced(visit, starts_at)
        planned = package.visits[visit.visit_number - 1]
        # Only a window with a latest date can be missed; visit 1 has none, and no visit before it.
        if planned.window is not None and planned.window.target_latest is not None:
            before = package.visits[visit.visit_number - 2].appointment
            if before is not None:
                notes = warnings(
                    visit.visit_number,
                    on=on,
                    previous_on=day_of(before),
                    rules=rules_of(package.enrollment),
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
    """Return the later visits of the package that would no longer fit, by number, with reasons.

    A visit does not fit when it is too close to the one before it, when there is none before it,
    or when it is after the package's last day.
    """
    enrollment = visit.enrollment
    if enrollment is None or visit.visit_number is None:
        return {}
    on = clinic_date(starts_at, settings.CLINIC_TIME_ZONE)
    placed = visits_with_times(enrollment)
    # A completed visit stays where it is, but the next one counts from its date.
    done = {n: day_of(one) for n, one in placed.items() if one.status == "completed"}
    booked = {n: day_of(one) for n, one in placed.items() if n not in done}
    # An unsaved row stands for the moved visit: if it is visit 1, the last day follows it.
    moved = {**placed, visit.visit_number: Appointment(starts_at=starts_at)}
    found = misplaced(
        {**booked, visit.visit_number: on},
        completed=done,
        bought_on=clinic_date(enrollment.enrolled_at, settings.CLINIC_TIME_ZONE),
        rules=rules_of(enrollment),
        expires_on=use_by(moved, enrollment),
    )
    return {number: reason for number, reason in found.items() if number > visit.visit_number}
