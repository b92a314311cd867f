"""The call list: whom to call now, for clinicians and managers. Never an answer."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.record import actor_of, record
from clinic.people.access import staff_only
from intake.actions.calling import AlreadyRecorded, record_outcome
from intake.call_queries import call_page, call_view
from intake.models import UrgentCall
from intake.review_forms import OutcomeForm
from intake.views.paging import after_of


@staff_only
@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    """List the calls to make by due time, or those with an outcome."""
    is_recorded = request.GET.get("tab") == "recorded"
    try:
        page = call_page(now=timezone.now(), recorded=is_recorded, after=after_of(request))
    except UrgentCall.DoesNotExist:
        raise Http404 from None
    record(actor_of(request), "see call list")
    context = {"page": page, "is_recorded": is_recorded}
    return render(request, "intake/review/calls.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Show one call and record what came of it, once."""
    row = get_object_or_404(UrgentCall, pk=call_id)
    form, status, is_late = OutcomeForm(request.POST or None), 200, False
    if request.method == "POST" and form.is_valid():
        try:
            record_outcome(
                call_id=row.pk,
                outcome=form.cleaned_data["outcome"],
                note=form.cleaned_data["note"],
                caller=request.user,
                now=timezone.now(),
                actor=actor_of(request),
            )
        except AlreadyRecorded:
            status, is_late = 409, True
        else:
            return redirect("call_list")
    elif form.errors:
        status = 422
    context = {
        "view": call_view(call_id, now=timezone.now()),
        "form": form,
        "is_late": is_late,
        "has_errors": status != 200,
    }
    return render(request, "intake/review/call.html", context, status=status)
