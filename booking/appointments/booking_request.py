"""`BookingRequest`, one visit that somebody wants to book, and what can be read off it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_

from django.db.models import Q

from booking.locks import Occupied
from booking.models import Appointment, Enrollment, Policy, Referral, Service
from booking.packages.queries import (
    number_for,
    rules_of,
    visits_with_times,
    without_holds_of,
)
from booking.refusals import NO_SERVICE, Refused
from booking.scheduling.queries import Search, current_referral
from booking.terms import current_policy
from clinic.models.people import Clinician, Patient, User


@dataclass(frozen=True)
class BookingRequest:
    """One visit that somebody wants to book or move.

    `starts_at` and `now` are aware. A `clinician_id` of None means anyone; the one with the fewest
    visits that day gets it. `moving` is the booked visit that would get the new time. `network` is
    the key under which visits without a proven mailbox are counted (`network_to_count`). Staff may
    lift rules by giving a reason: `early_reason` lifts the spacing and a stop of self-booking,
    `overlap_reason` the calendars of the clinician and the room. `is_undo` takes back a move, to a
    time that may be nearer than the patient could choose. `number` is the visit of the package;
    without it, the first of that service that has no time.
    """

    patient: Patient
    service: Service
    starts_at: datetime
    now: datetime
    clinician_id: int | None = None
    enrollment: Enrollment | None = None
    holder_key: str = ""
    network: str = ""
    staff: User | None = None
    early_reason: str = ""
    overlap_reason: str = ""
    moving: Appointment | None = None
    is_undo: bool = False
    number: int | None = None

    # Both are read once, and not before the locks are held, so the answer is true until we write.
    # `cached_property` works although the class is frozen: it writes to the instance's dict.
    @cached_property
    def referral(self) -> Referral | None:
        """The patient's current referral, if any."""
        return current_referral(self.patient)

    @cached_property
    def policy(self) -> Policy:
        """The policy in force."""
        return current_policy()

    @cached_property
    def placed(self) -> dict[int, Appointment]:
        """The visits of the package that have a time, as `visits_with_times` returns them."""
        return visits_with_times(self.enrollment) if self.enrollment is not None else {}

    @cached_property
    def visit_number(self) -> int | None:
        """Which visit of the package it is, None for a single visit."""
        if self.enrollment is None or not self.service.is_of_package:
            return None
        if self.number is not None:
            return self.number
        if self.moving is not None:
            return self.moving.visit_number
        # A time she only holds does not make the visit booked: she may choose another one for it.
        taken = without_holds_of(self.holder_key, self.placed)
        return number_for(self.service, self.enrollment, taken)

    @property
    def step(self) -> int | None:
        """Which step of the protocol the visit is, None for a single visit."""
        if self.enrollment is None or self.visit_number is None:
            return None
        return rules_of(self.enrollment).for_visit(self.visit_number).step


def service_of(code: str) -> Service:
    """Return the active service. Raises Refused for a code that is not on the price list."""
    service = Service.objects.filter(code=code, is_active=True).first()
    if service is None:
        raise Refused([NO_SERVICE])
    return service


def search_of(booking: BookingRequest) -> Search:
    """Return the search that decides about this booking, the same that offered its time."""
    referral = booking.referral
    return Search(
        service=booking.service,
        policy=booking.policy,
        now=booking.now,
        patient=booking.patient,
        clinician_id=booking.clinician_id,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=booking.staff is not None or booking.is_undo,
        holder_key=booking.holder_key,
        moving=(booking.moving,) if booking.moving is not None else (),
    )


def candidates_of(booking: BookingRequest) -> list[int]:
    """Return the ids of the clinicians who could take this booking, in order."""
    if booking.clinician_id is not None:
        return [booking.clinician_id]
    clinicians = Clinician.objects.filter(services=booking.service, is_active=True)
    return list(clinicians.order_by("pk").values_list("pk", flat=True))


def occupied_by(starts_at: datetime, service: Service) -> Occupied:
    """Return the start and end of what a visit of this service occupies, buffers included."""
    ends_at = starts_at + timedelta(minutes=service.minutes)
    return (
        starts_at - timedelta(minutes=service.buffer_before_minutes),
        ends_at + timedelta(minutes=service.buffer_after_minutes),
    )


def clinician_taken(bookings: Mapping[int, BookingRequest]) -> list[int]:
    """Return the keys of the bookings whose clinician has another visit with the same start.

    All bookings are of one patient. The full check finds this too; this one statement spares it
    when many patients try for the same time and all but one come too late.
    """
    asked = {
        number: one
        for number, one in bookings.items()
        # Staff may overlap another visit, with a reason.
        if one.clinician_id is not None and not one.overlap_reason
    }
    if not asked:
        return []
    first = next(iter(asked.values()))
    wanted = [Q(clinician=one.clinician_id, starts_at=one.starts_at) for one in asked.values()]
    others = Appointment.objects.blocking().filter(reduce(or_, wanted))
    # Neither their own holds nor the visits they move stand in the way.
    if first.holder_key:
        others = others.exclude(status="held", holder_key=first.holder_key)
    others = others.exclude(pk__in=[one.moving.pk for one in asked.values() if one.moving])
    found = set(others.values_list("clinician_id", "starts_at"))
    return [number for number, one in asked.items() if (one.clinician_id, one.starts_at) in found]
