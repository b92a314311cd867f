"""The page that confirms the held times of a plan: all of them are booked, or none."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from booking.appointments.access import holder_key, own_appointment
from booking.appointments.holds import seconds_left
from booking.models import Appointment
from booking.online_booking.exam_wish import ExamWishForm
from booking.planner.actions import confirm_plan, renew_plan
from booking.planner.forms import time_value
from booking.planner.page_context import own_planner
from booking.planner.views import plan_page, refused_page
from booking.reason_text import sentences
from booking.referrals.eligibility import why_stopped_now
from booking.refusals import HOLD_GONE, Refused
from booking.terms import terms_of
from clinic.audit.context import context_of
from clinic.security.access import patient_only
from clinic.security.requests import PatientRequest
from clinic.security.submission_keys import SentWithOtherContent, once


def held_visits(request: PatientRequest, appointment_id: UUID) -> list[Appointment]:
    """Return the visits that this session holds together with that one, by start.

    Empty once they are booked, or when another session holds them. Raises Http404 for an
    appointment outside of a package.
    """
    first = own_appointment(request, appointment_id)
    if first.enrollment_id is None:
        raise Http404
    if first.hold_until is None:
        return []
    # Times held at once expire at the same instant, and a set has no row of its own. Released ones
    # belong to it too: an expired set can still be confirmed.
    rows = Appointment.objects.filter(
        enrollment=first.enrollment_id,
        holder_key=holder_key(request),
        hold_until=first.hold_until,
        status__in=("held", "released"),
    )
    return list(rows.select_related("clinician", "service", "policy").order_by("starts_at"))


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Show the held times with their terms; book them all on POST, once."""
    holds = held_visits(request, appointment_id)
    if not holds:
        return redirect("package")
    if request.method != "POST" and (stopped := why_stopped_now(request.patient)):
        return own_planner(request).not_open(Refused([stopped]))
    form = ExamWishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _book(request, holds, form.cleaned_data["exam_wish"])
    left, terms = seconds_left(holds[0]), terms_of(holds[0].policy)
    context = {
        "kept": holds,
        "form": form,
        "has_errors": bool(form.errors),
        "until": holds[0].hold_until,
        "seconds_left": left,
        "may_renew": left and holds[0].hold_renewals < terms.hold_renewals,
        "hold_minutes": terms.hold_minutes,
        "hours": terms.late_change_hours,
        "plan_query": "?" + _as_data(holds).urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/planner/plan_confirm.html", context, status=status)


def _book(request: PatientRequest, holds: list[Appointment], exam_wish: str) -> HttpResponse:
    def action() -> str:
        confirm_plan(
            appointment_ids=[one.pk for one in holds],
            holder_key=holder_key(request),
            exam_wish=exam_wish,
            context=context_of(request),
        )
        return reverse("package")

    try:
        return redirect(once(request, "confirm_plan", f"appointment:{holds[0].pk}", action))
    except SentWithOtherContent:
        # Sent before with another wish: the first one counts.
        return redirect("package")
    except Refused as refusal:
        return refused_page(request, own_planner(request), _as_data(holds), refusal)


def _as_data(holds: list[Appointment]) -> QueryDict:
    """Return the held times as the planner's page carries them."""
    data = QueryDict(mutable=True)
    for one in holds:
        data[f"v{one.visit_number}"] = time_value(one.starts_at, one.clinician_id)
    return data


@patient_only
@require_POST
def renew(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Hold all of the times longer, as often as the policy allows."""
    holds = held_visits(request, appointment_id)
    try:
        if not holds:
            raise Refused([HOLD_GONE])
        renew_plan(
            appointment_ids=[one.pk for one in holds],
            holder_key=holder_key(request),
            context=context_of(request),
        )
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        return plan_page(
            request, own_planner(request), _as_data(holds), problems=problems, status=409
        )
    return redirect("plan_confirm", appointment_id)
