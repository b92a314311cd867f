"""Who on the waitlist could have an earlier time at once, for the desk to call."""

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
    """One person who waits, the soonest free time that suits her, and the visit it replaces."""

    place: WaitlistPosition
    time: TimeChoice
    replaces: Appointment | None

    @property
    def url(self) -> str:
        """The page on which the desk gives her that time: her later visit's, or a new one's."""
        page = (
            reverse("desk_move", args=[self.replaces.pk])
            if self.replaces is not None
            else reverse("desk_new", args=[self.place.wish.patient_id])
        )
        return f"{page}?{urlencode({'slot': self.time.value})}"


def waitlist_matches(
    now: datetime, places: Sequence[WaitlistPosition] | None = None
) -> list[WaitlistMatch]:
    """Return a match for each of these who wait and have one, in the order they are asked.

    Who has an offer to answer is not among them.
    """
    places = waiting_list() if places is None else places
    asked = set(SlotOffer.objects.filter(outcome="").values_list("wish", flat=True))
    free = [one for one in places if one.wish.pk not in asked]
    found = matching_slots(free, now)
    having = [(one, found[one.wish.pk]) for one in free if found[one.wish.pk].slots]
    times = named(suits.slots[0] for _one, suits in having)
    return [
        WaitlistMatch(one, time, suits.replaces)
        for (one, suits), time in zip(having, times, strict=True)
    ]
