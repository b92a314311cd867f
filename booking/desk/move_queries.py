"""Where a visit could move to and what the move would do, shown to staff before they do it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.conf import settings

from booking.models import Appointment
from booking.packages.queries import day_of, package_of, rules_of, use_by, visits_with_times
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

# How many times are proposed, from how many days before and after the visit's own.
NEAREST = 12
DAYS_AROUND = 14


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
        # Its own time counts as free, so that it may move by less than its length.
        moving=(visit,),
    )


def window_of(visit: Appointment, now: datetime) -> Window | None:
    """Return the dates between which a visit of a package fits best.

    None for a visit outside a package, and while the visit before has no date.
    """
    package = package_of(visit.patient, now) if visit.visit_number else None
    return package.visits[visit.visit_number - 1].window if package and visit.visit_number else None


def nearest_times(visit: Appointment, now: datetime) -> list[tuple[date, list[TimeChoice]]]:
    """Return the free times nearest to the visit's own, `NEAREST` at most, by clinic date.

    Of two clinicians who are free at the same time, her own one is proposed. No time is before the
    earliest date of the visit's window.
    """
    zone, own_day = settings.CLINIC_TIME_ZONE, day_of(visit)
    first = max(clinic_date(now, zone), own_day - timedelta(days=DAYS_AROUND))
    window = window_of(visit, now)
    if window is not None:
        first = max(first, window.earliest)
    slots = free_slots_for(search_to_move(visit, now), first_day=first, days=2 * DAYS_AROUND + 1)
    # The search leaves the visit itself out, so its own time is among the free ones.
    others = [slot for slot in slots if slot.starts_at != visit.starts_at]
    nearest = nearest_slots(others, visit.starts_at, clinician_id=visit.clinician_id, most=NEAREST)
    days = groupby(named(nearest), key=lambda choice: clinic_date(choice.starts_at, zone))
    return [(day, list(choices)) for day, choices in days]


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
