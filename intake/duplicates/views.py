"""The pages on which staff compare and merge rows of one person. They never show an answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking.duplicates.queries import visits_left_behind
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.security.access import staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from intake.duplicates.forms import MatchForm
from intake.duplicates.merge import keep_apart, merge_patients
from intake.duplicates.queries import likely_matches, older_row_first, unmatched

MOST_LISTED = 100


@staff_only
@fail_closed
@require_safe
def match_list(request: StaffRequest) -> HttpResponse:
    """List rows that may be somebody known, and visits that overlap since rows were merged."""
    record(actor_of(request), "see likely matches")
    context = {"rows": unmatched(MOST_LISTED), "left_behind": visits_left_behind()[:MOST_LISTED]}
    return render(request, "intake/duplicates/list.html", context)


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Compare one row with its likely matches; merge it with one of them, or keep it apart."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    record(actor_of(request), "see likely matches", patient, patient=patient)
    if "apart" in request.POST:
        keep_apart(patient_id=patient.pk, context=context_of(request))
        return redirect("match_list")
    form = MatchForm(request.POST or None, matches=likely_matches([patient])[patient.pk])
    if request.method != "POST" or not form.is_valid():
        return _page(request, patient, form, status=422 if form.errors else 200)
    try:
        following = _merge(request, patient, form)
    except Refused as refusal:
        form.add_error(None, " ".join(sentences(refusal.reasons)))
        return _page(request, patient, form, status=409)
    except SentWithOtherContent:
        form.add_error(None, _("This form was sent before, with other content."))
        return _page(request, patient, form, status=409)
    messages.success(request, _("The two rows are one now."))
    return redirect(following)


def _merge(request: HttpRequest, patient: Patient, form: MatchForm) -> str:
    """Merge the two rows and return where to go. A double click merges once."""
    kept, merged = older_row_first(patient, form.chosen())
    actor = actor_of(request)

    def action() -> str:
        merge_patients(
            kept_id=kept.pk,
            merged_id=merged.pk,
            context=Context(actor, timezone.now()),
            reason=form.cleaned_data["reason"],
        )
        return reverse("match_list")

    return once(request, "join patients", f"{actor.id} {patient.pk}", action)


def _page(request: HttpRequest, patient: Patient, form: MatchForm, *, status: int) -> HttpResponse:
    context = {"patient": patient, "form": form, "has_errors": bool(form.errors)}
    return render(request, "intake/duplicates/match.html", context, status=status)
