"""One visit that somebody asks for, and what follows from asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_

from django.db.models import Q

from booking.locks import Occupied
from booking.models import Appointment, Enrollment, Policy, Referral, Service
from booking.refusals import NO_SERVICE, Refused
from booking.scheduling.queries import Search, current_referral
from booking.terms import current_policy
from clinic.models.people import Clinician, Patient, User


@dataclass(frozen=True)
class BookingRequest:
    """One visit somebody asks for. `clinician_id` None means anyone, shared out fairly.

    A reason given by staff lifts what only guards the plan: `early_reason` the spacing and a stop
    of self-booking, `overlap_reason` the clinician's and the room's own calendar.
    """

    patient: Patient
    service: Service
    starts_at: datetime
    now: datetime
    clinician_id: int | None = None
    enrollment: Enrollment | None = None
    holder_key: str = ""
    staff: User | None = None
    early_reason: str = ""
    overlap_reason: str = ""
    moving: Appointment | None = None

    # Both are read once, and first under the locks: what they say then holds until we write.
    @cached_property
    def referral(self) -> Referral | None:
        """The referral that counts for her now."""
        return current_referral(self.patient)

    @cached_property
    def policy(self) -> Policy:
        """The policy in force."""
        return current_policy()


def service_of(code: str) -> Service:
    """Return the active service. Raises Refused for a code that is not on the price list."""
    service = Service.objects.filter(code=code, is_active=True).first()
    if service is None:
        raise Refused([NO_SERVICE])
    return service


def search_of(request: BookingRequest) -> Search:
    """Return the search that answers this request: the same one that offered its time."""
    referral = request.referral
    return Search(
        service=request.service,
        policy=request.policy,
        now=request.now,
        patient=request.patient,
        clinician_id=request.clinician_id,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=request.staff is not None,
        holder_key=request.holder_key,
        moving=(request.moving,) if request.moving is not None else (),
    )


def candidates_of(request: BookingRequest) -> list[int]:
    """Return the clinicians who come into question, by id."""
    if request.clinician_id is not None:
        return [request.clinician_id]
    doing = Clinician.objects.filter(services=request.service, is_active=True)
    return list(doing.order_by("pk").values_list("pk", flat=True))


def occupied_by(starts_at: datetime, service: Service) -> Occupied:
    """Return from when until when a visit of this service occupies, buffers included."""
    ends_at = starts_at + timedelta(minutes=service.minutes)
    return (
        starts_at - timedelta(minutes=service.buffer_before_minutes),
        ends_at + timedelta(minutes=service.buffer_after_minutes),
    )


def clinician_taken(requests: Mapping[int, BookingRequest]) -> list[int]:
    """Return whose clinician sees somebody else at that very start, of requests by one patient.

    The whole predicate would say so too: this is the short way for the many who come second.
    """
    asked = {
        number: one
        for number, one in requests.items()
        if one.clinician_id is not None and not one.overlap_reason
    }
    if not asked:
        return []
    first = next(iter(asked.values()))
    wanted = [Q(clinician=one.clinician_id, starts_at=one.starts_at) for one in asked.values()]
    there = Appointment.objects.blocking().filter(reduce(or_, wanted))
    if first.holder_key:
        there = there.exclude(status="held", holder_key=first.holder_key)
    there = there.exclude(pk__in=[one.moving.pk for one in asked.values() if one.moving])
    found = set(there.values_list("clinician_id", "starts_at"))
    return [number for number, one in asked.items() if (one.clinician_id, one.starts_at) in found]
