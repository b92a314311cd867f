"""Words for the review pages: a person's initials, a due time, a flag, an answer."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.templatetags.look import clock, day
from intake.models import Flag, Intake
from intake.questionnaire.definition import Question
from intake.triage.rules import ACTIONS, DOMAINS, LEVELS, rule

DOMAIN_WORDS = {
    "safety": gettext_lazy("Safety"),
    "background": gettext_lazy("Birth and healing"),
    "leak": gettext_lazy("Leaking"),
    "heaviness": gettext_lazy("Heaviness"),
    "pain": gettext_lazy("Pain"),
    "readiness": gettext_lazy("Readiness"),
}
# Check-in rules name no domain. These are the starts of the question ids they read.
_CHECKIN_DOMAINS = (
    ("ci.leak", "leak"),
    ("ci.heavy", "heaviness"),
    ("ci.pain", "pain"),
    ("ci.load", "readiness"),
    ("ci.worry", "readiness"),
)
LEVEL_WORDS = {
    "urgent": gettext_lazy("urgent"),
    "red": gettext_lazy("red"),
    "caution": gettext_lazy("caution"),
}
MARK_WORDS = {
    **dict(Flag.Mark.choices),
    Flag.OVERRIDDEN: gettext_lazy("Overridden"),
}
ACTION_WORDS = {
    "call_911": gettext_lazy("Told to call 911"),
    "go_er": gettext_lazy("Told to go to the emergency room"),
    "crisis_988": gettext_lazy("Told to call or text 988"),
    "call_provider_now": gettext_lazy("Told to call the OB or midwife now"),
}
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


def domain_of(rule_id: str, domain: str) -> str:
    """Return the domain of a flag.

    A check-in's rule has none of its own and gets that of the first question it reads, safety
    where that question is about none of the others.
    """
    if domain:
        return domain
    reads = rule(rule_id).condition.reads
    return next(
        (named for start, named in _CHECKIN_DOMAINS if reads[0].startswith(start)), "safety"
    )


def flag_words(levels: Iterable[tuple[str, str]], of_level: str) -> list[str]:
    """Return one label for each domain, the most serious first.

    `levels` are (domain, level) pairs. A label names its level where that differs from
    `of_level`, the level of the whole row. Flags without a domain are left out.
    """
    highest: dict[str, str] = {}
    # LEVELS runs from the most serious down, so the first level seen of a domain is its highest.
    for domain, level in sorted(levels, key=lambda pair: LEVELS.index(pair[1])):
        highest.setdefault(domain, level)
    named = [name for name in DOMAINS if name in highest]
    # The sort is stable: domains of the same level stay in the order of DOMAINS.
    named.sort(key=lambda name: LEVELS.index(highest[name]))
    return [_domain_at(name, highest[name], of_level) for name in named]


def _domain_at(domain: str, level: str, of_level: str) -> str:
    words = str(DOMAIN_WORDS[domain])
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
    number = intake.appointment.service.visit_number
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
