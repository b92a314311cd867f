"""What a clinician does with a case besides signing: start, leave, take over, flag, undo."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.security.access import clinician_only, staff_of
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from intake.flags.actions import add_flag
from intake.models import Decision, Intake
from intake.review.claims import NotClaimed, is_claimed, leave_case, start_review, take_over
from intake.review.forms import FlagForm, TakeOverForm
from intake.review.undo import CannotUndo, undo_decision, withdraw_offer


@clinician_only
@fail_closed
@require_POST
def start(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """Claim the case for the reader and go back to it; the page says so if somebody else has it."""
    context = Context(actor_of(request), timezone.now())
    try:
        start_review(intake_id=intake_id, clinician=staff_of(request), context=context)
    except Intake.DoesNotExist:
        raise Http404 from None
    return redirect("review_case", intake_id)


@clinician_only
@fail_closed
@require_POST
def leave(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """End the reader's own claim and go back to the queue."""
    try:
        leave_case(intake_id=intake_id, clinician=staff_of(request), actor=actor_of(request))
    except Intake.DoesNotExist:
        raise Http404 from None
    return redirect("review_queue")


@clinician_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def take_over_case(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """Take over a case from the clinician who is reviewing it, with a reason that she will read."""
    now = timezone.now()
    intake = get_object_or_404(Intake.objects.select_related("claimed_by"), pk=intake_id)
    # Nobody else has it: it is started without a reason.
    if not is_claimed(intake, now) or intake.claimed_by == request.user:
        return redirect("review_case", intake_id)
    form = TakeOverForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"intake": intake, "form": form, "has_errors": bool(form.errors)}
        record(actor_of(request), "see who reviews", intake, patient=intake.patient_id)
        status = 422 if request.method == "POST" else 200
        return render(request, "intake/review/take_over.html", context, status=status)
    return redirect(_take(request, intake_id, form.cleaned_data["reason"], now))


def _take(request: HttpRequest, intake_id: UUID, reason: str, now: datetime) -> str:
    """Take the case over and return its address, whoever has it by then."""
    actor = actor_of(request)

    def action() -> str:
        take_over(
            intake_id=intake_id,
            reason=reason,
            clinician=staff_of(request),
            context=Context(actor, now),
        )
        return reverse("review_case", args=[intake_id])

    try:
        return once(request, "take over", f"{actor.id} {intake_id}", action)
    except (NotClaimed, SentWithOtherContent):  # left meanwhile, or taken by the first click
        return reverse("review_case", args=[intake_id])


@clinician_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """Add a flag by hand to a form that was sent."""
    intake = get_object_or_404(Intake.objects.sent().select_related("patient"), pk=intake_id)
    form = FlagForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _flag_page(request, intake, form, 422 if request.method == "POST" else 200)
    actor = actor_of(request)

    def action() -> str:
        add_flag(
            intake_id=intake_id,
            clinician=staff_of(request),
            context=Context(actor, timezone.now()),
            **form.cleaned_data,
        )
        return reverse("review_case", args=[intake_id])

    try:
        return redirect(once(request, "add flag", f"{actor.id} {intake_id}", action))
    except SentWithOtherContent:
        words = _("Another flag was added from this page before. Press again to add this one too.")
        form.add_error(None, words)
        return _flag_page(request, intake, form, 409)


def _flag_page(
    request: ClinicianRequest, intake: Intake, form: FlagForm, status: int
) -> HttpResponse:
    record(actor_of(request), "see case", intake, patient=intake.patient_id, fields=["name"])
    context = {"intake": intake, "form": form, "has_errors": bool(form.errors)}
    return render(request, "intake/review/add_flag.html", context, status=status)


@clinician_only
@fail_closed
@require_POST
def undo(request: ClinicianRequest, decision_id: UUID) -> HttpResponse:
    """Withdraw the reader's own decision within its first minute; later answer with status 409."""
    actor = actor_of(request)

    def action() -> str:
        intake = undo_decision(
            decision_id=decision_id,
            clinician=staff_of(request),
            context=Context(actor, timezone.now()),
        )
        return reverse("review_case", args=[intake.pk])

    try:
        following = once(request, "undo decision", f"{actor.id} {decision_id}", action)
    except Decision.DoesNotExist:
        raise Http404 from None
    except (CannotUndo, SentWithOtherContent):
        decision = get_object_or_404(Decision.objects.select_related("intake"), pk=decision_id)
        context = {"decision": decision, "has_errors": True}
        return render(request, "intake/review/undo_refused.html", context, status=409)
    withdraw_offer(request)
    messages.success(request, _("The decision is withdrawn. Nothing was mailed."))
    return redirect(following)
