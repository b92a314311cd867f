"""The patient's own views that move a visit and all after it."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from booking.appointments.access import VisitRequest, with_own_visit
from booking.models import Appointment
from booking.planner.rescheduling.views import PATIENT_PAGES, change_page, move_all, replan_page


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def move_following(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Plan new times for this visit and all after it; move them all on POST, or none."""
    if request.method != "POST":
        return replan_page(request, visit, PATIENT_PAGES, request.GET)
    answer = move_all(request, visit, PATIENT_PAGES)
    return answer if isinstance(answer, HttpResponse) else redirect("manage_visit", visit.pk)


@with_own_visit
@require_safe
def change_following(request: VisitRequest, visit: Appointment, number: int) -> HttpResponse:
    """Show the free times of one of these visits."""
    return change_page(request, visit, PATIENT_PAGES, number)
