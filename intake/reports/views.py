"""The monthly report for the practice manager: on screen, on paper and as CSV."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking.desk.month_figures import Month, following_month, month_figures
from booking.scheduling.slot_choices import read_day
from clinic.audit.record import actor_of, record
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.web.csv_files import csv_response
from intake.reports.queries import (
    Reviews,
    SourceLine,
    Step,
    funnel,
    reviews,
    sources,
    waiting_times,
)

# A smaller count could point to one person, so it does not leave the screen.
FEWEST = 5


@desk_only
@require_safe
def reports(request: StaffRequest, month: str = "") -> HttpResponse:
    """Show one month, by default the current one. Small counts are not printed."""
    now = timezone.now()
    first = _month_of(month, now)
    record(actor_of(request), "see reports", reason=f"{first:%Y-%m}")
    return render(request, "intake/reports/reports.html", _context(first, now))


@desk_only
@require_safe
def reports_csv(request: StaffRequest, month: str) -> HttpResponse:
    """Return every table of the month in one CSV file, counts under five as "fewer than 5"."""
    now = timezone.now()
    first = _month_of(month, now)
    record(actor_of(request), "export reports", reason=f"{first:%Y-%m}")
    header = [_("Table"), _("Line"), _("Value")]
    return csv_response(f"reports-{first:%Y-%m}", header, _lines(first, now))


def _month_of(month: str, now: datetime) -> date:
    """Return the first day of a month written YYYY-MM, "" being this one, or raise Http404."""
    if not month:
        return clinic_date(now, settings.CLINIC_TIME_ZONE).replace(day=1)
    first = read_day(f"{month}-01")
    if first is None:
        raise Http404
    return first


def _context(first: date, now: datetime) -> dict[str, Any]:
    # The day before the first is in the month before.
    before = (first - timedelta(days=1)).replace(day=1)
    steps, waiting = funnel(first), waiting_times(now)
    return {
        "first": first,
        "before": before,
        "after": following_month(first),
        "month": month_figures(first),
        "month_before": month_figures(before),
        "reviews": reviews(first),
        "reviews_before": reviews(before),
        # Widths in the units of the SVG, as the template draws them.
        "steps": _bars(steps, 300),
        "widest_drop": _widest_drop(steps),
        "sources": sources(first),
        "waiting": _bars(waiting, 160),
        "has_waiting": any(one.people for one in waiting),
    }


def _bars(steps: Sequence[Step], width: int) -> list[tuple[Step, int]]:
    """Return each step with the length of its bar, `width` for the longest."""
    most = max((one.people for one in steps), default=0)
    return [(one, round(width * one.people / most) if most else 0) for one in steps]


def _widest_drop(steps: Sequence[Step]) -> str:
    """Return the name of the step after which most patients are lost, "" if none is."""
    drops = [(one.people - following.people, one.name) for one, following in pairwise(steps)]
    lost, name = max(drops, key=lambda drop: drop[0])
    return name if lost > 0 else ""


def hidden_if_small(count: int) -> str:
    """Return a count as it may be printed or exported."""
    return str(count) if count >= FEWEST else _("fewer than %(n)s") % {"n": FEWEST}


def _lines(first: date, now: datetime) -> Iterable[tuple[object, ...]]:
    """Yield the lines of the CSV file: (table, line, value)."""
    name = _("From first answer to last visit")
    yield from ((name, one.name, hidden_if_small(one.people)) for one in funnel(first))
    yield from _source_lines(sources(first))
    yield from _review_lines(reviews(first))
    yield from _visit_lines(month_figures(first))
    name = _("Waiting for review now")
    yield from ((name, one.name, hidden_if_small(one.people)) for one in waiting_times(now))


def _source_lines(lines: Iterable[SourceLine]) -> Iterable[tuple[object, ...]]:
    name = _("Where they heard of us")
    for line in lines:
        for words, count in (
            (_("link opened"), line.opened),
            (_("started"), line.started),
            (_("sent"), line.sent),
            (_("first visit booked"), line.booked),
        ):
            yield name, f"{line.name}: {words}", hidden_if_small(count)


def _review_lines(figures: Reviews) -> Iterable[tuple[object, ...]]:
    name = _("Reviews")
    yield name, _("Intakes sent"), hidden_if_small(figures.sent)
    yield name, _("Urgent and red"), hidden_if_small(figures.promised)
    yield name, _("Read within the promise"), hidden_if_small(figures.kept)


def _visit_lines(month: Month) -> Iterable[tuple[object, ...]]:
    name = _("Visits")
    for line, count in (
        (_("Expected"), month.expected),
        (_("Missed"), month.missed),
        (_("Cancelled in time"), month.called_off_in_time),
        (_("Cancelled late"), month.called_off_late),
        (_("Cancelled by the clinic"), month.called_off_by_clinic),
        (_("Overlaps allowed"), len(month.overlaps)),
    ):
        yield name, line, hidden_if_small(count)
    # Medians and shares are not counts of people, so none of them is hidden.
    yield name, _("Days from booking to evaluation, median"), month.evaluation_lead_days
    yield name, _("Days from booking to package visit, median"), month.visit_lead_days
    name = _("Open hours booked, percent")
    yield from ((name, one.name, one.share) for one in month.utilization)
