"""Words for the review pages: a person's initials, a due time, a flag, an answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.templatetags.look import clock, day
from intake.models import Flag, Intake
from intake.questionnaire.definition import Question
from intake.triage.evaluate import NOT_JUDGED
from intake.triage.rules import ACTIONS, LEVELS, Level, danger, rule, rule_name

# What a flag is about. A score has its own name: see `intake.progress.charts.NAMES`.
DOMAIN_WORDS = {
    "safety": gettext_lazy("Safety"),
    "background": gettext_lazy("Birth and healing"),
    "leak": gettext_lazy("Leaking"),
    "heaviness": gettext_lazy("Heaviness"),
    "pain": gettext_lazy("Pain"),
    "readiness": gettext_lazy("Load, energy and mood"),
}
# Check-in rules name no domain. Those that read one of the questions below are about what it asks.
_CHECKIN_DOMAINS = (
    ("ci.leak", "leak"),
    ("ci.heavy", "heaviness"),
    ("ci.pain", "pain"),
    ("ci.load", "readiness"),
    ("ci.worry", "readiness"),
)
# The list of warning signs asks about everything. These rules are about what the intake's rules on
# the same signs are about; the others are about safety.
_WARNING_DOMAINS = {
    "CU-BULGE": "heaviness",
    "CU-CAUDA": "pain",
    "CR-BULGE": "heaviness",
    "CR-STOOL": "leak",
    "CR-NERVE": "pain",
    "CR-BONE": "pain",
    "CR-LINGER": "readiness",
    "CR-BLEED": "background",
    "CR-MOOD": "readiness",
    "CR-PREGNANT": "background",
}
LEVEL_WORDS = {
    "urgent": gettext_lazy("urgent"),
    "red": gettext_lazy("red"),
    "caution": gettext_lazy("caution"),
}
MARK_WORDS = {
    **dict(Flag.Mark.choices),
    Flag.OVERRIDDEN: gettext_lazy("Overridden"),
}
# Said when somebody would resolve what still waits for a call or a private check-in.
NOT_YET = gettext_lazy(
    "She has not been reached yet. Record what came of it first. Until then this can be held or "
    "referred out."
)
ACTION_WORDS = {
    "call_911": gettext_lazy("Told to call 911"),
    "go_er": gettext_lazy("Told to go to the emergency room"),
    "crisis_988": gettext_lazy("Told to call or text 988"),
    "call_provider_now": gettext_lazy("Told to call the OB or midwife now"),
}
# A row of a list has place for the names of so many flags.
MOST_NAMES = 3
# Unicode marks that reverse or hide text. A name must not rearrange a staff page.
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def initials(name: str) -> str:
    """Return the first letters of the first and the last name: "M.O."; one name gives one."""
    words = _DIRECTION_MARKS.sub("", name).split()
    # The second slice is empty for a single name, which would otherwise count twice.
    ends = words[:1] + words[1:][-1:]
    return "".join(f"{word[0]}." for word in ends)


def years_between(born_on: date | None, today: date) -> int | None:
    """Return the age in whole years on `today`, or None without a date of birth."""
    if born_on is None:
        return None
    # One year less before the birthday: True counts as 1.
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def domains_of(rule_id: str, domain: str, answered: Iterable[str] = ()) -> list[str]:
    """Return the domains of a flag: its own, or for a check-in's rule those of its evidence.

    `answered` are the question ids of the evidence: a rule that reads several domains, as that of a
    rise does, is about those in which it fired. A warning sign with no domain is about safety.
    """
    if domain:
        return [domain]
    if rule_id in _WARNING_DOMAINS:
        return [_WARNING_DOMAINS[rule_id]]
    read = tuple(answered) or rule(rule_id).condition.reads
    found = [
        named for asked in read for start, named in _CHECKIN_DOMAINS if asked.startswith(start)
    ]
    return list(dict.fromkeys(found)) or ["safety"]


def name_of(rule_id: str, domain: str = "") -> str:
    """Return what a flag is called: its rule's name, or its domain if a clinician added it."""
    if rule_id == NOT_JUDGED:
        return _("Not judged")
    if rule_id.startswith(Flag.BY_HAND):
        return str(DOMAIN_WORDS[domain])
    return _(rule_name(rule_id))


@dataclass(frozen=True)
class FlagWords:
    """The names of the most dangerous flags of a form, and how many more there are."""

    names: Sequence[str]
    more: int


def flag_words(flags: Iterable[tuple[str, str, str]], of_level: str) -> FlagWords:
    """Return the names of up to three flags, the most dangerous first.

    `flags` are (rule id, level, domain). A name says its level where that differs from `of_level`,
    the level of the whole form.
    """
    ordered = sorted(flags, key=lambda flag: by_danger(flag[0], flag[1]))
    names = [_name_at(*flag, of_level) for flag in ordered[:MOST_NAMES]]
    return FlagWords(names, more=len(ordered) - len(names))


def by_danger(rule_id: str, level: str) -> tuple[int, int, str]:
    """Return the sort key of a flag: the most serious level first, then the most dangerous rule."""
    return LEVELS.index(cast(Level, level)), danger(rule_id), rule_id


def _name_at(rule_id: str, level: str, domain: str, of_level: str) -> str:
    words = name_of(rule_id, domain)
    if rule_id.startswith(Flag.BY_HAND):
        words = _("%(domain)s, added by hand") % {"domain": words}
    return words if level == of_level else f"{words} ({LEVEL_WORDS[level]})"


def action_words(rule_ids: Iterable[str]) -> list[str]:
    """Return what these urgent rules told the patient to do, the most urgent action first."""
    wanted = {rule(rule_id).action for rule_id in rule_ids}
    return [str(ACTION_WORDS[action]) for action in ACTIONS if action in wanted]


def level_with(level: str, flags: Iterable[str]) -> str:
    """Return the most serious of a result's level and the levels of its flags.

    `level` may be "", that of a form that was not sent; it counts as less than clear.
    """
    return min((level, *flags), key=lambda one: LEVELS.index(one) if one else len(LEVELS))


def kind_words(intake: Intake) -> str:
    """Return "Check-in before visit 3" for a check-in, "" for a full intake."""
    if intake.appointment is None:
        return ""
    number = intake.appointment.visit_number
    if number is None:
        return _("Check-in")
    return _("Check-in before visit %(n)s") % {"n": number}


def due_words(due: datetime, now: datetime) -> str:
    """Return when something is due, or since when it is overdue, in the clinic's zone.

    Less than an hour ahead it is minutes, less than eight hours hours and minutes.
    """
    if due <= now:
        return _("Overdue since %(moment)s") % {"moment": _near(due, now)}
    left = due - now
    if left < timedelta(hours=1):
        # "in 0 minutes" would read as overdue.
        minutes = max(1, left // timedelta(minutes=1))
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    if left < timedelta(hours=8):
        hours, rest = divmod(left, timedelta(hours=1))
        return _("in %(h)s h %(m)s min") % {"h": hours, "m": rest // timedelta(minutes=1)}
    return _near(due, now)


def _near(moment: datetime, now: datetime) -> str:
    """Return a moment as briefly as possible, in the clinic's zone.

    Today it is the time alone, within a week the name of the day, otherwise the date.
    """
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    away = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    if away == 0:
        return clock(moment)
    names = {1: _("tomorrow"), -1: _("yesterday")}
    near = date_format(moment.astimezone(zone), "l") if abs(away) < 7 else day(moment)
    return f"{names.get(away) or near}, {clock(moment)}"


def answer_words(question: Question, value: object) -> list[str]:
    """Return an answer as the patient saw it, one text for each of its members.

    A choice becomes its text, a date a day; numbers and free text stay as they are.
    """
    texts = {choice.id: choice.text for choice in question.choices}
    values = value if isinstance(value, list | tuple) else [value]
    return [_one_answer(question, texts, member) for member in values]


def _one_answer(question: Question, texts: Mapping[str, str], value: object) -> str:
    if question.kind == "date":
        return str(day(date.fromisoformat(str(value))))
    # Free text, a number, or a choice that a later version of the form no longer has.
    return _(texts[value]) if isinstance(value, str) and value in texts else str(value)
