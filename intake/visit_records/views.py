"""The page of a visit's record: tests, readiness, walk-run stage and home plan."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from booking.models import Appointment, Enrollment
from booking.packages.evaluation_credit import count_as_first_visit, may_count
from booking.packages.queries import visits_with_times
from booking.reason_text import sentences
from booking.reasons import Reason
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.security.access import clinician_only, staff_of
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from intake.progress.queries import progress_of
from intake.visit_records.actions import NotAllowed, StaleRecord, save_record
from intake.visit_records.forms import RecordForm, initial_of
from intake.visit_records.page import RecordPage, record_page, rows_of
from intake.visit_records.queries import findings_of


@clinician_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def visit_record(request: ClinicianRequest, appointment_id: UUID) -> HttpResponse:
    """Show the record of one visit; save or sign it on POST."""
    now = timezone.now()
    rows = Appointment.objects.agreed().select_related("patient", "clinician", "service", "room")
    visit = rows.filter(pk=appointment_id).first()
    if visit is None:
        raise Http404
    record(actor_of(request), "read visit record", visit, patient=visit.patient_id)
    # On POST too: an error shows the page again, and what is due belongs to the form.
    page = record_page(visit, now)
    if request.method != "POST":
        return _page(request, page, _form(page, initial=_initial(page)))
    form = _form(page, request.POST)
    if not form.is_valid():
        return _page(request, page, form, status=422)
    try:
        _save(request, page, form)
    except NotAllowed as refusal:
        return _page(request, page, form, refused=refusal.reasons, status=409)
    except StaleRecord:
        return _page(request, record_page(visit, now), form, is_stale=True, status=409)
    return redirect("visit_record", visit.pk)


def _form(
    page: RecordPage, data: Mapping[str, Any] | None = None, **initial: Mapping[str, object]
) -> RecordForm:
    return RecordForm(data, due=page.due, stage=page.stage, **initial)


def _initial(page: RecordPage) -> dict[str, object]:
    """Return what the form shows first, with the suggested home plan where none is saved."""
    shown = dict(initial_of(page.findings, page.revision))
    shown["home_plan"] = shown["home_plan"] or page.suggested_plan(page.findings)
    return shown


def _save(request: HttpRequest, page: RecordPage, form: RecordForm) -> None:
    is_signed = "sign" in request.POST
    save_record(
        appointment_id=page.visit.pk,
        revision=form.cleaned_data["revision"],
        findings=page.with_plan(form.findings()),
        is_signed=is_signed,
        clinician=staff_of(request),
        context=context_of(request),
    )
    messages.success(
        request, _("The record is signed.") if is_signed else _("The record is saved.")
    )


def _page(
    request: HttpRequest,
    page: RecordPage,
    form: RecordForm,
    *,
    refused: Sequence[Reason] = (),
    is_stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    is_lost = is_stale and form.cleaned_data["revision"] > page.revision
    if is_stale:
        # What was typed stays, now with the revision that is shown beside it: saving it again is
        # then on purpose.
        typed = {name: form.data.get(name) for name in form.data}
        form = _form(page, {**typed, "revision": page.revision})
    context = {
        "page": page,
        "visit": page.visit,
        "form": form,
        "batteries": rows_of(page, form),
        "refused": refused,
        "is_stale": is_stale,
        "is_lost": is_lost,
        "theirs": findings_of(page.latest) if is_stale else None,
        "has_errors": status != 200,
        "may_count": _may_count(page.visit),
        # The last visit of the package looks back at the whole episode.
        "progress": progress_of(page.episode) if _is_last(page.visit) else None,
    }
    return render(request, "intake/visit_records/record.html", context, status=status)


def _is_last(visit: Appointment) -> bool:
    """Tell whether it is the last visit of its package."""
    return visit.visit_number is not None and visit.visit_number == visit.visit_count


def _may_count(visit: Appointment) -> bool:
    """Tell whether to offer that this evaluation counts as visit 1 of the package."""
    package = Enrollment.objects.live().filter(patient=visit.patient_id).first()
    return (
        package is not None
        and may_count(visit, package, settings.CLINIC_TIME_ZONE)
        # Visit 1 must still be free: not booked, done or held.
        and 1 not in visits_with_times(package)
    )


@clinician_only
@require_POST
def count_as_first(request: ClinicianRequest, appointment_id: UUID) -> HttpResponse:
    """Count a completed evaluation as visit 1 of the package."""
    try:
        count_as_first_visit(
            evaluation_id=appointment_id,
            # The action refuses an empty reason.
            reason=request.POST.get("reason", "").strip()[:200],
            zone=settings.CLINIC_TIME_ZONE,
            context=context_of(request),
        )
    except Appointment.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        for sentence in sentences(refusal.reasons):
            messages.error(request, sentence)
    else:
        messages.success(request, _("The evaluation counts as visit 1."))
    return redirect("visit_record", appointment_id)
