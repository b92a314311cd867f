"""The desk's work lists, on screen and as files with the same rows."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.queries.desk_lists import LISTS, DeskList, Line
from clinic.audit.record import actor_of, record_each
from clinic.csv_files import csv_response
from clinic.people.access import desk_only


@desk_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every list with how many wait on it."""
    now = timezone.now()
    counted = [(one, sum(1 for _ in one.lines(now))) for one in LISTS.values()]
    return render(request, "booking/desk/lists.html", {"counted": counted})


@desk_only
@require_safe
def one_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one list."""
    wanted = _wanted(slug)
    lines = list(wanted.lines(timezone.now()))
    _record(request, "see list", wanted, lines)
    return render(request, "booking/desk/list.html", {"list": wanted, "lines": lines})


@desk_only
@require_safe
def as_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Give one list as CSV; that it left is recorded."""
    wanted = _wanted(slug)
    lines = list(wanted.lines(timezone.now()))
    _record(request, "export list", wanted, lines)
    return csv_response(f"run-ready-{wanted.slug}", wanted.columns, [line.cells for line in lines])


def _record(request: HttpRequest, action: str, wanted: DeskList, lines: Iterable[Line]) -> None:
    shown = (line.patient for line in lines)
    record_each(actor_of(request), action, shown, fields=("name", "phone"), reason=wanted.slug)


def _wanted(slug: str) -> DeskList:
    wanted = LISTS.get(slug)
    if wanted is None:
        raise Http404
    return wanted
