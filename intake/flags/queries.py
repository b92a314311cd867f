"""Flags as a clinician reads them, with their evidence in words, and what patients are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from intake.flags.labels import DOMAIN_WORDS, answer_words, by_danger, domains_of, name_of
from intake.flags.said_first import said_before
from intake.models import Concern, Flag, Intake, UrgentCall
from intake.questionnaire.definition import Question, Questionnaire
from intake.questionnaire.earlier_versions import form_in
from intake.triage.evaluate import NOT_JUDGED
from intake.triage.rules import LEVELS, URGENT, Level, rule
from intake.triage.running_order import (
    LINES,
    WAIT,
    WALK,
    listed_text,
    once_each,
    strictest,
)


@dataclass(frozen=True)
class FlagView:
    """One flag in words: a rule that fired, or what a clinician added by hand.

    `about` is its domain in words, several where a rise has them. `evidence` are (question,
    answers) pairs. `told` is what the patient is told, `why` the reason for the team; both may be
    "", and `about` is where the name says it already.
    """

    row: Flag
    name: str
    about: str
    evidence: Sequence[tuple[str, Sequence[str]]]
    told: str
    why: str
    sources: str

    @property
    def must_be_marked(self) -> bool:
        """Whether a decision can only be signed with a mark on this flag."""
        return self.row.level in Flag.MUST_BE_MARKED

    @property
    def can_be_overridden(self) -> bool:
        """Whether a clinician may call the flag wrong.

        Only what a rule found can be: not what a clinician added, and not that nobody judged.
        """
        return not self.row.is_by_hand and self.row.rule != NOT_JUDGED


def form_of(intake: Intake) -> Questionnaire:
    """Return the questionnaire this form answers, in the words in which it was sent."""
    return form_in(intake.kind, intake.questionnaire_version)


def told_by_hand(intake: Intake) -> list[str]:
    """Return what the patient is told about flags added by hand, where a clinician wrote it."""
    flags = intake.flags.filter(added_at__isnull=False).in_order()
    return [told for flag in flags if (told := flag.words["told"])]


def seriousness(flag: Flag) -> tuple[int, int, str]:
    """Return the sort key of a flag: the most serious first, then the most dangerous rule."""
    return by_danger(flag.rule, flag.level)


def unflagged_view(
    rule_id: str, concern: Concern, calls: Sequence[UrgentCall], form: Questionnaire
) -> FlagView:
    """Return a concern without a flag, with the answers as they were given on their page.

    It is shown like a flag that is never saved. Opens sealed answers.
    """
    fired = rule(rule_id)
    answers: dict[str, Any] = {}
    for call in calls:
        if rule_id in call.rules:
            answers |= call.answers
    # A rule may read more questions than those whose urgent answers the calls hold.
    read = [question for question in fired.condition.reads if question in answers]
    flag = Flag(
        rule=rule_id,
        level=concern.level,
        domain=fired.domain,
        evidence=[(question, answers[question]) for question in read],
    )
    return flag_view(flag, form)


def flag_view(flag: Flag, form: Questionnaire) -> FlagView:
    """Return a flag in words. Opens sealed answers: the caller records the reading first."""
    # These two are not in the table of rules, which is asked below.
    name = name_of(flag.rule, flag.domain)
    if flag.is_by_hand:
        told, why = flag.words["told"], flag.words["reason"]
        return FlagView(flag, name, "", evidence=[], told=told, why=why, sources="")
    if flag.rule == NOT_JUDGED:
        why = _("The rules could not judge these answers. Read all of them.")
        return FlagView(flag, name, "", evidence=[], told="", why=why, sources="")
    fired = rule(flag.rule)
    # The evidence is (question id, value) pairs; several values of one question become one line.
    found: dict[str, list[str]] = {}
    for asked, value in flag.evidence:
        text, words = _evidence_words(form, asked, value)
        found.setdefault(text, []).extend(words)
    domains = domains_of(flag.rule, flag.domain, [asked for asked, _value in flag.evidence])
    return FlagView(
        row=flag,
        name=name,
        about=", ".join(str(DOMAIN_WORDS[one]) for one in domains),
        evidence=list(found.items()),
        told=_(fired.told),
        why=_(fired.why) if fired.why else "",
        sources=", ".join(fired.sources),
    )


def _evidence_words(form: Questionnaire, asked: str, value: Any) -> tuple[str, list[str]]:
    """Return a question and its answer in words; ids if the question is no longer in the form."""
    try:
        question = form.question(asked)
    except KeyError:
        return asked, [str(value)]
    return _(question.text), in_words(question, value)


def in_words(question: Question, value: object) -> list[str]:
    """Return an answer in words: "Not provided" where none was given."""
    return [_("Not provided")] if value is None else answer_words(question, value)


@dataclass(frozen=True)
class Told:
    """What a sent form tells the patient, translated.

    `running` is the one order about running, above the list; "" without one. With `may_run` that
    order leaves room for runs. `texts` are (level, text) pairs, the most serious first, then by
    rule id.
    """

    running: str
    may_run: bool
    texts: Sequence[tuple[str, str]]


def told_to_patient(intake: Intake, *, offers_program: bool = False) -> Told:
    """Return what a sent form tells the patient now.

    Whatever it says about running, she waits while something more serious is open about her.
    `offers_program` says that the page offers the program before the list, so that a text may name
    it. Source: docs/clinical.md, "One order about running".
    """
    waits = said_before(intake) is not None
    return _told(intake, offers_program=offers_program, waits=waits)


def told_by_form(intake: Intake) -> Told:
    """Return what the rules of a sent form say by themselves: history, which the page must date."""
    return _told(intake, offers_program=False, waits=False)


def _told(intake: Intake, *, offers_program: bool, waits: bool) -> Told:
    # Each text and each sentence comes once, where it is first.
    level = cast(Level, intake.level)
    # What a clinician added by hand is told with her decision.
    fired = intake.flags.filter(added_at__isnull=True).only("rule")
    rules = [rule(flag.rule) for flag in fired if flag.rule != NOT_JUDGED]
    rules.sort(key=lambda one: (LEVELS.index(one.level), one.id))
    line = WAIT if waits else strictest(rules, level)
    said = [listed_text(one, line, level=level, offers_program=offers_program) for one in rules]
    texts = once_each([_(text) if text else "" for text in said])
    pairs = zip(rules, texts, strict=True)
    return Told(
        running=_(LINES[line]) if line else "",
        may_run=level != URGENT and line not in (WAIT, WALK),
        texts=[(one.level, text) for one, text in pairs if text],
    )
