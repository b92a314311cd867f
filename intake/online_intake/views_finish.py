"""Pages to check the answers, send them, and change what was sent."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.models.practice import HeardFrom
from clinic.security.access import public
from clinic.security.requests import PublicRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from intake.episodes.due_times import review_due, today
from intake.intakes.corrections import start_correction
from intake.intakes.draft_terms import sections_saved
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.online_intake.desk_pages import layout_of, note_entering
from intake.online_intake.forms import HeardFromForm
from intake.online_intake.routing import seconds_left
from intake.online_intake.session import intake_of, open_intake
from intake.online_intake.views import FROM_CHECK
from intake.questionnaire.answer_summary import answer_groups
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.progress import answers_so_far, first_gap
from intake.urgent.guidance import open_call

PAGES = "the answers shown are those of this browser session"


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: PublicRequest) -> HttpResponse:
    """Show every answer before the form is sent; send it once on POST."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.sent_at is not None:
        is_sending = request.method == "POST"
        return redirect("intake_result") if is_sending else _sent_already(request)
    if open_call(intake) is not None:
        return redirect("intake_emergency")
    now = timezone.now()
    answers = answers_so_far(intake.raw, today(now))
    # Also on POST: the form may have been changed in another tab since this page was shown.
    if (gap := first_gap(answers, sections_saved(intake))) is not None:
        return redirect("intake_section", gap.slug)
    if request.method == "POST":
        return _send(request, intake)
    note_entering(request, intake, answers.visible)
    context = {
        "intake": intake,
        "layout": layout_of(intake),
        "groups": answer_groups(answers),
        "origin": FROM_CHECK,
        # The form is judged only when it is sent, so this is the due time of a red one.
        "look_by": review_due(Intake.Queue.RED, now),
        "heard_from": HeardFromForm() if _is_asked_where(intake) else None,
        "idle_seconds": seconds_left(request),
        "back": reverse("intake_section", args=[INTAKE.sections[-1].slug]),
    }
    return render(request, "intake/online_intake/check.html", context)


def _is_asked_where(intake: Intake) -> bool:
    """Return whether she is asked where she heard of the clinic: with her first form only."""
    is_first = not Intake.objects.full().sent().filter(patient=intake.patient_id).exists()
    return is_first and HeardFrom.objects.asked().exists()


def _send(request: HttpRequest, intake: Intake) -> HttpResponse:
    actor = actor_of(request)

    def action() -> str:
        chosen = HeardFromForm(request.POST).chosen() if _is_asked_where(intake) else None
        context = Context(actor, timezone.now())
        send_intake(intake_id=intake.pk, context=context, heard_from_id=chosen)
        return reverse("intake_result")

    try:
        # The intake takes the place of an actor, because most patients are not signed in.
        return redirect(once(request, "send intake", f"intake:{intake.pk}", action))
    except SentWithOtherContent:
        return _sent_already(request, status=409)
    except Intake.DoesNotExist:  # erased a moment ago
        return redirect("intake_closed")


def _sent_already(request: HttpRequest, status: int = 200) -> HttpResponse:
    return render(request, "intake/online_intake/sent_already.html", status=status)


@public(reason=PAGES)
@require_POST
def change(request: PublicRequest) -> HttpResponse:
    """Begin a correction of what this session sent, and show its check page."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.entered_by_id:  # the desk may not read answers once they are sent
        return redirect("intake_result")
    if intake.sent_at is not None:
        now, actor = timezone.now(), actor_of(request)
        with suppress(Intake.DoesNotExist):  # if erased a moment ago, its check page says so
            open_intake(request, start_correction(intake_id=intake.pk, context=Context(actor, now)))
    return redirect("intake_check")


@public(reason=PAGES)
@require_POST
def save_for_later(request: PublicRequest) -> HttpResponse:
    """Leave a correction unsent and go back to the version that was sent, which counts."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.replaces is not None and intake.sent_at is None:
        open_intake(request, intake.replaces)
    return redirect("intake_result")
