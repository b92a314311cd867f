"""The page of one concern, whatever form it came from. Only clinicians read and mark it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.security.access import clinician_only, staff_of
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from intake.concern_pages.forms import ConcernForm
from intake.concern_pages.queries import concern_page
from intake.concerns.actions import ChangedSince, NotYet, mark_concern
from intake.flags.labels import NOT_YET
from intake.models import Concern

_CHANGED = gettext_lazy(
    "Something happened since you opened this page, and nothing was marked. Look below, then mark "
    "it if that is still right."
)


@clinician_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def concern(request: ClinicianRequest, concern_id: UUID) -> HttpResponse:
    """Show one concern with its history; mark it on POST. The reading is recorded first."""
    # Nothing is left of what an erased record was about.
    row = Concern.objects.filter(pk=concern_id, patient__erased_at__isnull=True).first()
    if row is None:
        raise Http404
    record(actor_of(request), "read concern", row, patient=row.patient_id, fields=["answers"])
    if row.merged_into_id is not None:
        return redirect("concern", row.merged_into_id)
    form = ConcernForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, row, form, 422 if request.method == "POST" else 200)
    try:
        following = _mark(request, row, form)
    except NotYet:
        form.add_error("mark", NOT_YET)
        return _page(request, row, form, 422)
    except (ChangedSince, Concern.DoesNotExist, SentWithOtherContent):
        form.add_error(None, _CHANGED)
        return _page(request, row, form, 409)
    messages.success(request, _("Marked. What may be booked follows from it."))
    return redirect(following)


def _mark(request: ClinicianRequest, row: Concern, form: ConcernForm) -> str:
    actor = actor_of(request)

    def action() -> str:
        mark_concern(
            concern_id=row.pk,
            seen=form.cleaned_data["seen"],
            mark=form.cleaned_data["mark"],
            reason=form.cleaned_data["reason"],
            by=staff_of(request),
            context=Context(actor, timezone.now()),
        )
        return reverse("concern", args=[row.pk])

    return once(request, "mark concern", f"{actor.id} {row.pk}", action)


def _page(request: ClinicianRequest, row: Concern, form: ConcernForm, status: int) -> HttpResponse:
    context = {
        "page": concern_page(row.pk),
        "form": form,
        "has_errors": status != 200,
    }
    return render(request, "intake/concern_pages/concern.html", context, status=status)
