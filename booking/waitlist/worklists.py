"""The waitlist among the desk's work lists, and beside its calendar."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from booking.waitlist.matches import waitlist_matches
from booking.waitlist.queries import waiting_list, wish_in_words
from booking.worklists.queries import (
    PATIENT,
    PHONE,
    WITH,
    DeskList,
    PartBeside,
    WorkListRow,
    patient_url,
)
from clinic.identity.phone_words import phone_in_words

# As many as fit beside the day; the rest are counted.
MOST_BESIDE = 4


def _waiting(_now: datetime) -> Iterable[WorkListRow]:
    """Who waits for an earlier time, in the order in which they are asked."""
    for position in waiting_list():
        wish = position.wish
        about = wish.patient.name, phone_in_words(wish.patient.phone), wish.service.name
        cells = (*about, wish_in_words(wish), wish.made_at)
        yield WorkListRow(cells, patient_url(wish.patient), wish.patient_id)


def _matches(now: datetime) -> Iterable[WorkListRow]:
    """Who waits, has no offer to answer, and could have an earlier time that is free now."""
    for match in waitlist_matches(now):
        wish, time = match.place.wish, match.time
        about = wish.patient.name, phone_in_words(wish.patient.phone), wish.service.name
        cells = (*about, time.starts_at, time.clinician)
        yield WorkListRow(cells, match.url, wish.patient_id)


LISTS = (
    DeskList(
        "waitlist-matches",
        _("Waitlist matches"),
        _("Waits for an earlier time, and one that suits her is free now."),
        (PATIENT, PHONE, _("Visit"), _("Soonest free"), WITH),
        _matches,
        times=frozenset({3}),
        position=60,
    ),
    DeskList(
        "waitlist",
        _("Waitlist"),
        _("Who is asked next when an earlier time is free."),
        (PATIENT, PHONE, _("Visit"), _("Suits her"), _("Since")),
        _waiting,
        times=frozenset({4}),
        position=70,
        page="desk_waitlist",
    ),
)


def matches_beside(request: HttpRequest, now: datetime) -> PartBeside:
    """Return the first of those who could have an earlier time at `now`, drawn, with their rows."""
    matches = waitlist_matches(now)
    shown = matches[:MOST_BESIDE]
    context = {"matches": shown, "more": len(matches) - len(shown)}
    html = render_to_string("booking/waitlist/beside.html", context, request)
    return PartBeside(html, tuple(match.place.wish.patient_id for match in shown))
