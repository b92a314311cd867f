"""The emergency screen, shown as soon as an answer is urgent, whatever else fails."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.operations.logs import kind_and_place
from clinic.practice.facts import clinic_facts
from clinic.practice.reaching import reaching
from intake.episodes.due_times import today
from intake.models import Intake, UrgentCall
from intake.questionnaire.answers import Answers
from intake.triage.evaluate import PARTIAL, URGENT, Judged, evaluate_intake, told_texts
from intake.triage.phone_script import MOST_SAID, Sign, flags_behind, signs_of
from intake.triage.rules import rule
from intake.urgent.promise import PromisedCall

log = logging.getLogger("run_ready.intake")


@dataclass(frozen=True)
class Guidance:
    """What the patient should do now.

    `actions` are in order, the first is the headline; `told` are the rules' texts, `signs` what
    she ticked, the most dangerous first.
    """

    actions: Sequence[str]
    told: Sequence[str]
    signs: Sequence[Sign]
    birth_date: date | None

    @property
    def said(self) -> str:
        """The signs that the sentence to say names, in words; "" if none is known."""
        return listed([_(sign.words) for sign in self.signs[:MOST_SAID]])

    @property
    def others(self) -> list[tuple[str, str]]:
        """The actions beside the headline, each with the signs that ask for no more than it.

        The crisis line is not among them: it has a block of its own. An action all of whose signs
        ask for a more urgent one as well is left out.
        """
        found = []
        for action in self.actions[1:]:
            signs = [_(sign.words) for sign in self.signs if sign.action == action]
            if signs and action != CRISIS:
                found.append((action, listed(signs)))
        return found


# Searches around the telephone that opens it; it carries nothing about her.
DIRECTIONS_URL = "https://www.google.com/maps/search/?api=1&query=emergency+room"
# The action whose page is calm: nobody in a crisis is shouted at.
CRISIS = "crisis_988"
HEADLINES = {
    "call_911": gettext_lazy("Call 911 now"),
    "go_er": gettext_lazy("Go to the emergency room now"),
    CRISIS: gettext_lazy("You deserve support right now"),
    "call_provider_now": gettext_lazy("Call your OB or midwife right now"),
}
DESK_HEADLINES = {
    "call_911": gettext_lazy("Tell the patient to call 911 now"),
    "go_er": gettext_lazy("Tell the patient to go to the emergency room now"),
    CRISIS: gettext_lazy("Stay on the line with the patient"),
    "call_provider_now": gettext_lazy("Tell the patient to call the OB or midwife right now"),
}


def listed(words: Sequence[str]) -> str:
    """Return the words as one list: "chest pain, a fever and a bad headache"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


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
        signs=signs_of(urgent),
        birth_date=result.answers.birth_date,
    )


def guidance_of_call(call: UrgentCall, now: Answers, birth_date: date | None) -> Guidance:
    """Return the guidance for the rules of this call, as the patient was shown it.

    `now` are the answers of its form as they stand.
    """
    told = tuple(dict.fromkeys(rule(one).told for one in call.rules))
    signs = signs_of(flags_behind(call.rules, call.answers, now))
    return Guidance(call.actions, told, signs, birth_date)


def show_guidance(
    request: HttpRequest,
    guidance: Guidance,
    *,
    is_saved: bool,
    status: int = 200,
    answer_url: str = "",
    to_staff: bool = False,
    promise: PromisedCall | None = None,
) -> HttpResponse:
    """Return the emergency screen. Unless `is_saved`, it needs no session, user or database.

    `is_saved` says that the answers are stored. `answer_url` is the address to which the patient's
    reply is posted, by default that of the intake. `promise` is the call that is owed. With
    `to_staff`, and only once the answers are saved, the page speaks to the member of staff who has
    the patient on the telephone.
    """
    headlines = DESK_HEADLINES if to_staff else HEADLINES
    context = {
        "headline": guidance.actions[0],
        "headline_words": headlines[guidance.actions[0]],
        "crisis_words": headlines[CRISIS],
        "others": guidance.others,
        # The crisis line has a block of its own unless it is the headline.
        "shows_crisis": CRISIS in guidance.actions[1:],
        "told": guidance.told,
        "said": guidance.said,
        "promise": promise,
        "directions_url": DIRECTIONS_URL,
        "birth_date": guidance.birth_date,
        "is_saved": is_saved,
        "answer_url": answer_url or reverse("intake_emergency"),
        "local_crisis_line": clinic_facts().crisis_line,
        **reaching(),
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
