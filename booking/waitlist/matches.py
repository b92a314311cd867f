"""Who on the waitlist could have an earlier time now, so that the desk can call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from booking.models import Appointment, SlotOffer
from booking.scheduling.slot_choices import TimeChoice, named
from booking.waitlist.matching_slots import matching_slots
from booking.waitlist.queries import WaitlistPosition, waiting_list


@dataclass(frozen=True)
class WaitlistMatch:
    """One person who waits, the soonest free time she could have, and the visit it replaces."""

    place: WaitlistPosition
    time: TimeChoice
    replaces: Appointment | None

    @property
    def url(self) -> str:
        """The page on which the desk books that time, or moves her later visit to it."""
        page = (
            reverse("desk_move", args=[self.replaces.pk])
            if self.replaces is not None
            else reverse("desk_new", args=[self.place.wish.patient_id])
        )
        return f"{page}?{urlencode({'slot': self.time.value})}"


def waitlist_matches(
    now: datetime, places: Sequence[WaitlistPosition] | None = None
) -> list[WaitlistMatch]:
    """Return a match for each person who could have an earlier time, in the order of the waitlist.

    `places` limits the answer to these positions; None means the whole waitlist. People with an
    open offer are left out.
    """
    positions = waiting_list() if places is None else places
    # The empty outcome is that of an open offer.
    asked = set(SlotOffer.objects.filter(outcome="").values_list("wish", flat=True))
    free = [one for one in positions if one.wish.pk not in asked]
    found = matching_slots(free, now)
    matched = [(one, found[one.wish.pk]) for one in free if found[one.wish.pk].slots]
    # The names of all clinicians in one statement, in the order of the slots.
    times = named(matching.slots[0] for _one, matching in matched)
    return [
        WaitlistMatch(one, time, matching.replaces)
        for (one, matching), time in zip(matched, times, strict=True)
    ]
