"""Check-ins at the front desk: whom to ask, and asking in person or on the telephone."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking.models import Appointment
from clinic.audit.record import actor_of, record
from clinic.audit.shown import record_shown
from clinic.security.access import staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from intake.checkins.guidance import guidance_of_posted
from intake.checkins.queries import sent_checkin, waiting_for_checkin
from intake.checkins.views import CheckinPages, answer_page, emergency_page
from intake.checkins.window import has_checkin
from intake.flags.said_first import said_before, told_first
from intake.urgent.guidance import answer_or_guide


@staff_only
@require_safe
def checkins_due(request: StaffRequest) -> HttpResponse:
    """List the visits that still wait for a check-in, soonest first."""
    visits = waiting_for_checkin(timezone.now())
    record_shown(request, "see check-ins due", (visit.patient_id for visit in visits))
    return render(request, "intake/checkins/due.html", {"visits": visits, "now": timezone.now()})


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def front_desk_checkin(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Ask the patient the questions of the check-in. Once sent, its answers are not shown again."""
    visit = _visit(appointment_id)
    record(actor_of(request), "enter check-in", visit, patient=visit.patient_id)
    if request.method == "POST":
        # Judged first: an emergency is answered even if saving fails.
        urgent = guidance_of_posted(request)
        return answer_or_guide(
            request, urgent, lambda: answer_page(request, visit, _desk_pages(request))
        )
    return answer_page(request, visit, _desk_pages(request))


def _visit(appointment_id: UUID) -> Appointment:
    """Return a visit that has a check-in, or raise Http404."""
    rows = Appointment.objects.select_related("patient", "clinician", "service")
    visit = get_object_or_404(rows, pk=appointment_id)
    if not has_checkin(visit.visit_number):
        raise Http404
    return visit


def _desk_pages(request: HttpRequest) -> CheckinPages:
    return CheckinPages(
        "front_desk_checkin", "front_desk_emergency", "front_desk_done", staff=staff_of(request)
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def front_desk_emergency(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show what to tell the patient at once; take down what she answers to it."""
    return emergency_page(request, _visit(appointment_id), _desk_pages(request))


@staff_only
@require_safe
def front_desk_done(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show what the check-in means for the visit, never an answer."""
    visit = _visit(appointment_id)
    checkin = sent_checkin(visit)
    if checkin is None:
        return redirect("front_desk_checkin", visit.pk)
    record(actor_of(request), "see check-in outcome", checkin, patient=visit.patient_id)
    first = said_before(checkin)
    context = {
        "visit": visit,
        "checkin": checkin,
        "first": first,
        "told_first": told_first(checkin) if first else "",
    }
    return render(request, "intake/checkins/front_desk_done.html", context)
