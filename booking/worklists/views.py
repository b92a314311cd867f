"""The desk's work lists, on screen and as files with the same rows."""

from collections.abc import Iterable
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from booking.worklists.cells import file_header, file_row
from booking.worklists.queries import LISTS, DeskList, parts_beside
from booking.worklists.shown import ShownList, shown_list
from clinic.audit.record import actor_of, record_each
from clinic.audit.shown import record_shown
from clinic.security.access import after_reauthentication, desk_only
from clinic.security.requests import StaffRequest
from clinic.web.csv_files import csv_response
from clinic.web.unattended import seen_version, version_of


@desk_only
@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """Show every list with how many wait on it."""
    counted = _counted(LISTS.values(), timezone.now())
    return render(request, "booking/worklists/lists.html", {"counted": counted})


@desk_only
@require_safe
def beside(request: StaffRequest) -> HttpResponse:
    """Show what is to be done, beside the calendar. The page asks each minute: 304 if it is so yet.

    Only what is shown anew is recorded as seen.
    """
    now = timezone.now()
    counted = _counted((one for one in LISTS.values() if one.is_beside), now)
    parts = parts_beside(request, now)
    context = {"counted": [(one, count) for one, count in counted if count], "parts": parts}
    text = render_to_string("booking/worklists/to_do.html", context, request)
    version = version_of(text)
    if seen_version(request) == version:
        return HttpResponseNotModified()
    seen = (patient for part in parts for patient in part.patients)
    record_shown(request, "see list", seen, reason="beside the calendar")
    return render(
        request, "booking/worklists/beside.html", {"to_do": SafeString(text), "version": version}
    )


def _counted(lists: Iterable[DeskList], now: datetime) -> list[tuple[DeskList, int]]:
    return [(one, sum(1 for _ in one.lines(now))) for one in lists]


@desk_only
@require_safe
def one_list(request: StaffRequest, slug: str) -> HttpResponse:
    """Show a page of one list, of all clinicians or one, sorted by any column."""
    shown = _shown(request, slug)
    page = shown.page(request.GET.get("page"))
    record_shown(request, "see list", (row.patient for row in page), reason=slug)
    return render(request, "booking/worklists/list.html", {"shown": shown, "page": page})


@desk_only
@after_reauthentication
@require_safe
def as_file(request: StaffRequest, slug: str) -> HttpResponse:
    """Give all rows that are asked for as CSV; that they left is recorded."""
    shown = _shown(request, slug)
    gone = (row.patient for row in shown.rows)
    record_each(actor_of(request), "export list", gone, fields=("name", "phone"), reason=slug)
    times, dates = shown.of.times, shown.of.dates
    rows = [file_row(row.cells, times, dates) for row in shown.rows]
    return csv_response(f"run-ready-{slug}", file_header(shown.of.columns, times, dates), rows)


def _shown(request: StaffRequest, slug: str) -> ShownList:
    """Return what the address asks for of this list. Raises Http404 for an unknown list."""
    wanted = LISTS.get(slug)
    if wanted is None:
        raise Http404
    return shown_list(wanted, list(wanted.lines(timezone.now())), request.GET.dict())
