"""The pages on which staff compare and merge rows of one person. They never show an answer."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.duplicates.queries import visits_left_behind
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record, record_each
from clinic.known_patients.open_elsewhere import open_among
from clinic.known_patients.queries import likely_matches
from clinic.known_patients.search import FoundPage, found_page
from clinic.known_patients.searches import remember, words_of
from clinic.known_patients.warning import SHOWN
from clinic.models.people import Patient
from clinic.security.access import staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.paging import after_of
from intake.duplicates.comparing import is_owed
from intake.duplicates.forms import MergeForm
from intake.duplicates.merge import compare_again, keep_apart, merge_patients
from intake.duplicates.queries import facts_of, side_by_side, unmatched_page


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def match_list(request: StaffRequest) -> HttpResponse:
    """List rows that may be somebody known, and visits that overlap since rows were merged.

    A search finds the first of two rows that staff want to merge by hand.
    """
    if request.method == "POST":
        return redirect(f"{reverse('match_list')}?search={remember(request)}")
    found = _found(request)
    context = {"left_behind": visits_left_behind(), **found}
    if not found["words"]:
        try:
            page = unmatched_page(after_of(request))
        except Patient.DoesNotExist:
            raise Http404 from None
        shown = [one.patient for _row, matches in page.rows for one in matches]
        _record_seen(request, [*(row for row, _matches in page.rows), *shown])
        context["page"] = page
    return render(request, "intake/duplicates/list.html", context)


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Show one row with its likely matches, and search any other row to compare it with.

    Staff who compared it with all of them tick so, and note that it is a person of her own.
    """
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    not_ticked = "apart" in request.POST and "compared" not in request.POST
    if "apart" in request.POST and not not_ticked:
        keep_apart(patient_id=patient.pk, context=context_of(request))
        messages.success(request, _("Noted: a person of her own."))
        return redirect("match", patient.pk)
    if "again" in request.POST:
        compare_again(patient_id=patient.pk, context=context_of(request))
        return redirect("match", patient.pk)
    if request.method == "POST" and not not_ticked:
        return redirect(f"{reverse('match', args=[patient.pk])}?search={remember(request)}")
    matches = likely_matches([patient])[patient.pk]
    _record_seen(request, [patient, *(one.patient for one in matches)])
    is_next_to_one = any(one.patient.is_unmatched for one in matches)
    context = {
        "patient": patient,
        "matches": matches,
        "not_ticked": not_ticked,
        "is_open_elsewhere": patient.pk in open_among([patient], {patient.pk: matches}),
        # Also where a task asks for it and nothing is left to compare: it would never end.
        "may_set_apart": patient.is_unmatched or (not is_next_to_one and is_owed(patient)),
        "may_compare_again": matches and not patient.is_unmatched and not is_next_to_one,
        **_found(request, but=patient),
    }
    status = 422 if not_ticked else 200
    return render(request, "intake/duplicates/match.html", context, status=status)


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def match_pair(request: StaffRequest, patient_id: UUID, other_id: UUID) -> HttpResponse:
    """Show any two rows side by side, and merge them in the direction that staff choose."""
    rows = [get_object_or_404(Patient, pk=key) for key in (patient_id, other_id)]
    one, other = (row.home for row in rows)
    if one == other:
        # The second press of two, or an old page: they are one already.
        return redirect(_after_merge(request, one))
    if [one, other] != rows:
        return redirect("match_pair", one.pk, other.pk)
    form = MergeForm(request.POST or None, one=one, other=other)
    if request.method != "POST" or not form.is_valid():
        return _pair_page(request, one, other, form, status=422 if form.errors else 200)
    try:
        following = _merge(request, form)
    except Refused as refusal:
        form.add_error(None, " ".join(sentences(refusal.reasons)))
    except SentWithOtherContent:
        form.add_error(None, _("This form was sent before, with other content."))
    else:
        messages.success(request, _("The two rows are one now."))
        return redirect(following)
    return _pair_page(request, one, other, form, status=409)


def _found(request: HttpRequest, but: Patient | None = None) -> dict[str, object]:
    """Return what the search that the address names found, and write down whom it showed."""
    words = words_of(request)
    after = after_of(request) if words else None
    try:
        found: FoundPage = found_page(words, after=after, but=but.pk if but else None)
    except Patient.DoesNotExist:
        raise Http404 from None
    if words:
        record_each(actor_of(request), "search patients", found.rows, fields=SHOWN)
    return {"found": found, "words": words, "search": request.GET.get("search", "")}


def _record_seen(request: HttpRequest, patients: Iterable[Patient]) -> None:
    record_each(actor_of(request), "see likely matches", patients, fields=SHOWN)


def _merge(request: StaffRequest, form: MergeForm) -> str:
    """Merge the two rows and return where to go. A double click merges once."""
    kept, merged = form.kept_and_merged()
    context = context_of(request)

    def action() -> str:
        merge_patients(
            kept_id=kept.pk,
            merged_id=merged.pk,
            context=context,
            reason=form.cleaned_data["reason"],
        )
        return _after_merge(request, kept)

    return once(request, "merge patients", f"{context.actor.id} {min(form.rows)}", action)


def _after_merge(request: StaffRequest, kept: Patient) -> str:
    """Return where staff go on: the desk with her, or where visits at the same time are listed."""
    overlap = visits_left_behind().filter(patient__merged_into=kept).exists()
    if overlap or not staff_of(request).is_manager:
        return reverse("match_list")
    return reverse("desk_patient", args=[kept.pk])


def _pair_page(
    request: HttpRequest, one: Patient, other: Patient, form: MergeForm, *, status: int
) -> HttpResponse:
    actor = actor_of(request)
    for row in (one, other):
        record(actor, "see likely matches", row, patient=row, fields=SHOWN)
    left, right = facts_of([one, other], timezone.now())
    context = {
        "patient": one,
        "other": other,
        "lines": side_by_side(left, right),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "intake/duplicates/pair.html", context, status=status)
