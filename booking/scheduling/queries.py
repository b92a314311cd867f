"""Load a timetable from the database and find free times in it.

A search takes six statements, whatever the range and the number of clinicians or visits.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from booking.models import Appointment, Closure, Policy, Referral, Room, Service
from booking.models.offer import LONGEST_VISIT
from booking.reasons import Reason
from booking.scheduling.availability import free_slots, reasons_not_free
from booking.scheduling.hours import AllHours, all_hours
from booking.scheduling.intervals import Interval, span
from booking.scheduling.timetable import ClinicianHours, Slot, SlotWish, Timetable
from booking.scheduling.timetable import ClosedTime as Away
from booking.terms import terms_of
from clinic.models.people import Clinician, Patient
from clinic.practice.wall_time import instant

# What a visit at the edge of the range may overlap lies outside of the range.
_MARGIN = LONGEST_VISIT


@dataclass(frozen=True)
class Search:
    """Which visit to look for, for whom and under which terms.

    `holder_key` is the key of the asking session: its own holds are not in its way. Neither are the
    appointments in `moving`, which would leave their times. `earliest_on` and `latest_on` are
    clinic dates, both included. `pauses` are those of the patient's package, from a first date to
    before a second; staff may book within them.
    """

    service: Service
    policy: Policy
    now: datetime
    patient: Patient | None = None
    clinician_id: int | None = None
    needs_pessary_fitting: bool = False
    by_staff: bool = False
    earliest_on: date | None = None
    latest_on: date | None = None
    pauses: tuple[tuple[date, date], ...] = ()
    holder_key: str = ""
    moving: tuple[Appointment, ...] = ()

    def wish(self) -> SlotWish:
        """Return this search as the value that the pure modules work with."""
        terms = terms_of(self.policy)
        return SlotWish(
            now=self.now,
            minutes=self.service.minutes,
            buffer_before_minutes=self.service.buffer_before_minutes,
            buffer_after_minutes=self.service.buffer_after_minutes,
            grid_minutes=terms.slot_grid_minutes,
            notice_hours=terms.notice_desk_hours if self.by_staff else terms.notice_patient_hours,
            horizon_days=(terms.horizon_desk_days if self.by_staff else terms.horizon_patient_days),
            earliest_on=self.earliest_on,
            latest_on=self.latest_on,
            pauses=() if self.by_staff else self.pauses,
        )


def load_timetable(search: Search, start: datetime, end: datetime) -> Timetable:
    """Return everything that decides which starts from `start` to `end` (UTC) are free."""
    busy_of_clinician: dict[int, list[Interval]] = defaultdict(list)
    busy_of_room: dict[int, list[Interval]] = defaultdict(list)
    own: list[Interval] = []
    taken = _taken(search, start - _MARGIN, end + _MARGIN)
    # The database compares the patient: making a UUID of each row's would cost as much as the rest.
    # `pk__in=[]` is never true.
    hers = Q(patient=search.patient) if search.patient is not None else Q(pk__in=[])
    rows = taken.annotate(is_hers=ExpressionWrapper(hers, output_field=BooleanField()))
    for clinician, room, is_hers, busy_from, busy_until, starts_at, ends_at in rows.values_list(
        "clinician_id", "room_id", "is_hers", "busy_from", "busy_until", "starts_at", "ends_at"
    ):
        busy = span(busy_from, busy_until)
        busy_of_clinician[clinician].append(busy)
        busy_of_room[room].append(busy)
        if is_hers:
            own.append(span(starts_at, ends_at))
    owners = Q()
    if search.clinician_id is not None:
        # A row without a clinician belongs to a room.
        owners = Q(clinician=search.clinician_id) | Q(clinician=None)
    hours = all_hours(start - _MARGIN, end + _MARGIN, owners)
    return Timetable(
        zone=settings.CLINIC_TIME_ZONE,
        clinicians=tuple(_hours(search, hours)),
        rooms=tuple(Room.objects.filter(is_active=True).values_list("pk", flat=True)),
        closures=tuple(
            Away(span(one.starts_at, one.ends_at), one.clinician_id, one.room_id)
            for one in Closure.objects.filter(starts_at__lt=end + _MARGIN, ends_at__gt=start)
        ),
        room_hours=hours.of_rooms(),
        clinician_busy=busy_of_clinician,
        room_busy=busy_of_room,
        patient_busy=own,
    )


def timetables_by_visit(
    searches: Mapping[int, Search], start: datetime, end: datetime
) -> dict[int, Timetable]:
    """Return the timetable of each search, by the same keys, with the rows loaded only once.

    The searches differ in nothing but their service.
    """
    if not searches:
        return {}
    shared = load_timetable(next(iter(searches.values())), start, end)
    links = Service.clinicians.through.objects.filter(
        service__in=[search.service for search in searches.values()]
    )
    # Nothing else in a timetable depends on the service.
    offered = set(links.values_list("service_id", "clinician_id"))
    return {
        number: replace(
            shared,
            clinicians=tuple(
                replace(one, does_service=(search.service.pk, one.clinician_id) in offered)
                for one in shared.clinicians
            ),
        )
        for number, search in searches.items()
    }


def _taken(search: Search, start: datetime, end: datetime) -> QuerySet[Appointment]:
    """Return the appointments between the two instants whose time this search cannot have."""
    taken = Appointment.objects.blocking().touching(start, end)
    # An expired hold may still have its status: the next booking releases it.
    not_in_the_way = Q(status="held", hold_until__lte=search.now)
    if search.holder_key:
        not_in_the_way |= Q(status="held", holder_key=search.holder_key)
    if search.moving:
        not_in_the_way |= Q(pk__in=[one.pk for one in search.moving])
    return taken.exclude(not_in_the_way)


def _hours(search: Search, hours: AllHours) -> list[ClinicianHours]:
    does = Service.clinicians.through.objects.filter(
        service=search.service, clinician=OuterRef("pk")
    )
    clinicians = Clinician.objects.annotate(does_service=Exists(does))
    if search.clinician_id is not None:
        clinicians = clinicians.filter(pk=search.clinician_id)
    return [
        hours.of_clinician(
            one,
            does_service=one.does_service,
            meets_needs=one.fits_pessaries or not search.needs_pessary_fitting,
        )
        for one in clinicians
    ]


def midnights(first_day: date, days: int) -> tuple[datetime, datetime]:
    """Return when the first of these clinic dates begins and when the last one ends, in UTC."""
    zone = settings.CLINIC_TIME_ZONE
    last = first_day + timedelta(days=days)
    start = instant(first_day, datetime.min.time(), zone)
    return start, instant(last, datetime.min.time(), zone)


def free_slots_for(search: Search, *, first_day: date, days: int) -> list[Slot]:
    """Return the slots that start on these clinic dates, soonest first."""
    timetable = load_timetable(search, *midnights(first_day, days))
    return free_slots(timetable, search.wish(), first_day=first_day, days=days)


def reasons_for(search: Search, *, clinician_id: int, starts_at: datetime) -> list[Reason]:
    """Return every reason why this start is not offered with this clinician; empty when it is."""
    timetable = load_timetable(search, starts_at, starts_at)
    return reasons_not_free(
        timetable, search.wish(), clinician_id=clinician_id, starts_at=starts_at
    )


def reasons_by_clinician(search: Search, starts_at: datetime) -> dict[Clinician, list[Reason]]:
    """Return why that start is not offered, for each clinician of the search, ordered by name.

    No reason means that it is offered. Seven statements.
    """
    timetable, wish = load_timetable(search, starts_at, starts_at), search.wish()
    names = {one.pk: one for one in Clinician.objects.order_by("name")}
    return {
        names[hours.clinician_id]: reasons_not_free(
            timetable, wish, clinician_id=hours.clinician_id, starts_at=starts_at
        )
        for hours in sorted(timetable.clinicians, key=lambda one: names[one.clinician_id].name)
    }


def one_per_start(slots: Sequence[Slot], load: dict[int, int]) -> list[Slot]:
    """Return one slot for each start: with the clinician who has the least load, then the first."""
    best: dict[datetime, Slot] = {}
    for slot in slots:
        known = best.get(slot.starts_at)
        if known is None or load.get(slot.clinician_id, 0) < load.get(known.clinician_id, 0):
            best[slot.starts_at] = slot
    return list(best.values())


def upcoming_of(patient: Patient, now: datetime) -> QuerySet[Appointment]:
    """Return the patient's booked visits that have not started, soonest first."""
    return (
        Appointment.objects.upcoming(now)
        .filter(patient=patient)
        .select_related("clinician", "room", "service", "policy", "enrollment__version")
        .order_by("starts_at")
    )


def current_referral(patient: Patient) -> Referral | None:
    """Return the patient's current referral, or None."""
    return Referral.objects.current().filter(patient=patient).first()
