"""Read a package: its visits, what is left of it, and its last day.

A visit "has a time" when it is held, booked, arrived or completed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from booking.catalog.protocol import VisitRule
from booking.models import (
    AddedDays,
    Appointment,
    Enrollment,
    LedgerEntry,
    PackageVersion,
    PackageVisit,
    Service,
)
from booking.packages import ledger
from booking.packages.spacing import PackageRules, Window, window
from booking.policy import package_expires_on
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date

# The statuses in which a visit has a time; a cancelled or missed visit must be booked again.
PLACED = ("held", "booked", "arrived", "completed")
# Each from its first clinic date to the first date after it.
Pauses = tuple[tuple[date, date], ...]


@dataclass(frozen=True)
class VisitView:
    """One visit of a package, with its `service` and its `step` of the protocol.

    `appointment` is None while it has no time, `window` while the visit before has none. `is_next`
    marks the one visit that can be booked now.
    """

    number: int
    appointment: Appointment | None
    window: Window | None
    is_next: bool
    service: Service
    step: int

    @property
    def is_done(self) -> bool:
        return self.appointment is not None and self.appointment.status == "completed"


@dataclass(frozen=True)
class PackageView:
    """A package with its visits.

    `left` visits can still be booked. `use_by` is the last clinic date on which a visit may start,
    None while visit 1 has no date. `paused_until` is the first clinic date after a pause, None
    outside of one.
    """

    enrollment: Enrollment
    visits: tuple[VisitView, ...]
    left: int
    use_by: date | None
    paused_until: date | None

    @property
    def version(self) -> PackageVersion:
        """What was bought."""
        return self.enrollment.version

    @property
    def placed(self) -> dict[int, Appointment]:
        """The visits that have a time, holds included, by visit number."""
        return {one.number: one.appointment for one in self.visits if one.appointment}

    def visit_for(self, service: Service, moving: Appointment | None = None) -> "VisitView | None":
        """Return the visit that booking this service, or `moving` that one, is about."""
        number = (
            moving.visit_number
            if moving is not None
            else number_for(service, self.enrollment, self.placed)
        )
        return self.visits[number - 1] if number else None

    @property
    def next_visit(self) -> VisitView | None:
        """The visit to book next, or None when all have a time or no credit is left."""
        return next((visit for visit in self.visits if visit.is_next), None)


def rules_of(enrollment: Enrollment) -> PackageRules:
    """Return when the visits of the package may be."""
    rules = (VisitRule(one.step, one.least_days, one.most_days) for one in visits_of(enrollment))
    return PackageRules(enrollment.first_visit_from, enrollment.impact_from, tuple(rules))


def visits_of(enrollment: Enrollment) -> Sequence[PackageVisit]:
    """Return the visits of the version that was bought, in order, with their services."""
    # No statement where they were read along with the enrollment, or asked for before.
    prefetch_related_objects([enrollment], _its_visits())
    return list(enrollment.version.visits.all())


def read_visits(enrollments: Sequence[Enrollment]) -> None:
    """Read the visits of the versions of these packages along, in one statement for all."""
    prefetch_related_objects(list(enrollments), _its_visits())


def _its_visits() -> "Prefetch[str, QuerySet[PackageVisit], str]":
    """Return what to read along with an enrollment: the visits of its version, in one statement."""
    return Prefetch("version__visits", PackageVisit.objects.select_related("service"))


def services_of(enrollment: Enrollment) -> dict[int, Service]:
    """Return the service of each visit of the package, by visit number."""
    return {one.number: one.service for one in visits_of(enrollment)}


def number_for(service: Service, enrollment: Enrollment, taken: Collection[int]) -> int | None:
    """Return the visit that booking this service is about: the first of it that is not `taken`.

    A package may have one service several times. The last of them when all are taken, None when
    the package has no such visit.
    """
    numbers = [number for number, one in services_of(enrollment).items() if one == service]
    return next((one for one in numbers if one not in taken), numbers[-1] if numbers else None)


def entries_of(enrollment: Enrollment) -> list[ledger.Entry]:
    """Return the ledger's entries as plain values, oldest first."""
    return entries_by_package([enrollment]).get(enrollment.pk, [])


def entries_by_package(enrollments: Sequence[Enrollment]) -> dict[UUID, list[ledger.Entry]]:
    """Return the entries of each package, oldest first. One statement, none without packages."""
    found: dict[UUID, list[ledger.Entry]] = defaultdict(list)
    rows = LedgerEntry.objects.filter(enrollment__in=enrollments) if enrollments else ()
    for row in rows:
        entry = ledger.Entry(
            cast("ledger.Kind", row.kind), row.delta, row.appointment_id, row.cycle
        )
        found[row.enrollment_id].append(entry)
    return found


def visits_with_times(enrollment: Enrollment) -> dict[int, Appointment]:
    """Return the visits of the package that have a time, holds included, by visit number."""
    return placed_by_package([enrollment]).get(enrollment.pk, {})


def placed_by_package(enrollments: Sequence[Enrollment]) -> dict[UUID, dict[int, Appointment]]:
    """Return `visits_with_times` of each package. One statement, none without packages."""
    found: dict[UUID, dict[int, Appointment]] = defaultdict(dict)
    rows = Appointment.objects.filter(enrollment__in=enrollments, status__in=PLACED)
    for row in rows.select_related("clinician", "service", "policy") if enrollments else ():
        if row.enrollment_id is not None and row.visit_number is not None:
            found[row.enrollment_id][row.visit_number] = row
    return found


def without_holds_of(holder_key: str, placed: dict[int, Appointment]) -> dict[int, Appointment]:
    """Return the visits that have a time, without those that this holder only holds."""
    return {
        number: one
        for number, one in placed.items()
        if one.status != Appointment.Status.HELD or one.holder_key != holder_key
    }


def day_of(appointment: Appointment) -> date:
    """Return the clinic date on which an appointment starts."""
    return clinic_date(appointment.starts_at, settings.CLINIC_TIME_ZONE)


def previous_day(visit: int, placed: dict[int, Appointment], enrollment: Enrollment) -> date | None:
    """Return the clinic date that a visit counts from, None while the one before has none.

    Visit 1 counts from the day of enrolling.
    """
    if visit == 1:
        return clinic_date(enrollment.enrolled_at, settings.CLINIC_TIME_ZONE)
    before = placed.get(visit - 1)
    return day_of(before) if before is not None else None


def use_by(placed: dict[int, Appointment], enrollment: Enrollment) -> date | None:
    """Return the last clinic date on which a visit may start, None while visit 1 has no date."""
    first = placed.get(1)
    if first is None:
        return None
    # Summed here, not in the database: lists of packages prefetch these rows.
    added = sum(row.days for row in enrollment.added_days.all())
    return package_expires_on(day_of(first), enrollment.version.validity_days, added_days=added)


def pauses_of(enrollment: Enrollment) -> Pauses:
    """Return the pauses, each from its first clinic date to the first one after it."""
    return tuple(
        (one.starts_on, one.starts_on + timedelta(days=one.days))
        for one in enrollment.added_days.all()
        if one.kind == AddedDays.Kind.PAUSE
    )


def paused_until(enrollment: Enrollment, on: date) -> date | None:
    """Return the first clinic date after the pause in which `on` lies, None outside of any."""
    return _resumes(pauses_of(enrollment), on)


def _resumes(pauses: Pauses, on: date) -> date | None:
    # Pauses may overlap; the latest end counts.
    return max((end for start, end in pauses if start <= on < end), default=None)


def next_number(placed: dict[int, Appointment], enrollment: Enrollment) -> int | None:
    """Return the number of the first visit without a time, None when all have one."""
    numbers = range(1, enrollment.version.visit_count + 1)
    return next((number for number in numbers if number not in placed), None)


def package_of(patient: Patient, now: datetime, *, holder_key: str = "") -> PackageView | None:
    """Return the patient's live package, or None.

    Visits that this holder only holds count as without a time.
    """
    return packages_of([patient.pk], now, holder_key=holder_key).get(patient.pk)


def packages_of(
    patient_ids: Iterable[UUID], now: datetime, *, holder_key: str = ""
) -> dict[UUID, PackageView]:
    """Return the live packages by patient id. Five statements for any number of patients.

    Visits that this holder only holds count as without a time.
    """
    found = list(
        Enrollment.objects.live()
        .filter(patient__in=list(patient_ids))
        .select_related("policy", "version")
        .prefetch_related("added_days", _its_visits())
    )
    placed, entries = placed_by_package(found), entries_by_package(found)
    return {
        one.patient_id: _view(
            one,
            _without_loose_holds(placed.get(one.pk, {}), now, holder_key),
            entries.get(one.pk, []),
            now,
        )
        for one in found
    }


def view_of(enrollment: Enrollment, now: datetime) -> PackageView:
    """Return one package, live or ended, with its visits as they are at `now`."""
    placed = _without_loose_holds(visits_with_times(enrollment), now, "")
    return _view(enrollment, placed, entries_of(enrollment), now)


def _without_loose_holds(
    placed: dict[int, Appointment], now: datetime, holder_key: str
) -> dict[int, Appointment]:
    """Return the visits without expired holds and without this holder's own.

    The next action releases an expired hold, and the holder may choose another time instead.
    """
    return {
        number: one
        for number, one in without_holds_of(holder_key, placed).items()
        if one.status != Appointment.Status.HELD or (one.hold_until and one.hold_until > now)
    }


def _view(
    enrollment: Enrollment,
    placed: dict[int, Appointment],
    entries: Sequence[ledger.Entry],
    now: datetime,
) -> PackageView:
    left = ledger.balance(entries)
    # Without a credit no visit can be booked, whichever comes next.
    next_up = next_number(placed, enrollment) if left else None
    pauses, rules = pauses_of(enrollment), rules_of(enrollment)
    return PackageView(
        enrollment,
        tuple(
            _visit(one, placed, enrollment, rules, pauses, is_next=one.number == next_up)
            for one in visits_of(enrollment)
        ),
        left,
        use_by(placed, enrollment),
        _resumes(pauses, clinic_date(now, settings.CLINIC_TIME_ZONE)),
    )


def _visit(
    one: PackageVisit,
    placed: dict[int, Appointment],
    enrollment: Enrollment,
    rules: PackageRules,
    pauses: Pauses,
    *,
    is_next: bool,
) -> VisitView:
    previous_on = previous_day(one.number, placed, enrollment)
    its_window = (
        _after_pause(window(one.number, previous_on=previous_on, rules=rules), pauses)
        if previous_on is not None
        else None
    )
    return VisitView(one.number, placed.get(one.number), its_window, is_next, one.service, one.step)


def _after_pause(planned: Window, pauses: Pauses) -> Window:
    """Return the window, starting after a pause if one covers its first date."""
    resumes = _resumes(pauses, planned.earliest)
    if resumes is None:
        return planned
    # A target date within the pause is no target any more.
    late = planned.target_latest is not None and planned.target_latest < resumes
    return Window(resumes, None if late else planned.target_latest)
