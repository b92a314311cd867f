"""What the clinic's clock shows at another time than was promised, among the desk's lists."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.models import Closure, ExtraOpening
from booking.promised_times.queries import (
    OtherTime,
    periods_in_words,
    visits_at_another_time,
    with_reasons,
)
from booking.reason_text import sentences
from booking.worklists.queries import PATIENT, PHONE, WITH, DeskList, WorkListRow
from clinic.identity.phone_words import phone_in_words
from clinic.people.staff_bar import BarLink
from clinic.templatetags.look import in_full

SLUG = "clock-law"


def other_times(now: datetime) -> list[OtherTime]:
    """Return the visits on the list, soonest first, with what is in the way of each."""
    return with_reasons(list(visits_at_another_time(now)), now)


def promised_in_words(one: OtherTime) -> str:
    """Return the promised wall time, with its zone if that is not the clinic's any more."""
    when = in_full(one.promised_at)
    return f"{when} ({one.other_zone})" if one.other_zone else when


def period_name(period: Closure | ExtraOpening) -> str:
    """Return what a closure or an extra opening is, and whose."""
    what = _("Time off") if isinstance(period, Closure) else _("Extra opening")
    whose = period.clinician or period.room
    return f"{what}, {whose.name}" if whose is not None else what


def _lines(now: datetime) -> Iterable[WorkListRow]:
    for one in other_times(now):
        visit = one.visit
        why = " ".join(sentences(one.reasons))
        cells = (
            visit.patient.name,
            phone_in_words(visit.patient.phone),
            one.promised_at if not one.other_zone else promised_in_words(one),
            visit.starts_at,
            visit.clinician.name,
            why,
        )
        yield WorkListRow(cells, reverse("desk_appointment", args=[visit.pk]), visit.patient_id)
    for period in periods_in_words(now):
        promised, shown = period.promised_at(), period.starts_at
        yield WorkListRow(
            (period_name(period), "", promised, shown, "", ""), reverse("desk_hours"), None
        )


PROMISED_LISTS = (
    DeskList(
        SLUG,
        gettext_lazy("The clock law changed"),
        gettext_lazy("The clock shows another time here than was promised."),
        (
            PATIENT,
            PHONE,
            gettext_lazy("Promised"),
            gettext_lazy("Shows now"),
            WITH,
            gettext_lazy("In the way"),
        ),
        _lines,
        times=frozenset({2, 3}),
        position=2,
        is_beside=True,
        page="desk_clock_law",
    ),
)


def clock_law_link(count: int) -> BarLink:
    """Return what the staff bar tells a manager: how many visits show another time."""
    words = ngettext(
        "The clock law changed: %(n)s visit", "The clock law changed: %(n)s visits", count
    )
    return BarLink(SLUG, "clock", words % {"n": count}, reverse("desk_clock_law"), is_alarm=True)
