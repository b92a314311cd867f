"""From rows to the opening hours that pure code works with, of clinicians and of rooms."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar

from django.db.models import Q

from booking.intervals import span
from booking.models import ExtraOpening, OpeningHours
from booking.timetable import ClinicianHours, HoursRange, RoomHours
from clinic.people.models import Clinician


class _Owned(Protocol):
    clinician_id: int | None
    room_id: int | None


Owner = tuple[int | None, int | None]
Row = TypeVar("Row", bound=_Owned)


@dataclass(frozen=True)
class AllHours:
    """Weekly hours and extra openings, as stored."""

    weekly: tuple[OpeningHours, ...]
    extra: tuple[ExtraOpening, ...]

    @cached_property
    def _weekly(self) -> dict[Owner, list[OpeningHours]]:
        return _by_owner(self.weekly)

    @cached_property
    def _extra(self) -> dict[Owner, list[ExtraOpening]]:
        return _by_owner(self.extra)

    def of_clinician(
        self, clinician: Clinician, *, does_service: bool = True, meets_needs: bool = True
    ) -> ClinicianHours:
        """Return one clinician's hours; without rows she sees nobody."""
        owner = (clinician.pk, None)
        return ClinicianHours(
            clinician.pk,
            tuple(map(_range, self._weekly.get(owner, ()))),
            is_active=clinician.is_active,
            does_service=does_service,
            meets_needs=meets_needs,
            extra=tuple(span(one.starts_at, one.ends_at) for one in self._extra.get(owner, ())),
        )

    def of_rooms(self) -> dict[int, RoomHours]:
        """Return the hours of the rooms that have some."""
        return {
            room_id: RoomHours(
                tuple(map(_range, rows)),
                tuple(
                    span(one.starts_at, one.ends_at) for one in self._extra.get((None, room_id), ())
                ),
            )
            for (_clinician_id, room_id), rows in self._weekly.items()
            if room_id is not None
        }


def all_hours(start: datetime, end: datetime, wanted: Q | None = None) -> AllHours:
    """Return the weekly hours, and the extra openings that meet [start, end). Two statements.

    `wanted` are the owners that count, as a condition on either kind of row.
    """
    wanted = wanted or Q()
    extra = ExtraOpening.objects.filter(wanted, starts_at__lt=end, ends_at__gt=start)
    return AllHours(tuple(OpeningHours.objects.filter(wanted)), tuple(extra))


def _by_owner(rows: Iterable[Row]) -> dict[Owner, list[Row]]:
    found: dict[Owner, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.clinician_id, row.room_id].append(row)
    return found


def _range(row: OpeningHours) -> HoursRange:
    return HoursRange(row.weekday, row.starts, row.ends, row.valid_from, row.valid_until)
