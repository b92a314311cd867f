"""A package on the telephone: the desk enrolls a patient and plans all her visits at once."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.billing.page import package_page
from booking.billing.queries import enrollment_of
from booking.catalog.queries import lines_of, sold_versions
from booking.packages.enrollment import enroll
from booking.planner.actions import book_plan_by_staff
from booking.planner.page_context import PlannerContext
from booking.planner.views import change_page, plan_page, refused_page, times_to_book
from booking.reason_text import sentences
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import COMPARE_FIRST, Refused
from booking.terms import current_policy
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.known_patients.open_elsewhere import has_open_elsewhere
from clinic.models.people import Patient
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def enroll_patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Show the terms to read aloud, or why the package is closed to her; enroll her on POST."""
    # A row that was merged into another buys nothing.
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    problems: list[str] = []
    if request.method == "POST":

        def action() -> str:
            # Asked here and not in `enroll`: at her own door it would tell a stranger whom we know.
            if has_open_elsewhere(patient):
                raise Refused([COMPARE_FIRST])
            made = enroll(
                patient=patient,
                version_id=request.POST.get("version", ""),
                context=context_of(request),
            )
            return reverse("desk_package", args=[made.pk])

        try:
            return redirect(
                once(request, f"enroll {patient.pk}", f"user:{request.user.pk}", action)
            )
        except SentWithOtherContent:
            return redirect("desk_patient", patient.pk)
        except Refused as refusal:
            problems = sentences(refusal.reasons)
    record_shown(request, "see patient", [patient], reason="enroll")
    bookable = what_may_be_booked(patient, timezone.now())
    context = {
        "patient": patient,
        "is_open_elsewhere": has_open_elsewhere(patient),
        "policy": current_policy(),
        "sold": lines_of(sold_versions()),
        "closed": bookable.run_ready.reason,
        "enrollment": bookable.enrollment,
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "booking/planner/enroll.html", context, status=409 if problems else 200)


@desk_only
@require_safe
def plan(request: StaffRequest, enrollment_id: UUID) -> HttpResponse:
    """Show the best plan for the patient's wishes, with the times that were chosen for her."""
    return plan_page(request, _planner(request, enrollment_id), request.GET)


@desk_only
@require_safe
def change(request: StaffRequest, enrollment_id: UUID, visit: int) -> HttpResponse:
    """Show the free times of one visit of the plan; the chosen one goes back into it."""
    return change_page(request, _planner(request, enrollment_id), visit)


@desk_only
@require_POST
def book(request: StaffRequest, enrollment_id: UUID) -> HttpResponse:
    """Book all times of the plan, or only the first; if one is gone, none is booked."""
    planner, times = _planner(request, enrollment_id), times_to_book(request.POST)
    if not times:
        return plan_page(request, planner, request.POST, problems=[_("Choose a time")], status=422)

    def action() -> str:
        book_plan_by_staff(
            patient=planner.patient,
            times=times,
            staff=staff_of(request),
            context=context_of(request),
        )
        return planner.back

    try:
        return redirect(once(request, f"plan {enrollment_id}", f"user:{request.user.pk}", action))
    except SentWithOtherContent:
        return redirect(planner.back)
    except Refused as refusal:
        return refused_page(request, planner, request.POST, refusal)


def _planner(request: HttpRequest, enrollment_id: UUID) -> PlannerContext:
    """Return the context of the desk's pages. Raises Http404 for a package that has ended."""
    enrollment = enrollment_of(enrollment_id)
    if enrollment.ended_at is not None:
        raise Http404
    record_shown(request, "see plan", [enrollment.patient_id], about=enrollment)

    def not_open(refusal: Refused) -> HttpResponse:
        problems = sentences(refusal.reasons)
        return package_page(request, enrollment, problems=problems, status=409)

    # Without a holder key: the desk holds nothing, because the patient is on the line.
    return PlannerContext(
        patient=enrollment.patient,
        base="clinic/web/staff_page.html",
        page=reverse("desk_plan", args=[enrollment.pk]),
        send=reverse("desk_plan_book", args=[enrollment.pk]),
        back=reverse("desk_package", args=[enrollment.pk]),
        change=reverse("desk_plan_change", args=[enrollment.pk, 0]),
        not_open=not_open,
        by_staff=True,
    )
