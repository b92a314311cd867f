"""Read what the planner works on: the visits without a time, and every time free for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings

from booking.models import Appointment, Service
from booking.packages.queries import (
    PackageView,
    next_number,
    package_of,
    pauses_of,
    previous_day,
    rules_of,
    services_of,
    use_by,
)
from booking.packages.spacing import window
from booking.planner.plan import PlanTask, PlanWishes
from booking.referrals.eligibility import why_stopped
from booking.refusals import (
    NO_CREDIT,
    NO_PACKAGE,
    ONE_WITH_REASON,
    SELF_BOOKING_STOPPED,
    Refused,
)
from booking.scheduling.availability import free_slots
from booking.scheduling.queries import Search, current_referral, midnights, timetables_by_visit
from booking.scheduling.timetable import Slot
from booking.terms import current_policy, terms_of
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date


@dataclass(frozen=True)
class Planning:
    """A package and what is left to plan of it.

    `search` is the one for the first visit without a time; the others differ only in the service.
    """

    package: PackageView
    services: dict[int, Service]
    task: PlanTask
    search: Search


def planning_of(
    patient: Patient,
    *,
    wishes: PlanWishes,
    holder_key: str,
    now: datetime,
    by_staff: bool = False,
) -> Planning:
    """Return what is left to plan for this patient; times that this holder holds count as free.

    `by_staff` plans with the notice and the horizon of the desk. Raises Refused, with the reason,
    when there is nothing to plan. The number of statements does not depend on days, clinicians or
    visits.
    """
    package = package_of(patient, now, holder_key=holder_key)
    if package is None:
        raise Refused([NO_PACKAGE])
    referral = current_referral(patient)
    # Staff cannot plan then either: each visit needs a written reason of its own.
    if stopped := why_stopped(referral):
        is_urgent = stopped == SELF_BOOKING_STOPPED
        raise Refused([ONE_WITH_REASON if by_staff and is_urgent else stopped])
    enrollment = package.enrollment
    services, placed = services_of(enrollment), package.placed
    first = next_number(placed, enrollment)
    if first is None or not package.left:
        raise Refused([NO_CREDIT])
    numbers = _numbers(range(first, len(services) + 1), placed, package.left)
    search = Search(
        service=services[first],
        policy=current_policy(),
        now=now,
        patient=patient,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=by_staff,
        holder_key=holder_key,
        pauses=pauses_of(enrollment),
    )
    # All visits before the first one without a time have one, so the date is there.
    previous_on = previous_day(first, placed, enrollment) or date.min
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    terms = terms_of(search.policy)
    horizon = terms.horizon_desk_days if by_staff else terms.horizon_patient_days
    last_on = today + timedelta(days=horizon)
    earliest = window(first, previous_on=previous_on, rules=rules_of(enrollment)).earliest
    searches = {
        number: replace(search, service=services[number])
        for number in numbers
        if number not in placed
    }
    before = placed.get(first - 1)
    task = PlanTask(
        first=first,
        last=numbers[-1],
        slots=free_times(searches, max(earliest, today), last_on),
        previous_on=previous_on,
        previous_clinician=before.clinician_id if before else None,
        rules=rules_of(enrollment),
        zone=settings.CLINIC_TIME_ZONE,
        validity_days=package.version.validity_days,
        expires_on=use_by(placed, enrollment),
        last_on=last_on,
        booked={n: slot_of(one) for n, one in placed.items() if n in numbers},
        wishes=wishes,
    )
    return Planning(package, services, task, search)


def _numbers(following: range, placed: Mapping[int, Appointment], left: int) -> list[int]:
    """Return the visits, from the first without a time on, as far as the credits reach.

    A visit that has a time has its credit already.
    """
    numbers: list[int] = []
    for number in following:
        if number not in placed:
            left -= 1
        if left < 0:
            break
        numbers.append(number)
    return numbers


def slot_of(appointment: Appointment) -> Slot:
    """Return the time of an appointment as a slot."""
    return Slot(
        appointment.starts_at, appointment.ends_at, appointment.clinician_id, appointment.room_id
    )


def free_times(
    searches: Mapping[int, Search], first_day: date, last_on: date
) -> dict[int, list[Slot]]:
    """Return the free slots of each visit, from the first to the last clinic date, both included.

    Visits with the same length and the same clinicians share one list.
    """
    days = (last_on - first_day).days + 1
    if days <= 0:
        return {number: [] for number in searches}
    timetables = timetables_by_visit(searches, *midnights(first_day, days))
    shared: dict[object, list[Slot]] = {}
    found = {}
    for number, search in searches.items():
        timetable, wish = timetables[number], search.wish()
        # One list for all that are alike: the planner recognizes it and does its work once.
        alike = (wish, tuple(one.does_service for one in timetable.clinicians))
        if alike not in shared:
            shared[alike] = free_slots(timetable, wish, first_day=first_day, days=days)
        found[number] = shared[alike]
    return found
