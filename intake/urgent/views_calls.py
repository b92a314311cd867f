"""The pages of the call list, for clinicians and managers. They show no answers."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.security.access import staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.paging import after_of
from intake.models import UrgentCall
from intake.urgent.call_list import call_page, call_view
from intake.urgent.call_outcome import AlreadyRecorded, record_outcome
from intake.urgent.forms import OutcomeForm


@staff_only
@fail_closed
@require_safe
def call_list(request: StaffRequest) -> HttpResponse:
    """List the calls to make, by due time, or those with an outcome."""
    is_recorded = request.GET.get("tab") == "recorded"
    try:
        page = call_page(now=timezone.now(), recorded=is_recorded, after=after_of(request))
    except UrgentCall.DoesNotExist:
        raise Http404 from None
    record(actor_of(request), "see call list")
    context = {"page": page, "is_recorded": is_recorded}
    return render(request, "intake/urgent/calls.html", context)


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: StaffRequest, call_id: UUID) -> HttpResponse:
    """Show one call; record its outcome once on POST."""
    row = get_object_or_404(UrgentCall, pk=call_id)
    record(actor_of(request), "see call", row, patient=row.patient_id, fields=("name", "phone"))
    if request.method != "POST":
        return _page(request, call_id, OutcomeForm())
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, call_id, form, status=422)
    try:
        following = _record(request, call_id, form)
    except (AlreadyRecorded, SentWithOtherContent):
        return _page(request, call_id, form, is_late=True, status=409)
    messages.success(request, _("The outcome is recorded."))
    return redirect(following)


def _record(request: HttpRequest, call_id: UUID, form: OutcomeForm) -> str:
    """Record the outcome once for each page shown; a double click leads where the first did."""
    actor = actor_of(request)

    def action() -> str:
        record_outcome(
            call_id=call_id,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
            caller=staff_of(request),
            context=Context(actor, timezone.now()),
        )
        return reverse("call_list")

    return once(request, "record call", f"{actor.id} {call_id}", action)


def _page(
    request: HttpRequest,
    call_id: UUID,
    form: OutcomeForm,
    *,
    is_late: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "view": call_view(call_id, now=timezone.now()),
        "form": form,
        "is_late": is_late,
        "has_errors": status != 200,
    }
    if is_late:
        # The page shows the outcome that stands, and beside it what this person had typed.
        context["typed_outcome"] = UrgentCall.Outcome(form.cleaned_data["outcome"]).label
        context["typed_note"] = form.cleaned_data["note"]
    return render(request, "intake/urgent/call.html", context, status=status)
