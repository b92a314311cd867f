"""Checking the answers, sending them, and what they mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.queries import what_may_be_booked
from clinic.audit.record import actor_of
from clinic.people.access import public
from clinic.submissions.once import SentWithOtherContent, once
from clinic.templatetags.look import day
from intake.actions.answering import today
from intake.actions.sending import NOT_JUDGED, send_intake
from intake.answers import Answers
from intake.due import review_due
from intake.models import Intake
from intake.progress import answers_so_far, first_gap, shown
from intake.questionnaire import INTAKE, Question, Section
from intake.rules import rule
from intake.section_form import field_name
from intake.sessions import intake_of
from intake.triage import LEVELS
from intake.views.questionnaire import FROM_CHECK
from intake.views.route import seconds_left
from intake.views.urgent import open_call

PAGES = "the answers shown are those of this browser session"


@dataclass(frozen=True)
class AnswerRow:
    """One question with what she answered, in her words; no lines when nothing was provided."""

    question: str
    lines: tuple[str, ...]
    url: str


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Show every answer before it is sent; send on POST, once."""
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
    if (gap := first_gap(answers, intake.saved_sections)) is not None:
        return redirect("intake_section", gap.slug)
    if request.method == "POST":
        return _send(request, intake)
    context = {
        "groups": [(section, rows_of(section, answers)) for section in INTAKE.sections],
        "look_by": review_due(Intake.Queue.RED, now),
        "idle_seconds": seconds_left(request),
        "back": reverse("intake_section", args=[INTAKE.sections[-1].slug]),
    }
    return render(request, "intake/check.html", context)


def _send(request: HttpRequest, intake: Intake) -> HttpResponse:
    actor = actor_of(request)

    def deed() -> str:
        send_intake(intake_id=intake.pk, now=timezone.now(), actor=actor)
        return reverse("intake_result")

    try:
        return redirect(once(request, "send intake", f"intake:{intake.pk}", deed))
    except SentWithOtherContent:
        return _sent_already(request, status=409)


def _sent_already(request: HttpRequest, status: int = 200) -> HttpResponse:
    return render(request, "intake/sent_already.html", status=status)


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD"])
def result(request: HttpRequest) -> HttpResponse:
    """Show what the answers mean and what to do next."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.sent_at is None:
        return redirect("intake_check")
    if intake.level == Intake.Level.URGENT:
        return redirect("intake_emergency") if open_call(intake) else _result_page(request, intake)
    return _result_page(request, intake)


def _result_page(request: HttpRequest, intake: Intake) -> HttpResponse:
    context = {
        "intake": intake,
        "told": told_by_level(intake),
        "is_waiting": intake.queue != "" and intake.decided_at is None,
        "bookable": what_may_be_booked(intake.patient, timezone.now()),
    }
    return render(request, f"intake/result_{_template(intake)}.html", context)


def _template(intake: Intake) -> str:
    if intake.next_step == "emergency":
        return "evaluation"
    return intake.next_step


def told_by_level(intake: Intake) -> list[tuple[str, str]]:
    """Return (level, told text) of each flag: urgent, red, caution, then by rule; once each."""
    fired = intake.flags.exclude(rule=NOT_JUDGED).values_list("rule", flat=True)
    flags = [rule(one) for one in fired]
    flags.sort(key=lambda flag: (LEVELS.index(flag.level), flag.id))
    told: dict[str, str] = {}
    for flag in flags:
        told.setdefault(_(flag.told), flag.level)
    return [(level, text) for text, level in told.items()]


def rows_of(section: Section, answers: Answers) -> list[AnswerRow]:
    """Return the questions of one section that apply, with what was answered."""
    url = reverse("intake_section", args=[section.slug])
    return [
        AnswerRow(
            _(question.text),
            tuple(answer_lines(question, answers)),
            f"{url}?from={FROM_CHECK}#div_id_{field_name(question.id)}",
        )
        for question in shown(section, answers)
    ]


def answer_lines(question: Question, answers: Answers) -> Iterable[str]:
    """Yield an answer in the words it was given in; nothing when there is none."""
    value: Any = answers.values.get(question.id)
    if value is None:
        return
    words = {choice.id: _(choice.text) for choice in question.choices}
    if question.kind == "date":
        weeks = answers.weeks_since_birth
        yield _("%(day)s (%(weeks)s weeks ago)") % {
            "day": day(date.fromisoformat(value)),
            "weeks": weeks,
        }
    elif question.kind == "scale":
        yield _("%(number)s out of 10") % {"number": value}
    elif question.kind == "integer":
        yield _("%(number)s hours") % {"number": value}
    elif isinstance(value, tuple):
        yield from (words[one] for one in value)
    else:
        yield words.get(value, str(value))
