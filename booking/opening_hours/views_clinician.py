"""A clinician's pages about her own hours, made of the same parts as the desk's."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.opening_hours.views import (
    OWN,
    close_extra_page,
    close_page,
    hours_page,
    open_page,
    week_page,
)
from booking.opening_hours.views import own as clinician_of
from booking.opening_hours.views import reopen as reopen_for
from clinic.security.access import clinician_only
from clinic.security.requests import ClinicianRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@clinician_only
@require_safe
def hours(request: ClinicianRequest) -> HttpResponse:
    """Show her hours, extra openings and time off."""
    return hours_page(request, clinician_of(request), OWN)


@clinician_only
@methods
def close(request: ClinicianRequest) -> HttpResponse:
    """Take time off."""
    return close_page(request, clinician_of(request), OWN)


@clinician_only
@methods
def open_extra(request: ClinicianRequest) -> HttpResponse:
    """Open a time beyond the weekly hours."""
    return open_page(request, clinician_of(request), OWN)


@clinician_only
@methods
def week(request: ClinicianRequest) -> HttpResponse:
    """Set her weekly hours from a date on."""
    return week_page(request, clinician_of(request), OWN)


@clinician_only
@require_POST
def reopen(request: ClinicianRequest, closure_id: int) -> HttpResponse:
    """Delete time off."""
    return reopen_for(request, clinician_of(request), closure_id, OWN)


@clinician_only
@methods
def close_extra(request: ClinicianRequest, opening_id: int) -> HttpResponse:
    """Delete an extra opening."""
    return close_extra_page(request, clinician_of(request), opening_id, OWN)
