"""Concerns as clinicians see them: what is open about a patient, and the history of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.practice.wall_time import clinic_date
from intake.concerns import history
from intake.concerns.actions import may_be_resolved
from intake.concerns.states import MARKS
from intake.episodes.open_concerns import open_concerns
from intake.flags.labels import MARK_WORDS
from intake.flags.queries import flag_view, form_of
from intake.models import Concern, ConcernEvent, Flag, Intake, Task
from intake.triage.evaluate import NOT_JUDGED
from intake.triage.rules import rule


@dataclass(frozen=True)
class ConcernView:
    """One concern in words. `not_mentioned_on` is when a later form was silent on it, or None."""

    row: Concern
    rule: str
    name: str
    not_mentioned_on: date | None


@dataclass(frozen=True)
class HistoryLine:
    """One line of a concern's history; `evidence` are (question, answers) pairs."""

    at: datetime
    by: str
    what: str
    reason: str
    evidence: Sequence[tuple[str, Sequence[str]]]
    form: Intake | None


@dataclass(frozen=True)
class ConcernPage:
    """Everything the page of a concern shows. `seen` is the length of its own history."""

    view: ConcernView
    seen: int
    lines: Sequence[HistoryLine]
    tasks: Sequence[Task]
    may_be_resolved: bool
    why: str


def concerns_elsewhere(intake: Intake, here: Mapping[str, Concern]) -> list[ConcernView]:
    """Return what is open about the patient besides what is marked on this form."""
    marked = {one.pk for one in here.values()}
    rows = [one for one in open_concerns(intake.patient_id) if one.pk not in marked]
    return [concern_view(one) for one in rows]


def concern_view(concern: Concern) -> ConcernView:
    """Return a concern in words. Opens its sealed rule: the caller records the reading."""
    return ConcernView(
        row=concern,
        rule=_rule_words(concern.rule),
        name=_view_of(concern, []).name,
        not_mentioned_on=_not_mentioned_on(concern),
    )


def _rule_words(rule_id: str) -> str:
    return _("Added by hand") if rule_id.startswith(Flag.BY_HAND) else rule_id


def _not_mentioned_on(concern: Concern) -> date | None:
    later = (
        Intake.objects.full()
        .sent()
        .filter(patient=concern.patient_id, sent_at__gt=concern.last_fired_at)
    )
    at = later.order_by("sent_at").values_list("sent_at", flat=True).last()
    return None if at is None else clinic_date(at, settings.CLINIC_TIME_ZONE)


def _view_of(concern: Concern, evidence: Sequence[Any]) -> Any:
    """Return the concern as a flag in words, with this evidence."""
    if concern.rule.startswith(Flag.BY_HAND):
        flag = Flag.objects.get(pk=concern.rule.removeprefix(Flag.BY_HAND))
        return flag_view(flag, form_of(concern.last_form))
    domain = "background" if concern.rule == NOT_JUDGED else rule(concern.rule).domain
    unsaved = Flag(rule=concern.rule, level=concern.level, domain=domain, evidence=list(evidence))
    return flag_view(unsaved, form_of(concern.last_form))


def concern_page(concern_id: UUID) -> ConcernPage:
    """Return what the page of a concern shows. Raises Concern.DoesNotExist.

    Opens sealed answers and words: the caller records the reading.
    """
    concern = Concern.objects.select_related("patient", "last_form", "changed_by").get(
        pk=concern_id
    )
    events = ConcernEvent.objects.filter(concern__in=[concern, *concern.merged_rows.all()])
    found = list(events.select_related("words", "by").order_by("at", "pk"))
    forms = Intake.objects.in_bulk(
        {words["form"] for one in found if "form" in (words := history.words_of(one))}
    )
    by_key = {str(key): form for key, form in forms.items()}
    return ConcernPage(
        view=concern_view(concern),
        seen=sum(one.concern_id == concern.pk for one in found),
        lines=[_line(concern, one, by_key) for one in found],
        tasks=list(concern.tasks.exclude(status=Task.Status.MERGED).order_by("created_at")),
        may_be_resolved=may_be_resolved(concern),
        why=_view_of(concern, []).why,
    )


def _line(concern: Concern, event: ConcernEvent, forms: Mapping[str, Intake]) -> HistoryLine:
    words = history.words_of(event)
    what = str(ConcernEvent.Kind(event.kind).label)
    if event.kind == ConcernEvent.Kind.MARKED and words.get("mark") in MARKS:
        what = str(MARK_WORDS[words["mark"]])
    evidence = words.get("answers") or []
    return HistoryLine(
        at=event.at,
        by=event.by.get_full_name() if event.by else "",
        what=what,
        reason=words.get("reason", ""),
        evidence=_view_of(concern, evidence).evidence if evidence else [],
        form=forms.get(words.get("form", "")),
    )
