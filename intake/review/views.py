"""The pages of the review: the queue and the case."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking.scheduling.queries import current_referral
from clinic.audit.context import Context
from clinic.audit.readers import Reading, recent_readers
from clinic.audit.record import actor_of
from clinic.audit.shown import record_shown
from clinic.messages.history import history_of
from clinic.practice.wall_time import clinic_date
from clinic.security.access import clinician_only, staff_of
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.paging import after_of
from intake.flags.queries import told_by_hand
from intake.models import Intake, TakeOver
from intake.progress.queries import progress_of
from intake.review.case import CaseView, case_of
from intake.review.claims import (
    CLAIM_MINUTES,
    end_other_claims,
    is_claimed,
    read_case,
    start_review,
)
from intake.review.decisions import StaleDecision, TooEarly, sign_decision
from intake.review.forms import DecisionForm
from intake.review.patient_message import message_after_decision
from intake.review.preview import opening_words, preview_of
from intake.review.queue import Tab, next_unclaimed, queue_page
from intake.review.undo import offer_undo, undo_offer

# A case that a clinician still has to decide on.
WAITING = (Intake.Status.WAITING, Intake.Status.DRAFT_WAITING)


@clinician_only
@fail_closed
@require_safe
def queue(request: ClinicianRequest) -> HttpResponse:
    """List the intakes that wait, the most urgent first, or one of the other lists."""
    now = timezone.now()
    try:
        tab = Tab(request.GET.get("tab", ""))
        page = queue_page(tab, reader=staff_of(request), now=now, after=after_of(request))
    except (ValueError, Intake.DoesNotExist):  # a tab or a row that does not exist
        raise Http404 from None
    record_shown(request, "see review list", (row.patient_id for row in page.rows))
    tabs = [(one, page.counts[one]) for one in Tab]
    context = {"page": page, "tab": tab, "tabs": tabs, "undo": undo_offer(request, now)}
    return render(request, "intake/review/queue.html", context)


@clinician_only
@require_safe
def next_case(request: ClinicianRequest) -> HttpResponse:
    """Go to the most urgent case that nobody is reviewing, or back to the queue; claim nothing."""
    key = next_unclaimed(now=timezone.now())
    return redirect("review_case", key) if key else redirect("review_queue")


@clinician_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """Show one case, flags first; sign a decision on POST. The reading is recorded first.

    Reading changes nothing: "Start the review" claims the case (see `views_actions.start`).
    """
    now = timezone.now()
    # On POST too: the form is built from the flags of the case, and an error shows the answers.
    view = _opened(request, intake_id, now)
    if request.method == "POST" and _is_mine(view.intake, request, now):
        # She is at work on it: her claim begins again.
        start_review(
            intake_id=intake_id,
            clinician=staff_of(request),
            context=Context(actor_of(request), now),
        )
    if request.method != "POST":
        return _page(request, view, DecisionForm(case=view), now)
    if "preview" in request.POST:
        return _page(request, view, DecisionForm(initial=request.POST.dict(), case=view), now)
    form = DecisionForm(request.POST, case=view)
    if not form.is_valid():
        return _page(request, view, form, now, status=422)
    try:
        following = _sign(request, view, form, now)
    except (StaleDecision, TooEarly, SentWithOtherContent):
        return _stale_page(request, intake_id, now)
    return redirect(following)


def _opened(request: HttpRequest, intake_id: UUID, now: datetime) -> CaseView:
    """Record the reading and return what the page shows."""
    try:
        intake = read_case(intake_id=intake_id, context=Context(actor_of(request), now))
    except Intake.DoesNotExist:
        raise Http404 from None
    return case_of(intake, now=now)


def _sign(request: HttpRequest, view: CaseView, form: DecisionForm, now: datetime) -> str:
    """Sign the decision and return where to go. A double click signs once and leads on alike."""
    actor = actor_of(request)

    def action() -> str:
        decision = sign_decision(
            intake_id=view.intake.pk,
            version=form.cleaned_data["version"],
            verdict=form.verdict(),
            clinician=staff_of(request),
            context=Context(actor, now),
        )
        # The case she started and left for this one: nobody is reviewing it any more.
        end_other_claims(staff_of(request), view.intake.pk)
        offer_undo(request, decision)
        return reverse("review_next")

    return once(request, "decide", f"{actor.id} {view.intake.pk}", action)


def _stale_page(request: HttpRequest, intake_id: UUID, now: datetime) -> HttpResponse:
    """Show the case as it is now, with what somebody else signed and what was typed here."""
    view = _opened(request, intake_id, now)
    form = DecisionForm(initial=request.POST.dict(), case=view)
    return _page(request, view, form, now, is_stale=True, status=409)


def _page(
    request: HttpRequest,
    view: CaseView,
    form: DecisionForm,
    now: datetime,
    *,
    is_stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    preview = preview_of(view.intake)
    opens = None if preview is None else preview.opens(form.marks, next_act=form.act)
    context = {
        "case": view,
        "history": history_of(view.intake),
        "form": form,
        "is_stale": is_stale,
        "has_errors": bool(form.errors or is_stale),
        "open_now": opening_words(current_referral(view.intake.patient), today),
        "progress": progress_of(view.episode),
        "is_mine": _is_mine(view.intake, request, now),
        "is_claimed": is_claimed(view.intake, now),
        "is_waiting": view.intake.status in WAITING,
        "readers": _readers(view.intake, request, now),
        "taken_over": _taken_from_reader(view, request),
        "told": message_after_decision(
            kind=view.intake.kind,
            opens=opens,
            next_act=form["next_act"].value(),
            today=today,
            added=told_by_hand(view.intake),
        ),
        "undo": undo_offer(request, now),
    }
    if preview is not None:
        context["opens_at_best"] = opening_words(preview.opens_at_best(), today)
    # On GET the marks are those that were signed last: "open_now" says what they open.
    if preview is not None and request.method == "POST":
        context["opens_as_marked"] = opening_words(opens, today)
    return render(request, "intake/review/case.html", context, status=status)


def _is_mine(intake: Intake, request: HttpRequest, now: datetime) -> bool:
    return intake.claimed_by_id == request.user.pk and is_claimed(intake, now)


def _readers(intake: Intake, request: HttpRequest, now: datetime) -> list[Reading]:
    """Return which colleagues opened a case that nobody has decided on, within a claim's time."""
    if intake.status not in WAITING:
        return []
    since = now - timedelta(minutes=CLAIM_MINUTES)
    return recent_readers(intake, "read answers", besides=actor_of(request), since=since)


def _taken_from_reader(view: CaseView, request: HttpRequest) -> TakeOver | None:
    """Return the take-over by which this reader lost the case to its present holder, or None."""
    row = view.taken_over
    if row is None or row.taken_from_id != request.user.pk:
        return None
    # Not once the reader has the case back, or nobody has it and it was not decided.
    return row if view.intake.claimed_by_id == row.taken_by_id or view.intake.decided_at else None
