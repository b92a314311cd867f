"""Filters that put stored values into words: levels, outcomes, results.

Each has a table here, so that no template needs a chain of conditions.
"""

from collections.abc import Sequence

from django import template
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment
from clinic.templatetags.look import day
from intake.concern_pages.queries import concern_view
from intake.concerns.task_kinds import outcome_of
from intake.day_sheet.queries import DayRow
from intake.flags.labels import LEVEL_WORDS
from intake.models import Concern, Task
from intake.review.case import AnswerView
from intake.visit_records.batteries import ITEMS
from intake.visit_records.words import before_words, stage_words

register = template.Library()
Words = str | Promise

# The keys are the outcomes of a check-in: `Intake.next_step` where the kind is check-in. An outcome
# that is not among the icons has "pause": hold impact and stop.
CHECKIN_ICONS = {"progress": "clear", "repeat_stage": "caution"}
CHECKIN_TITLES: dict[str, Words] = {
    "progress": gettext_lazy("Carry on as planned"),
    "repeat_stage": gettext_lazy("Stay at your stage for now"),
    "hold_impact": gettext_lazy("Please hold off on running and jumping"),
    "stop": gettext_lazy("Please get care first"),
}
CHECKIN_SHORT: dict[str, Words] = {
    "progress": gettext_lazy("Check-in: progress"),
    "repeat_stage": gettext_lazy("Check-in: repeat the stage"),
    "hold_impact": gettext_lazy("Check-in: hold impact"),
    "stop": gettext_lazy("Check-in: stop"),
}
CHECKIN_FOR_THE_DESK: dict[str, Words] = {
    "progress": gettext_lazy("The visit goes ahead as planned."),
    "repeat_stage": gettext_lazy("The visit goes ahead. The patient stays at the same stage."),
    "hold_impact": gettext_lazy(
        "The visit goes ahead without impact. A clinician looks at it first."
    ),
    "stop": gettext_lazy(
        "Stop. The visit waits until the patient has been seen; an urgent call is on the list."
    ),
}
RESULTS: dict[str, Words] = {
    "pass": gettext_lazy("pass"),
    "borderline": gettext_lazy("borderline"),
    "fail": gettext_lazy("fail"),
}
EMPTY_QUEUES: dict[str, Words] = {
    "done": gettext_lazy("Signed cases will appear here."),
    "mine": gettext_lazy(
        "You are reviewing nothing. A case is yours for 15 minutes when you start the review."
    ),
}
SEEN: tuple[Words, ...] = (gettext_lazy("leak"), gettext_lazy("heavy"), gettext_lazy("limp"))


@register.filter
def checkin_icon(outcome: str) -> str:
    """Return the icon of a check-in's outcome."""
    return CHECKIN_ICONS.get(outcome, "pause")


@register.filter
def checkin_title(outcome: str) -> Words:
    """Return the first sentence for the patient about a check-in's outcome."""
    return CHECKIN_TITLES[outcome]


@register.filter
def checkin_short(outcome: str) -> Words:
    """Return a check-in's outcome as it is shown on the clinician's day."""
    return CHECKIN_SHORT[outcome]


@register.filter
def checkin_for_the_desk(outcome: str) -> Words:
    """Return what a check-in's outcome means for the visit, in words for the desk."""
    return CHECKIN_FOR_THE_DESK[outcome]


@register.filter
def result_words(result: str) -> Words:
    """Return the result of a test in words."""
    return RESULTS.get(result, _("not tested"))


@register.filter
def seen_words(position: int) -> Words:
    """Return the short name of what may be seen during a test, by its position from 0."""
    return SEEN[position]


@register.filter
def record_words(row: DayRow) -> str:
    """Return how far the record of a visit is."""
    if row.is_signed:
        return _("Signed")
    return _("Not signed") if row.is_recorded else _("Begin")


@register.filter
def empty_queue(tab: str) -> Words:
    """Return the text of a tab of the review queue with nothing in it."""
    nothing = _("Nothing waits. Intakes with something to look at will appear here.")
    return EMPTY_QUEUES.get(tab, nothing)


@register.filter
def why_unanswered(answer: AnswerView) -> str:
    """Return why a question of a case has no answer."""
    if not answer.applies:
        return _("Did not apply")
    return _("Not provided") if answer.is_required else _("Not provided (optional)")


register.filter(stage_words)
register.filter(before_words)


@register.filter
def open_words(concern: Concern) -> str:
    """Return what is open about a patient: about what, how serious, its state, and since when.

    Opens the sealed rule: the page records its reading.
    """
    return _("%(about)s (%(level)s), %(state)s, since %(day)s") % {
        "about": concern_view(concern).name,
        "level": LEVEL_WORDS[concern.level],
        "state": str(concern.get_state_display()).lower(),
        "day": day(concern.raised_at),
    }


@register.filter
def described_by(field: BoundField, hint: str) -> str:
    """Return the ids for aria-describedby of a question: its hint, if any, and its errors."""
    ids = [f"{field.auto_id}_helptext"] if hint else []
    return " ".join([*ids, f"{field.auto_id}_error"] if field.errors else ids)


@register.filter
def visit_line(visit: Appointment) -> str:
    """Return which visit it is, its status, and the patient's wish about an internal exam."""
    name = visit.service.name
    if visit.visit_number:
        words = {"n": visit.visit_number, "all": visit.visit_count, "name": name}
        name = _("%(n)s of %(all)s, %(name)s") % words
    wish = [visit.get_exam_wish_display()] if visit.exam_wish else []
    told = [visit.told_words] if visit.told_at is not None else []
    state = _("Not confirmed yet") if visit.is_provisional else visit.get_status_display()
    return " · ".join([name, state, *told, *wish])


@register.filter
def tests_in_words(due: Sequence[str]) -> str:
    """Return the names of the tests that are due at a visit."""
    return ", ".join(_(ITEMS[key].name) for key in due) or _("Nothing more")


@register.filter
def sides(is_sided: bool) -> str:
    """Return whether a test's amounts are for each side or overall, in words."""
    return _("Left, right") if is_sided else _("Overall")


@register.filter
def share_words(share: int | None) -> str:
    """Return how much of the open hours was booked, in percent; None means that none was open."""
    return _("None open") if share is None else f"{share}%"


@register.filter
def outcome_words(task: Task) -> str:
    """Return how a task ended, in words; "" while it has no outcome."""
    return _(outcome_of(task.kind, task.outcome).words) if task.outcome else ""
