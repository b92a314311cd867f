"""The desk's views that move a visit and all after it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from booking.appointments.access import visit_of
from booking.planner.rescheduling.views import DESK_PAGES, change_page, move_all, replan_page
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def move_following(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Plan new times for a visit and all after it; move them all on POST, or none."""
    visit = visit_of(appointment_id)
    if request.method != "POST":
        return replan_page(request, visit, DESK_PAGES, request.GET)
    answer = move_all(request, visit, DESK_PAGES)
    return answer if isinstance(answer, HttpResponse) else redirect("desk_appointment", visit.pk)


@desk_only
@require_safe
def change_following(request: StaffRequest, appointment_id: UUID, number: int) -> HttpResponse:
    """Show the free times of one of these visits."""
    return change_page(request, visit_of(appointment_id), DESK_PAGES, number)
