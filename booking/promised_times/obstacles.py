"""Why a visit cannot be at the time that was promised: somebody has it by now, or it is closed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from booking.models import BLOCKING, Appointment, Room
from booking.models.appointment import LIVE
from booking.opening_hours.conflicts import ROOM_CLOSED, conflicts_of
from booking.reasons import Reason, msg
from booking.scheduling.availability import CLINICIAN_BUSY, NO_ROOM, PAST

OTHER_VISIT = Reason("other_visit", msg("The patient has another visit at this time."))

Taken = tuple[datetime, datetime]


def put_back(visit: Appointment) -> Appointment:
    """Return the visit as an unsaved copy at the promised time, as long as it is now."""
    moved = copy(visit)
    by = visit.promised_at() - visit.starts_at
    for name in ("starts_at", "ends_at", "busy_from", "busy_until"):
        setattr(moved, name, getattr(visit, name) + by)
    return moved


class Obstacles:
    """What is in the way of these visits at their promised times, as of `now`.

    The visits are not in each other's way where they are today: all of them are to be put back.
    Read once for all, in some ten statements.
    """

    def __init__(self, visits: Sequence[Appointment], now: datetime) -> None:
        self._now = now
        self._moved = {visit.pk: put_back(visit) for visit in visits}
        self._before = _hours(visits, now)
        self._after = _hours(self._moved.values(), now)
        self._rooms = list(Room.objects.filter(is_active=True).order_by("pk"))
        self._taken: dict[tuple[str, object], list[tuple[object, Taken]]] = defaultdict(list)
        for row in [*self._others(), *self._moved.values()]:
            busy = row.busy_from, row.busy_until
            if row.status in LIVE:
                self._take("patient", row.patient_id, row.pk, (row.starts_at, row.ends_at))
            if row.status in BLOCKING and row.overlap_reason is None:
                self._take("clinician", row.clinician_id, row.pk, busy)
                self._take("room", row.room_id, row.pk, busy)

    def found(self, visit: Appointment) -> tuple[Appointment, list[Reason]]:
        """Return the visit, unsaved, at its promised time, and every reason against it there.

        Where its own room is taken it gets another one that is free. What was against the visit
        where it is now is none, nor are the hours for one that staff put outside of them.
        """
        moved = self._moved[visit.pk]
        reasons = [one for one in self._closed(visit) if one != ROOM_CLOSED]
        if moved.starts_at <= self._now:
            reasons.append(PAST)
        if self._meets("patient", moved.patient_id, moved.pk, (moved.starts_at, moved.ends_at)):
            reasons.append(OTHER_VISIT)
        if moved.overlap_reason is None:
            busy = moved.busy_from, moved.busy_until
            if self._meets("clinician", moved.clinician_id, moved.pk, busy):
                reasons.append(CLINICIAN_BUSY)
            room = self._room(visit, moved)
            if room is None:
                reasons.append(NO_ROOM)
            else:
                moved.room = room
        return moved, reasons

    def _room(self, visit: Appointment, moved: Appointment) -> Room | None:
        """Return a room for the visit at its promised time, its own if that is free."""
        busy = moved.busy_from, moved.busy_until
        own = moved.room
        for room in [own, *(one for one in self._rooms if one.pk != own.pk)]:
            if self._meets("room", room.pk, moved.pk, busy):
                continue
            if room.pk == own.pk:
                if ROOM_CLOSED not in self._closed(visit):
                    return own
            else:
                there = copy(moved)
                there.room = room
                if ROOM_CLOSED not in _hours([there], self._now).get(there.pk, ()):
                    return room
        return None

    def _closed(self, visit: Appointment) -> list[Reason]:
        """Return the reasons of the hours against the promised time that are not there today."""
        if visit.stays_outside_hours or visit.overlap_reason is not None:
            return []
        before = self._before.get(visit.pk, ())
        return [one for one in self._after.get(visit.pk, ()) if one not in before]

    def _others(self) -> Iterable[Appointment]:
        """Return the other visits around the promised times."""
        if not self._moved:
            return []
        first = min(one.busy_from for one in self._moved.values())
        last = max(one.busy_until for one in self._moved.values())
        rows = Appointment.objects.blocking().touching(first, last)
        live = rows.exclude(pk__in=self._moved).exclude(status="held", hold_until__lte=self._now)
        return live.only(
            "pk", "patient_id", "clinician_id", "room_id", "starts_at", "ends_at", "busy_from",
            "busy_until", "status", "overlap_reason",
        )  # fmt: skip

    def _take(self, kind: str, key: object, pk: object, taken: Taken) -> None:
        self._taken[kind, key].append((pk, taken))

    def _meets(self, kind: str, key: object, pk: object, wanted: Taken) -> bool:
        """Return whether another visit of this clinician, room or patient overlaps the time."""
        return any(
            other != pk and begins < wanted[1] and ends > wanted[0]
            for other, (begins, ends) in self._taken[kind, key]
        )


def _hours(visits: Iterable[Appointment], now: datetime) -> dict[Any, tuple[Reason, ...]]:
    """Return what the opening hours and closures have against these visits, by their keys."""
    return {one.visit.pk: one.reasons for one in conflicts_of(list(visits), now)}
