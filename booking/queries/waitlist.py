"""Who waits for an earlier time, in order, and which free times would suit her."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from booking.models import Appointment, EarlierWish, Enrollment, Referral, Service
from booking.queries.packages import package_of
from booking.queries.slots import Search, current_referral, free_slots_for
from booking.terms import current_policy, terms_of
from booking.timetable import Slot
from booking.waitlist import Priority, Waiting, fits, in_order
from booking.wall_time import clinic_date
from clinic.people.models import Patient

# A time further ahead is not an earlier one.
DAYS_AHEAD = 28


@dataclass(frozen=True)
class Place:
    """One wish at its place in the order."""

    wish: EarlierWish
    waiting: Waiting


def waiting_list() -> list[Place]:
    """Return the open wishes in the order in which they are asked. Three statements."""
    wishes = {
        str(one.pk): one
        for one in EarlierWish.objects.filter(
            closed_at__isnull=True, patient__merged_into__isnull=True
        ).select_related("patient", "service", "clinician")
    }
    patients = [one.patient_id for one in wishes.values()]
    red = set(
        Referral.objects.current()
        .filter(patient__in=patients, level="red")
        .values_list("patient", flat=True)
    )
    packages = set(
        Enrollment.objects.live().filter(patient__in=patients).values_list("patient", flat=True)
    )
    found = in_order(_waiting(one, red, packages) for one in wishes.values())
    return [Place(wishes[one.key], one) for one in found]


def _waiting(wish: EarlierWish, red: Iterable[object], packages: Iterable[object]) -> Waiting:
    if wish.patient_id in red:
        priority = Priority.RED
    elif wish.service.visit_number is not None and wish.patient_id in packages:
        priority = Priority.PACKAGE_GAP
    else:
        priority = Priority.REST
    return Waiting(
        key=str(wish.pk),
        priority=priority,
        since=wish.made_at,
        weekdays=frozenset(wish.weekdays),
        parts=frozenset(wish.parts),
        clinician_id=wish.clinician_id,
    )


def visit_to_replace(patient: Patient, service: Service, now: datetime) -> Appointment | None:
    """Return her booked visit of this kind that an earlier time would take the place of."""
    return (
        Appointment.objects.upcoming(now)
        .filter(patient=patient, service=service)
        .select_related("service", "policy", "enrollment", "patient")
        .order_by("starts_at")
        .first()
    )


def times_for(place: Place, now: datetime) -> Iterator[Slot]:
    """Yield the free times that this person may be offered, soonest first.

    Left out are times she was offered before, and those whose cancellation can still be undone.
    """
    wish, zone = place.wish, settings.CLINIC_TIME_ZONE
    moving = visit_to_replace(wish.patient, wish.service, now)
    offered = set(wish.offers.values_list("starts_at", "clinician_id"))
    for slot in _free(wish, moving, now):
        starts_at, clinician_id = slot.starts_at, slot.clinician_id
        if (
            fits(place.waiting, starts_at=starts_at, clinician_id=clinician_id, zone=zone)
            and (starts_at, clinician_id) not in offered
            and (moving is None or starts_at < moving.starts_at)
            and not _may_be_undone(slot, now)
        ):
            yield slot


def _free(wish: EarlierWish, moving: Appointment | None, now: datetime) -> list[Slot]:
    number = wish.service.visit_number
    package = package_of(wish.patient, now) if number else None
    if number and package is None:
        return []
    window = package.visits[number - 1].window if package and number else None
    referral = current_referral(wish.patient)
    search = Search(
        service=wish.service,
        policy=current_policy(),
        now=now,
        patient=wish.patient,
        clinician_id=wish.clinician_id,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        earliest_on=window.earliest if window else None,
        latest_on=package.use_by if package else None,
        moving=(moving,) if moving is not None else (),
    )
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    return free_slots_for(search, first_day=today, days=DAYS_AHEAD)


def _may_be_undone(slot: Slot, now: datetime) -> bool:
    minutes = terms_of(current_policy()).cancel_undo_minutes
    return (
        Appointment.objects.filter(
            status=Appointment.Status.CANCELLED,
            clinician=slot.clinician_id,
            cancelled_at__gt=now - timedelta(minutes=minutes),
        )
        .touching(slot.starts_at, slot.ends_at)
        .exists()
    )
