"""The clinician's queue and case page."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking.queries.slots import current_referral
from booking.wall_time import clinic_date
from clinic.audit.record import actor_of
from clinic.people.access import clinician_only
from intake.actions.referring import standing_of
from intake.actions.reviewing import StaleDecision, is_claimed, open_case, sign_decision
from intake.case_queries import case_of
from intake.models import Intake
from intake.review_forms import DecisionForm
from intake.review_preview import if_signed, opening_words
from intake.review_queries import done_page, next_unclaimed, waiting_page
from intake.views.paging import after_of


@clinician_only
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List the intakes that wait, the most pressing first, or the decided ones."""
    is_done = request.GET.get("tab") == "done"
    pages = done_page if is_done else waiting_page
    try:
        page = pages(now=timezone.now(), after=after_of(request))
    except Intake.DoesNotExist:
        raise Http404 from None
    return render(request, "intake/review/queue.html", {"page": page, "is_done": is_done})


@clinician_only
@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """Go to the most pressing case nobody is reviewing."""
    key = next_unclaimed(now=timezone.now())
    return redirect("review_case", key) if key else redirect("review_queue")


@clinician_only
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """Show one case, flags first; sign a decision on POST. Opening it is recorded first."""
    get_object_or_404(Intake, pk=intake_id)
    now = timezone.now()
    intake = open_case(
        intake_id=intake_id, clinician=request.user, now=now, actor=actor_of(request)
    )
    form = DecisionForm(request.POST or None, case=case_of(intake, now=now))
    if request.method != "POST":
        return _case_page(request, intake, form)
    if not form.is_valid():
        return _case_page(request, intake, form, status=422)
    try:
        sign_decision(
            intake_id=intake_id,
            version=form.cleaned_data["version"],
            verdict=form.verdict(),
            clinician=request.user,
            now=now,
            actor=actor_of(request),
        )
    except StaleDecision:
        stale = _("Somebody decided this case, or it changed, since you opened it. Read it again.")
        return _case_page(request, intake, form, problem=stale, status=409)
    return redirect("review_case", intake_id)


def _case_page(
    request: HttpRequest,
    intake: Intake,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    view = case_of(intake, now=now)
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    levels = {flag.row.rule: flag.row.level for flag in view.to_mark}
    preview: Any = None
    if intake.sent_at is not None:
        preview = if_signed(
            standing_of(intake),
            levels,
            dict.fromkeys(levels, "reviewed"),
            has_open_call=view.has_open_call,
        )
    context = {
        "case": view,
        "form": form,
        "marks": [
            (flag, form[f"mark-{flag.row.rule}"], form[f"reason-{flag.row.rule}"])
            for flag in view.to_mark
        ],
        "problem": problem,
        "has_errors": bool(form.errors or problem),
        "now_open": opening_words(current_referral(intake.patient), today),
        "would_open": opening_words(preview, today),
        "is_others": is_claimed(intake, now) and intake.claimed_by_id != request.user.pk,
    }
    return render(request, "intake/review/case.html", context, status=status)
