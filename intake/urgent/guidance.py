"""The emergency screen, shown as soon as an answer is urgent, whatever else fails."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clinic.operations.logs import kind_and_place
from intake.episodes.due_times import today
from intake.models import Intake, UrgentCall
from intake.triage.evaluate import PARTIAL, URGENT, Judged, evaluate_intake, told_texts
from intake.triage.phone_script import symptom_words
from intake.triage.rules import rule

log = logging.getLogger("run_ready.intake")


@dataclass(frozen=True)
class Guidance:
    """What the patient should do now.

    `actions` are in order, the first is the headline; `told` are the rules' texts, `symptoms` the
    words for a telephone call.
    """

    actions: Sequence[str]
    told: Sequence[str]
    symptoms: Sequence[str]
    birth_date: date | None


def judged(raw: Mapping[str, object]) -> Guidance | None:
    """Return the guidance for these raw answers of an intake, or None when nothing is urgent."""
    result = evaluate_intake(raw, as_of=today(timezone.now()), mode=PARTIAL)
    return guidance_of(result)


def answer_or_guide(
    request: HttpRequest, urgent: Guidance | None, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """Return what `answer` returns, or the guidance `urgent` when `answer` raises.

    Without `urgent` the error is raised again. With it nobody else would see the error, so it is
    logged here.
    """
    try:
        return answer()
    except Exception as error:
        if urgent is None:
            raise
        log.error("guidance shown instead of an answer: %s", kind_and_place(error))
        return show_guidance(request, urgent, is_saved=False)


def guidance_of(result: Judged) -> Guidance | None:
    """Return the guidance for the urgent rules that fired, or None when none did."""
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
    """Return the guidance for the rules of this call, as the patient was shown it."""
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
    """Return the emergency screen. Unless `is_saved`, it needs no session, user or database.

    `is_saved` says that the answers are stored. `answer_url` is the address to which the patient's
    reply is posted, by default that of the intake. With `to_staff`, and only once the answers are
    saved, the page speaks to the member of staff who has the patient on the telephone.
    """
    context = {
        "actions": guidance.actions,
        "headline": guidance.actions[0],
        # The crisis line has a block of its own unless it is the headline.
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
        template = (
            "intake/urgent/desk_emergency.html" if to_staff else "intake/urgent/emergency.html"
        )
        return render(request, template, context, status=status)
    # Without the request, because its context processors read the session and the database.
    page = render_to_string("intake/urgent/emergency.html", context)
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})


def open_call(intake: Intake) -> UrgentCall | None:
    """Return the call owed for urgent answers that have not been changed since, or None."""
    return intake.urgent_calls.open().filter(changed_at__isnull=True).select_related("task").first()
