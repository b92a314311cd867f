"""The patient's page of packages: their terms and enrolling, or the visits of her own."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking.appointments.access import holder_key
from booking.billing.queries import balance_of, replan_from, visits_out_of_spacing
from booking.catalog.queries import lines_of, sold_versions
from booking.packages.enrollment import enroll
from booking.packages.queries import package_of
from booking.reason_text import sentences
from booking.referrals.eligibility import what_may_be_booked, why_stopped_now
from booking.refusals import Refused
from booking.terms import current_policy
from clinic.audit.context import context_of
from clinic.security.access import patient_only
from clinic.security.requests import PatientRequest
from clinic.security.submission_keys import once


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def package(request: PatientRequest) -> HttpResponse:
    """Show the terms of what is sold, or the visits of the live package; enroll on POST."""
    patient, now = request.patient, timezone.now()
    if request.method == "POST":
        return _enroll(request)
    view = package_of(patient, now, holder_key=holder_key(request))
    bookable = what_may_be_booked(patient, now)
    misplaced = visits_out_of_spacing(view) if view else []
    context = {
        "package": view,
        "sold": [] if view else lines_of(sold_versions()),
        # A package has the terms it was bought under.
        "policy": view.enrollment.policy if view else current_policy(),
        "bookable": bookable,
        "due": balance_of(view.enrollment) if view else 0,
        "misplaced": misplaced,
        "replan_from": replan_from(misplaced),
        "stopped": why_stopped_now(patient),
    }
    status = 200 if view or bookable.run_ready.is_open else 409
    return render(request, "booking/online_booking/package.html", context, status=status)


def _enroll(request: PatientRequest) -> HttpResponse:
    patient = request.patient

    def action() -> str:
        version_id = request.POST.get("version", "")
        enroll(patient=patient, version_id=version_id, context=context_of(request))
        return reverse("package")

    try:
        return redirect(once(request, "enroll", f"patient:{patient.pk}", action))
    except Refused as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)
