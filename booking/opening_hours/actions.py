"""Write the hours, extra openings and closures of clinicians, rooms and the clinic itself.

Nothing else writes them. Each action locks the clinicians whose visits it concerns, as a booking
does. So a visit that is booked at the same time is seen here, or its booking sees the change.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from booking.appointments.changes import check_unchanged, locked
from booking.locks import lock_calendar
from booking.models import Appointment, Closure, ExtraOpening, OpeningHours, Room
from booking.opening_hours.changes import remaining
from booking.opening_hours.conflicts import HoursConflict, hours_conflicts
from booking.opening_hours.queries import (
    abilities_version,
    check_seen,
    room_version,
    week_version,
)
from booking.scheduling.timetable import HoursRange
from clinic.audit.record import Actor, record
from clinic.before_opening.facts_rows import lock_clinic
from clinic.database.retrying import retried
from clinic.models.people import Clinician, User
from clinic.models.practice import WeeklyHours
from clinic.practice.hours_text import TimeRange

Period = TypeVar("Period", Closure, ExtraOpening)


@retried
def close(
    *,
    starts_at: datetime,
    ends_at: datetime,
    label: str,
    by: User | None,
    actor: Actor,
    clinician_id: int | None = None,
    room_id: int | None = None,
) -> Closure:
    """Close a time for a clinician, a room, or (neither given) the whole clinic.

    Booked visits are not touched.
    """
    closure = Closure(starts_at=starts_at, ends_at=ends_at, label=label, made_by=by)
    closure.clinician_id, closure.room_id = clinician_id, room_id
    return _add(closure, "close", actor)


@retried
def reopen(*, closure: Closure, actor: Actor) -> None:
    """Delete a closure. Its time can be booked at once."""
    _delete(closure, "reopen", actor)


@retried
def open_extra(
    *,
    starts_at: datetime,
    ends_at: datetime,
    label: str,
    by: User,
    actor: Actor,
    clinician_id: int | None = None,
    room_id: int | None = None,
) -> ExtraOpening:
    """Open a time beyond the weekly hours of a clinician or of a room."""
    opening = ExtraOpening(starts_at=starts_at, ends_at=ends_at, label=label, made_by=by)
    opening.clinician_id, opening.room_id = clinician_id, room_id
    return _add(opening, "open extra", actor)


@retried
def close_extra(*, opening: ExtraOpening, actor: Actor) -> None:
    """Delete an extra opening. Visits booked in it stay until somebody decides about them."""
    _delete(opening, "close extra", actor)


def _add(period: Period, what: str, actor: Actor) -> Period:
    """Save a closure or an extra opening under the lock of the calendar that it changes."""
    _lock(period.clinician_id)
    period.save(force_insert=True)
    record(actor, what, period)
    return period


def _delete(period: Closure | ExtraOpening, what: str, actor: Actor) -> None:
    """Delete a closure or an extra opening under the lock of the calendar that it changes."""
    _lock(period.clinician_id)
    # Recorded before it is deleted, while the row has its id.
    record(actor, what, period)
    period.delete()


@retried
def set_week(
    *,
    week: Iterable[Collection[TimeRange]],
    first: date,
    last: date | None,
    actor: Actor,
    clinician_id: int | None = None,
    room_id: int | None = None,
    seen: str = "",
) -> None:
    """Set the weekly hours of a clinician or of a room from `first` to `last`, both included.

    `week` has the ranges of each weekday, Monday first. `last` None means until further notice. The
    hours on all other dates stay as they were. A week without any hours leaves a room open at any
    time, and a clinician never. Raises Refused when they are no longer as `seen` (see `versions`).
    """
    # Of a room it is None, which locks all clinicians: any may have a visit in the room.
    _lock(clinician_id)
    # Of the owner only the id is read.
    owner = Clinician(pk=clinician_id) if room_id is None else Room(pk=room_id)
    check_seen(seen, week_version(owner))
    whose = Q(clinician=clinician_id) if room_id is None else Q(room=room_id)
    rows = OpeningHours.objects.filter(whose)
    wanted = _with_new_week(rows, week, first, last)
    # Rewritten as a whole: a new range may split an old one in two.
    rows.delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician_id=clinician_id, room_id=room_id, **asdict(one)) for one in wanted
    )
    record(actor, "set hours", owner, reason=first.isoformat())


@retried
def set_clinic_week(
    *,
    week: Iterable[Collection[TimeRange]],
    first: date,
    last: date | None,
    actor: Actor,
    seen: str = "",
) -> None:
    """Set the weekly hours of the clinic itself from `first` to `last`, both included.

    `week` has the ranges of each weekday, Monday first, at least one of them with hours; `last`
    None means until further notice. Due times that were stored before stay as they were told.
    Raises Refused when the hours are no longer as `seen` (see `versions`).
    """
    # No visit is concerned, but two people may change the hours at once: also of a clinic that has
    # no clinician yet.
    lock_clinic()
    check_seen(seen, week_version(None))
    wanted = _with_new_week(WeeklyHours.objects.all(), week, first, last)
    WeeklyHours.objects.all().delete()
    rows = WeeklyHours.objects.bulk_create(WeeklyHours(**asdict(one)) for one in wanted)
    record(actor, "set clinic hours", rows[-1], reason=first.isoformat())


def _with_new_week(
    rows: Iterable[OpeningHours | WeeklyHours],
    week: Iterable[Collection[TimeRange]],
    first: date,
    last: date | None,
) -> list[HoursRange]:
    """Return these hours with the new week from `first` to `last` in the place of the old ones."""
    old = [
        HoursRange(one.weekday, one.starts, one.ends, one.valid_from, one.valid_until)
        for one in rows
    ]
    new = [
        HoursRange(weekday, starts, ends, first, last)
        for weekday, ranges in enumerate(week)
        for starts, ends in ranges
    ]
    return [*remaining(old, first=first, last=last), *new]


@retried
def set_abilities(
    *,
    clinician_id: int,
    services: Collection[int],
    fits_pessaries: bool,
    is_active: bool,
    actor: Actor,
    seen: str = "",
) -> None:
    """Set which services (ids) a clinician does, and whether she takes visits at all.

    Booked visits stay. Raises Refused when it is no longer as `seen` (see `versions`).
    """
    _lock(clinician_id)
    clinician = Clinician.objects.get(pk=clinician_id)
    check_seen(seen, abilities_version(clinician))
    clinician.fits_pessaries, clinician.is_active = fits_pessaries, is_active
    clinician.save(update_fields=["fits_pessaries", "is_active"])
    clinician.services.set(services)
    record(actor, "set abilities", clinician)


@retried
def set_room(*, room_id: int, name: str, is_active: bool, actor: Actor, seen: str = "") -> None:
    """Rename a room, and set whether it is given out. Visits booked in it stay.

    Raises Refused when the room is no longer as `seen` (see `versions`).
    """
    # Any clinician may have a visit in the room.
    _lock(None)
    room = Room.objects.select_for_update().get(pk=room_id)
    check_seen(seen, room_version(room))
    room.name, room.is_active = name, is_active
    room.save(update_fields=["name", "is_active"])
    record(actor, "set room", room)


@retried
def add_room(*, name: str, actor: Actor) -> Room:
    """Add a room and return it."""
    # Without a lock: another room takes no time from any visit.
    room = Room.objects.create(name=name)
    record(actor, "add room", room)
    return room


@retried
def allow_outside_hours(*, appointment_id: UUID, rev: int, actor: Actor) -> Appointment:
    """Allow a visit to stay where the hours no longer allow it.

    Raises AlreadyChanged when the visit is no longer the revision `rev`.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "allow_outside_hours")
    # The revision stays: a new one would void the reminders that are owed about this one.
    appointment.stays_outside_hours = True
    appointment.save(update_fields=["stays_outside_hours"])
    record(actor, "keep outside hours", appointment, patient=appointment.patient_id)
    return appointment


@dataclass(frozen=True)
class Impact:
    """What a change of hours would do to the visits ahead.

    `orphans` are the visits that no longer fit because of it; `kept` is the number of all others.
    """

    orphans: tuple[HoursConflict, ...]
    kept: int

    @property
    def by_mail(self) -> int:
        """How many of the orphans' patients mail can reach."""
        return sum(one.visit.patient.takes_mail for one in self.orphans)

    @property
    def not_by_mail(self) -> int:
        """How many of the orphans' patients have to be called."""
        return len(self.orphans) - self.by_mail


def foresee(change: Callable[[], object], *, now: datetime, clinician_id: int | None) -> Impact:
    """Return what `change` would do to the visits ahead, of one clinician or of all (None).

    It runs the change in a transaction and rolls it back, so that what is shown and what is done
    later cannot differ. A visit is an orphan when the change adds a reason against it that was not
    there before.
    """
    before = {
        one.visit.pk: set(one.reasons) for one in hours_conflicts(now, clinician_id=clinician_id)
    }
    with transaction.atomic():
        change()
        # Read before the rollback.
        after = hours_conflicts(now, clinician_id=clinician_id)
        transaction.set_rollback(True)
    # A visit that did not fit before, for the same reasons, is not an orphan of this change.
    orphans = [one for one in after if set(one.reasons) - before.get(one.visit.pk, set())]
    ahead = Appointment.objects.upcoming(now)
    if clinician_id is not None:
        ahead = ahead.filter(clinician_id=clinician_id)
    return Impact(tuple(orphans), ahead.count() - len(orphans))


def _lock(clinician_id: int | None) -> None:
    """Lock the calendar of one clinician, or of all of them (None)."""
    # A closure of a room or of the clinic concerns the visits of every clinician.
    if clinician_id is None:
        lock_calendar(Clinician.objects.values_list("pk", flat=True))
    else:
        lock_calendar([clinician_id])
