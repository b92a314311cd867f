"""The log of the audit trail, on screen and as a file."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit.record import actor_of, record
from clinic.audit_log.forms import LogForm
from clinic.audit_log.queries import COLUMNS, log_lines, log_page
from clinic.security.access import access_admin_only, after_reauthentication
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.web.csv_files import csv_response

LARGEST_ID = 2**63 - 1


@access_admin_only
@fail_closed
@require_safe
def log(request: StaffRequest) -> HttpResponse:
    """Show the events that the filter in the address lets through, the newest first."""
    form = LogForm(request.GET)
    if not form.is_valid():
        context = {"form": form, "has_errors": True}
        return render(request, "clinic/audit_log/log.html", context, status=422)
    page = log_page(form.cleaned_data, _before(request))
    record(actor_of(request), "see audit log", reason=_in_words(form.cleaned_data))
    context = {
        "form": form,
        "page": page,
        "query": _query(request),
        "is_first": not _before(request),
    }
    return render(request, "clinic/audit_log/log.html", context)


@access_admin_only
@after_reauthentication
@fail_closed
@require_safe
def log_file(request: StaffRequest) -> HttpResponse:
    """Give all that the filter lets through as CSV; that it left is recorded."""
    form = LogForm(request.GET)
    if not form.is_valid():
        raise Http404
    record(actor_of(request), "export audit log", reason=_in_words(form.cleaned_data))
    return csv_response("audit-log", COLUMNS, (line.cells for line in log_lines(form.cleaned_data)))


def _before(request: HttpRequest) -> int | None:
    """Return the id before which the page begins, or None. Raises Http404 if it is none."""
    value = request.GET.get("before", "")
    if not value:
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 19 or int(value) > LARGEST_ID:
        raise Http404
    return int(value)


def _query(request: HttpRequest) -> str:
    """Return the filter as the query of an address, without where the page begins."""
    return urlencode([(name, one) for name, one in request.GET.items() if name != "before" and one])


def _in_words(wanted: Mapping[str, Any]) -> str:
    """Return what was asked for, for the event that it was."""
    return ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
