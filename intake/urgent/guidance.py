"""The emergency screen: shown the moment an answer is urgent, whatever else fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.record import actor_of
from clinic.security.access import public
from intake.episodes.due_times import today
from intake.intakes.corrections import start_correction
from intake.models import Intake, UrgentCall
from intake.online_intake.session import close_intake, intake_of, open_intake
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import Section
from intake.questionnaire.progress import sections_asking
from intake.questionnaire.section import posted_answers
from intake.triage.evaluate import PARTIAL, URGENT, Judged, evaluate_intake, told_texts
from intake.triage.phone_script import symptom_words
from intake.triage.rules import rule
from intake.urgent.patient_reply import note_help_on_the_way, note_mistake

PAGES = "emergency guidance is for everybody, at once"
# The call whose answers she says were ticked by mistake; until then its pages stay closed.
CORRECTING = "correcting_call"


@dataclass(frozen=True)
class Guidance:
    """What to do now: actions in order, the first is the headline; texts as told by the rules."""

    actions: Sequence[str]
    told: Sequence[str]
    symptoms: Sequence[str]
    birth_date: date | None


def guidance_for(request: HttpRequest, page: Section) -> Guidance | None:
    """Return the guidance that this page's posted answers ask for, or None.

    Asks nothing of the database when that fails: then the posted page alone is judged.
    """
    posted = posted_answers(page, request.POST)
    return judged(merged(_saved(request), posted))


def _saved(request: HttpRequest) -> Mapping[str, object]:
    try:
        intake = intake_of(request)
        return intake.raw if intake is not None and intake.sent_at is None else {}
    except Exception:
        return {}


def judged(raw: Mapping[str, object]) -> Guidance | None:
    """Return the guidance of these raw answers by the urgent rules, or None."""
    result = evaluate_intake(raw, as_of=today(timezone.now()), mode=PARTIAL)
    return guidance_of(result)


def guidance_of(result: Judged) -> Guidance | None:
    """Return the guidance of the urgent rules that fired, or None when none did."""
    urgent = [flag for flag in result.flags if flag.level == URGENT]
    if not urgent:
        return None
    return Guidance(
        actions=result.actions,
        told=told_texts(urgent),
        symptoms=symptom_words(flag.rule_id for flag in urgent),
        birth_date=result.answers.birth_date,
    )


def guidance_of_call(call: UrgentCall, birth_date: date | None) -> Guidance:
    """Return the guidance she was shown when this call became owed."""
    told = tuple(dict.fromkeys(rule(one).told for one in call.rules))
    return Guidance(call.actions, told, symptom_words(call.rules), birth_date)


def show_guidance(
    request: HttpRequest,
    guidance: Guidance,
    *,
    is_saved: bool,
    status: int = 200,
    answer_url: str = "",
    to_staff: bool = False,
) -> HttpResponse:
    """Render the emergency screen. Works without a session, a user or a database.

    `answer_url` is where her two answers go, when not to the intake's own page. With `to_staff` it
    speaks to whoever has the patient on the line, once the answers are saved.
    """
    context = {
        "actions": guidance.actions,
        "headline": guidance.actions[0],
        "others": [action for action in guidance.actions[1:] if action != "crisis_988"],
        "shows_crisis": "crisis_988" in guidance.actions[1:],
        "told": guidance.told,
        "symptoms": guidance.symptoms,
        "birth_date": guidance.birth_date,
        "is_saved": is_saved,
        "answer_url": answer_url or reverse("intake_emergency"),
        "local_crisis_line": settings.LOCAL_CRISIS_LINE,
        "clinic_phone": settings.CLINIC_PHONE,
        "clinic_name": settings.CLINIC_NAME,
        "clinic_address": settings.CLINIC_ADDRESS,
    }
    if is_saved:
        template = "intake/desk/emergency.html" if to_staff else "intake/emergency.html"
        return render(request, template, context, status=status)
    page = render_to_string("intake/emergency.html", context)
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})


def open_call(intake: Intake) -> UrgentCall | None:
    """Return the call owed for urgent answers that still stand, or None."""
    return intake.urgent_calls.filter(changed_at__isnull=True, outcome_at__isnull=True).first()


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """Show what to do now, and offer the two honest ways on."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    call = open_call(intake)
    if call is None:
        return redirect("intake_check")
    if request.method == "POST":
        return _answered(request, intake, call)
    birth = evaluate_intake(intake.raw, as_of=today(timezone.now()), mode=PARTIAL).birth_date
    guidance = guidance_of_call(call, birth)
    return show_guidance(request, guidance, is_saved=True, to_staff=bool(intake.entered_by_id))


def _answered(request: HttpRequest, intake: Intake, call: UrgentCall) -> HttpResponse:
    if request.POST.get("answer") == "help":
        note_help_on_the_way(call_id=call.pk, now=timezone.now(), actor=actor_of(request))
        close_intake(request)
        return redirect("call", call.pk) if intake.entered_by_id else redirect("intake_help")
    # The desk opens no answers again once they are sent; the call's outcome says it was a mistake.
    is_closed = intake.entered_by_id and intake.sent_at is not None
    if request.POST.get("answer") != "mistake" or is_closed:
        return redirect("intake_emergency")
    note_mistake(call_id=call.pk, actor=actor_of(request))
    request.session[CORRECTING] = str(call.pk)
    if intake.sent_at is not None:
        now = timezone.now()
        draft = start_correction(intake_id=intake.pk, now=now, actor=actor_of(request))
        open_intake(request, draft)
    return redirect("intake_section", sections_asking(call.answers)[-1].slug)


def may_correct(request: HttpRequest, call: UrgentCall, page: Section) -> bool:
    """Tell whether she said it was a mistake, and this page holds one of the answers."""
    is_said = request.session.get(CORRECTING) == str(call.pk)
    return is_said and page in sections_asking(call.answers)


def stop_correcting(request: HttpRequest) -> None:
    """Close the pages again: what she saved there is urgent."""
    request.session.pop(CORRECTING, None)


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD"])
def help_on_the_way(request: HttpRequest) -> HttpResponse:
    """Say that the answers are saved and the form waits."""
    return render(request, "intake/help.html")
