"""Load the opening hours of clinicians and rooms as the values that pure modules work with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from booking.models import ExtraOpening, OpeningHours
from booking.scheduling.intervals import Interval, span
from booking.scheduling.timetable import ClinicianHours, HoursRange, RoomHours
from clinic.models.people import Clinician

# The id of a clinician and of a room; one of the two is None.
Owner = tuple[int | None, int | None]


@dataclass(frozen=True)
class AllHours:
    """Weekly hours and extra openings, by owner."""

    weekly: Mapping[Owner, Sequence[HoursRange]]
    extra: Mapping[Owner, Sequence[Interval]]

    def of_clinician(
        self, clinician: Clinician, *, does_service: bool = True, meets_needs: bool = True
    ) -> ClinicianHours:
        """Return the hours of one clinician; without any rows she sees nobody."""
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
        """Return the hours of each room that has some; the others may be used at any time."""
        return {
            room_id: RoomHours(tuple(ranges), tuple(self.extra.get((None, room_id), ())))
            for (_clinician_id, room_id), ranges in self.weekly.items()
            if room_id is not None
        }


def all_hours(start: datetime, end: datetime, wanted: Q | None = None) -> AllHours:
    """Return the weekly hours, and the extra openings that overlap [start, end). Two statements.

    `wanted` limits the owners: a condition that both kinds of rows understand.
    """
    wanted = wanted or Q()
    # Plain values: every search and every booking reads them, and rows as objects cost more.
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
