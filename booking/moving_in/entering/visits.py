"""Import visits ahead in batches: under the locks of a booking, by the rules of a booking.

A batch reads in a few statements what a booking reads for one visit. The database's constraints
against overlap have the last word. What cannot be booked waits for a person.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from booking.appointments.booking_request import occupied_by
from booking.appointments.bookings import write_all_booked
from booking.locks import Occupied, clear_stale_holds_of, lock_calendar, lock_owners
from booking.models import (
    Appointment,
    Enrollment,
    ImportRow,
    ImportRun,
    Policy,
    Referral,
    Room,
    Service,
)
from booking.models.appointment import LIVE
from booking.moving_in.entering.states import NeedsPerson
from booking.moving_in.entering.words_of_files import Meanings, meanings_of
from booking.moving_in.files.formats import Layout
from booking.moving_in.files.rows import RowRefused, VisitAhead, read_visit
from booking.opening_hours.conflicts import ROOM_CLOSED, HoursAround
from booking.packages import ledger
from booking.packages.queries import (
    entries_by_package,
    next_number,
    number_for,
    placed_by_package,
    read_visits,
    rules_of,
    services_of,
)
from booking.refusals import Refused
from booking.reminders.actions import owe_reminders
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.models.people import Clinician, Patient

Status = ImportRow.Status


@dataclass
class _Wanted:
    """A visit that is to be booked for a row, unsaved, before it has its room."""

    row: ImportRow
    visit: VisitAhead
    patient: Patient
    clinician: Clinician
    service: Service | str


def import_visits(
    run: ImportRun, rows: Sequence[ImportRow], layout: Layout, context: Context
) -> None:
    """Book the visits of these rows, or say why a person has to."""
    meanings = meanings_of(run.words)
    wanted: list[_Wanted] = []
    for row in rows:
        if row.status != Status.NEW:
            row.status = Status.JOINED if row.status == Status.KNOWN else Status.WAITS
            continue
        try:
            wanted.append(_wanted(row, layout, meanings, run, context.now))
        except (RowRefused, NeedsPerson) as problem:
            _wait(row, problem.code)
    if wanted:
        _book(_Batch(wanted, run, context))


def _wait(row: ImportRow, code: str) -> None:
    row.status, row.reason = Status.WAITS, code


def _wanted(
    row: ImportRow, layout: Layout, meanings: Meanings, run: ImportRun, now: datetime
) -> _Wanted:
    visit = read_visit(row.cells, layout, zone=run.zone, now=now)
    if row.patient is None:
        raise NeedsPerson("patient_waits")
    if visit.is_twice:
        raise NeedsPerson("hour_twice")
    service = meanings.services.get(visit.service)
    clinician = meanings.clinicians.get(visit.clinician)
    if service is None:
        raise NeedsPerson("no_service_here")
    if clinician is None:
        raise NeedsPerson("no_clinician")
    return _Wanted(row, visit, row.patient, clinician, service)


@dataclass
class _Batch:
    """The visits of one batch, and what is known around them once the locks are held."""

    wanted: list[_Wanted]
    run: ImportRun
    context: Context
    policy: Policy = field(default_factory=current_policy)
    packages: dict[UUID, Enrollment] = field(default_factory=dict)
    placed: dict[UUID, dict[int, Appointment]] = field(default_factory=dict)
    left: dict[UUID, int] = field(default_factory=dict)
    referrals: dict[UUID, Referral] = field(default_factory=dict)
    # Who has an evaluation ahead.
    evaluated: set[UUID] = field(default_factory=set)
    kept: set[UUID] = field(default_factory=set)
    # What the visits occupy, at most.
    times: list[Occupied] = field(default_factory=list)
    # What occupies whom, by ("clinician" | "room" | "patient", key).
    taken: dict[tuple[str, object], list[tuple[datetime, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @property
    def patient_ids(self) -> set[UUID]:
        return {one.patient.pk for one in self.wanted}


def _book(batch: _Batch) -> None:
    _lock(batch)
    rooms = list(Room.objects.filter(is_active=True).order_by("pk"))
    hours = HoursAround(batch.context.now, max(end for _begin, end in batch.times))
    ready: list[tuple[_Wanted, Appointment]] = []
    for one in batch.wanted:
        try:
            visit = _visit_of(one, batch)
            _place(visit, rooms, hours, batch)
        except NeedsPerson as problem:
            _wait(one.row, problem.code)
        else:
            _note(visit, batch)
            ready.append((one, visit))
    _write(ready, batch.context)


def _lock(batch: _Batch) -> None:
    """Lock whatever a booking of any of these locks, in its order, and read what is known then."""
    now, ids = batch.context.now, batch.patient_ids
    batch.packages = lock_owners(ids)
    packages = list(batch.packages.values())
    read_visits(packages)
    times = [occupied_by(one.visit.starts_at, _longest(one, batch)) for one in batch.wanted]
    batch.times = times
    lock_calendar({one.clinician.pk for one in batch.wanted}, times)
    clear_stale_holds_of([one.patient for one in batch.wanted], times, now)
    batch.placed = placed_by_package(packages)
    entries = entries_by_package(packages)
    batch.left = {one.pk: ledger.balance(entries.get(one.pk, [])) for one in packages}
    current = Referral.objects.current().filter(patient__in=ids)
    batch.referrals = {one.patient_id: one for one in current}
    upcoming = Appointment.objects.upcoming(now).filter(patient__in=ids)
    evaluations = upcoming.filter(service__kind=Service.Kind.EVALUATION)
    batch.evaluated = set(evaluations.values_list("patient_id", flat=True))
    batch.kept = set(Patient.objects.kept().filter(pk__in=ids).values_list("pk", flat=True))
    first = min(begins for begins, _ends in times)
    last = max(ends for _begins, ends in times)
    for row in Appointment.objects.blocking().touching(first, last):
        _take(batch, row)


def _longest(one: _Wanted, batch: _Batch) -> Service:
    """Return the service, or the longest that the next visit of her package could be."""
    if isinstance(one.service, Service):
        return one.service
    package = batch.packages.get(one.patient.pk)
    services = list(services_of(package).values()) if package is not None else []
    if not services:
        # Nothing will be booked for her; some length is needed to lock by.
        return Service(minutes=60)
    return max(services, key=lambda each: each.minutes)


def _take(batch: _Batch, row: Appointment) -> None:
    if row.overlap_reason is None:
        busy = row.busy_from, row.busy_until
        batch.taken["clinician", row.clinician_id].append(busy)
        batch.taken["room", row.room_id].append(busy)
    if row.status in LIVE:
        batch.taken["patient", row.patient_id].append((row.starts_at, row.ends_at))


def _visit_of(one: _Wanted, batch: _Batch) -> Appointment:
    """Return the visit, unsaved and without a room. Raises NeedsPerson with what is against it."""
    if one.patient.pk not in batch.kept:
        raise NeedsPerson("gone")
    referral = batch.referrals.get(one.patient.pk)
    if referral is not None and referral.stops_self_booking:
        raise NeedsPerson("stopped")
    package = batch.packages.get(one.patient.pk)
    service, number = _service_of(one, package, batch)
    ends_at = one.visit.starts_at + timedelta(minutes=service.minutes)
    busy_from, busy_until = occupied_by(one.visit.starts_at, service)
    return Appointment(
        patient=one.patient,
        clinician=one.clinician,
        service=service,
        enrollment=package if number is not None else None,
        visit_number=number,
        step=rules_of(package).for_visit(number).step if package and number else None,
        referral=referral,
        policy=batch.policy,
        starts_at=one.visit.starts_at,
        ends_at=ends_at,
        busy_from=busy_from,
        busy_until=busy_until,
        booked_by_staff=batch.run.by,
        is_sample=one.patient.is_sample,
    )


def _note(visit: Appointment, batch: _Batch) -> None:
    """Remember a visit that will be booked: the next one of the patient counts from it."""
    _take(batch, visit)
    if visit.service.kind == Service.Kind.EVALUATION:
        batch.evaluated.add(visit.patient_id)
    if visit.enrollment_id is not None and visit.visit_number is not None:
        batch.placed.setdefault(visit.enrollment_id, {})[visit.visit_number] = visit
        batch.left[visit.enrollment_id] -= 1


def _service_of(
    one: _Wanted, package: Enrollment | None, batch: _Batch
) -> tuple[Service, int | None]:
    """Return the service, and which visit of her package it is, None for a single visit."""
    service = one.service
    if isinstance(service, Service) and not service.is_of_package:
        # A second first visit is a mistake somewhere; a series of follow-ups is ordinary elsewhere.
        is_first = service.kind == Service.Kind.EVALUATION
        if is_first and one.patient.pk in batch.evaluated:
            raise NeedsPerson("one_ahead")
        return service, None
    if package is None:
        raise NeedsPerson("no_package")
    placed = batch.placed.get(package.pk, {})
    number = next_number(placed, package)
    if number is None or batch.left.get(package.pk, 0) < 1:
        raise NeedsPerson("no_visits_left")
    if isinstance(service, Service) and number_for(service, package, placed) != number:
        raise NeedsPerson("visit_not_next")
    return services_of(package)[number], number


def _place(visit: Appointment, rooms: Sequence[Room], hours: HoursAround, batch: _Batch) -> None:
    """Give the visit a room that is free and open. Raises NeedsPerson with what is against it."""
    busy = visit.busy_from, visit.busy_until
    if _meets(batch, "patient", visit.patient_id, (visit.starts_at, visit.ends_at)):
        raise NeedsPerson("patient_busy")
    if _meets(batch, "clinician", visit.clinician_id, busy):
        raise NeedsPerson("clinician_busy")
    for room in rooms:
        visit.room = room
        against = hours.reasons(visit)
        others = [one for one in against if one != ROOM_CLOSED]
        if others:
            raise NeedsPerson(others[0].code)
        if not against and not _meets(batch, "room", room.pk, busy):
            visit.status = Appointment.Status.BOOKED
            return
    raise NeedsPerson("no_room")


def _meets(batch: _Batch, kind: str, key: object, wanted: tuple[datetime, datetime]) -> bool:
    return any(begins < wanted[1] and ends > wanted[0] for begins, ends in batch.taken[kind, key])


def _write(ready: Sequence[tuple[_Wanted, Appointment]], context: Context) -> None:
    """Save the visits in a few statements; where the database refuses one, each by itself."""
    if not ready:
        return
    try:
        with transaction.atomic():
            write_all_booked([visit for _one, visit in ready], context=context)
        booked = [visit for _one, visit in ready]
        for one, visit in ready:
            one.row.status, one.row.appointment = Status.MADE, visit
    except Refused:
        booked = [visit for one, visit in ready if _written_alone(one, visit, context)]
    owe_reminders(booked, now=context.now)


def _written_alone(one: _Wanted, visit: Appointment, context: Context) -> bool:
    try:
        with transaction.atomic():
            write_all_booked([visit], context=context)
    except Refused as refusal:
        _wait(one.row, refusal.reasons[0].code)
        return False
    one.row.status, one.row.appointment = Status.MADE, visit
    return True
