"""From rows to the opening hours that pure code works with, of clinicians and of rooms."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from booking.models import ExtraOpening, OpeningHours
from booking.scheduling.intervals import Interval, span
from booking.scheduling.timetable import ClinicianHours, HoursRange, RoomHours
from clinic.models.people import Clinician

# A clinician or a room.
Owner = tuple[int | None, int | None]


@dataclass(frozen=True)
class AllHours:
    """Weekly hours and extra openings by whose they are."""

    weekly: Mapping[Owner, Sequence[HoursRange]]
    extra: Mapping[Owner, Sequence[Interval]]

    def of_clinician(
        self, clinician: Clinician, *, does_service: bool = True, meets_needs: bool = True
    ) -> ClinicianHours:
        """Return one clinician's hours; without rows she sees nobody."""
        owner = (clinician.pk, None)
        return ClinicianHours(
            clinician.pk,
            tuple(self.weekly.get(owner, ())),
            is_active=clinician.is_active,
            does_service=does_service,
            meets_needs=meets_needs,
            extra=tuple(self.extra.get(owner, ())),
        )

    def of_rooms(self) -> dict[int, RoomHours]:
        """Return the hours of the rooms that have some."""
        return {
            room_id: RoomHours(tuple(ranges), tuple(self.extra.get((None, room_id), ())))
            for (_clinician_id, room_id), ranges in self.weekly.items()
            if room_id is not None
        }


def all_hours(start: datetime, end: datetime, wanted: Q | None = None) -> AllHours:
    """Return the weekly hours, and the extra openings that meet [start, end). Two statements.

    `wanted` are the owners that count, as a condition on either kind of row.
    """
    wanted = wanted or Q()
    weekly: dict[Owner, list[HoursRange]] = defaultdict(list)
    for clinician_id, room_id, weekday, starts, ends, first, last in OpeningHours.objects.filter(
        wanted
    ).values_list(
        "clinician_id", "room_id", "weekday", "starts", "ends", "valid_from", "valid_until"
    ):
        weekly[clinician_id, room_id].append(HoursRange(weekday, starts, ends, first, last))
    extra: dict[Owner, list[Interval]] = defaultdict(list)
    opened = ExtraOpening.objects.filter(wanted, starts_at__lt=end, ends_at__gt=start)
    for clinician_id, room_id, starts_at, ends_at in opened.values_list(
        "clinician_id", "room_id", "starts_at", "ends_at"
    ):
        extra[clinician_id, room_id].append(span(starts_at, ends_at))
    return AllHours(weekly, extra)
