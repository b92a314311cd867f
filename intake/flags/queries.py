"""Flags as a clinician reads them: what a rule read, what it says, or what a colleague saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from intake.flags.labels import DOMAIN_WORDS, answer_words, domain_of
from intake.models import Flag, Intake, UrgentCall
from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire
from intake.triage.evaluate import NOT_JUDGED
from intake.triage.rules import LEVELS, Level, rule


@dataclass(frozen=True)
class FlagView:
    """A rule that fired, with its evidence in words: (question, answers) pairs."""

    row: Flag
    name: str
    evidence: Sequence[tuple[str, Sequence[str]]]
    told: str
    why: str
    sources: str

    @property
    def must_be_marked(self) -> bool:
        """Whether no decision is signed without a mark on it."""
        return self.row.level in Flag.MUST_BE_MARKED

    @property
    def can_be_overridden(self) -> bool:
        """Whether a rule said so: what a clinician added, or nobody judged, cannot be wrong."""
        return not self.row.is_by_hand and self.row.rule != NOT_JUDGED


def form_of(intake: Intake) -> Questionnaire:
    """Return the questionnaire this form answers."""
    return CHECKIN if intake.kind == Intake.Kind.CHECKIN else INTAKE


def told_by_hand(intake: Intake) -> list[str]:
    """Return what clinicians want the patient told about flags they added themselves."""
    flags = intake.flags.filter(added_at__isnull=False).order_by("rule")
    return [told for flag in flags if (told := flag.words["told"])]


def pressing(flag: Flag) -> tuple[int, str]:
    """Return the place of a flag among others: the most serious first, then by rule id."""
    return LEVELS.index(cast(Level, flag.level)), flag.rule


def called_for(call: UrgentCall, form: Questionnaire) -> list[FlagView]:
    """Return the urgent rules a page fired, with the answers as they were given on it."""
    return [flag_view(_unsaved_flag(call, rule_id), form) for rule_id in call.rules]


def _unsaved_flag(call: UrgentCall, rule_id: str) -> Flag:
    fired = rule(rule_id)
    read = [question for question in fired.condition.reads if question in call.answers]
    return Flag(
        rule=rule_id,
        level=fired.level,
        domain=fired.domain,
        evidence=[(question, call.answers[question]) for question in read],
    )


def flag_view(flag: Flag, form: Questionnaire) -> FlagView:
    """Say a flag in words. It opens sealed answers: the reading is recorded first."""
    if flag.is_by_hand:
        name, told = str(DOMAIN_WORDS[flag.domain]), flag.words["told"]
        return FlagView(flag, name, evidence=[], told=told, why=flag.words["reason"], sources="")
    if flag.rule == NOT_JUDGED:
        why = _("The rules could not judge these answers. Read all of them.")
        return FlagView(flag, _("Not judged"), evidence=[], told="", why=why, sources="")
    fired = rule(flag.rule)
    found: dict[str, list[str]] = {}
    for asked, value in flag.evidence:
        text, words = _evidence_words(form, asked, value)
        found.setdefault(text, []).extend(words)
    return FlagView(
        row=flag,
        name=str(DOMAIN_WORDS[domain_of(flag.rule, flag.domain)]),
        evidence=list(found.items()),
        told=_(fired.told),
        why=_(fired.why) if fired.why else "",
        sources=", ".join(fired.sources),
    )


def _evidence_words(form: Questionnaire, asked: str, value: Any) -> tuple[str, list[str]]:
    """Say what a rule read; of a question that is asked no more, the bare names."""
    try:
        question = form.question(asked)
    except KeyError:
        return asked, [str(value)]
    return _(question.text), in_words(question, value)


def in_words(question: Question, value: object) -> list[str]:
    """Return an answer in words, also one that was not given."""
    return [_("Not provided")] if value is None else answer_words(question, value)


def told_by_level(intake: Intake) -> list[tuple[str, str]]:
    """Return (level, told text) of each flag: urgent, red, caution, then by rule; once each."""
    # What a clinician added by hand is told with her decision.
    fired = intake.flags.filter(added_at__isnull=True).exclude(rule=NOT_JUDGED)
    flags = [rule(one) for one in fired.values_list("rule", flat=True)]
    flags.sort(key=lambda flag: (LEVELS.index(flag.level), flag.id))
    told: dict[str, str] = {}
    for flag in flags:
        told.setdefault(_(flag.told), flag.level)
    return [(level, text) for text, level in told.items()]
