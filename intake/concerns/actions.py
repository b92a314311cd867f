"""Raise concerns, take answers back, mark them, and bring those of two rows together.

Each renews what may be booked in the same transaction, or leaves it to a caller that says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.concerns import history, rows
from intake.concerns.states import resolves
from intake.concerns.task_kinds import COMPARE, URGENT_CALL, kind_before_review, kind_owed_for
from intake.concerns.tasks import note_if_unreached, owe_task, stand_for
from intake.episodes.open_concerns import open_concerns
from intake.episodes.referrals import refer_patient
from intake.models import Concern, Decision, Decline, Flag, Intake, Task, TaskEvent, UrgentCall

# Of these one task stands for those of two rows that were one person.
MERGED_KINDS = (URGENT_CALL, COMPARE)


@dataclass(frozen=True)
class Firing:
    """A rule that fired on a form, with the answers that made it fire (JSON)."""

    rule: str
    level: str
    evidence: Any


class NotYet(Exception):
    """The concern cannot be resolved yet: what the clinic owes her has no outcome."""


class ChangedSince(Exception):
    """The concern has changed since the page was opened. Nothing was marked."""


def raise_concerns(form: Intake, fired: Iterable[Firing], *, context: Context) -> list[Concern]:
    """Raise a concern for each urgent and red rule that fired, and owe the tasks that follow.

    A rule whose concern is open adds to it. The caller saves the form and renews the referral.
    """
    patient = Patient.objects.select_for_update().get(pk=form.patient_id)
    found, owed = [], dict[str, list[tuple[str, Concern]]]()
    for one in fired:
        concern = rows.fire(
            patient=patient,
            rule=one.rule,
            level=one.level,
            form=form,
            evidence=one.evidence,
            now=context.now,
        )
        found.append(concern)
        kind = kind_owed_for(one.rule, one.level)
        if kind:
            owed.setdefault(kind, []).append((one.rule, concern))
    for kind, because in owed.items():
        owe_task(
            patient=patient,
            kind=kind,
            rules=[rule for rule, _concern in because],
            concerns=[concern for _rule, concern in because],
            context=context,
        )
    return found


def raise_by_hand(flag: Flag, *, context: Context) -> Concern:
    """Raise the concern of a red flag that a clinician added. The caller renews the referral."""
    return rows.fire(
        patient=Patient.objects.select_for_update().get(pk=flag.intake.patient_id),
        rule=rule_of(flag),
        level=flag.level,
        form=flag.intake,
        evidence=[],
        now=context.now,
        by=flag.added_by,
    )


def rule_of(flag: Flag) -> str:
    """Return the rule by which the flag's concern is known: for one added by hand its own."""
    return f"{Flag.BY_HAND}{flag.copied_from_id or flag.pk}" if flag.is_by_hand else flag.rule


def concerns_of(form: Intake, *, flags: Iterable[Flag]) -> dict[str, Concern]:
    """Return by rule id the concern behind each of these urgent and red flags of the form.

    The unresolved one, else the latest. Takes one statement.
    """
    by_digest = {
        digest: flag.rule
        for flag in flags
        if flag.level in Flag.MUST_BE_MARKED
        for digest in rows.digests_of(form.patient_id, rule_of(flag))
    }
    found = Concern.objects.filter(digest__in=by_digest).exclude(state=Concern.State.MERGED)
    # The last one of a digest stays in the dict: the unresolved one comes last.
    in_order = sorted(found, key=lambda one: (one.is_open, one.raised_at))
    return {by_digest[one.digest]: one for one in in_order}


def markable_concerns(form: Intake, flags: Iterable[Flag]) -> dict[str, Concern]:
    """Return by rule id the concerns that a mark on these flags of the form counts for.

    Resolved ones too: a later decision may hold again what an earlier one resolved. Not one whose
    rule has fired on a later form since: that form must be read first.
    """
    found = concerns_of(form, flags=flags)
    return {rule: one for rule, one in found.items() if one.last_form_id == form.pk}


def unflagged_concerns(form: Intake, flags: Iterable[Flag]) -> dict[str, Concern]:
    """Return by rule the open concerns that this form raised and has no flag for.

    They are those of a form that was not sent, and of answers taken back before it was.
    """
    flagged = {rule_of(flag) for flag in flags}
    rows_of_form = Concern.objects.open().filter(last_form=form)
    found = {one.rule: one for one in rows_of_form}
    return {
        rule: one
        for rule, one in sorted(found.items())
        if rule not in flagged and not rule.startswith(Flag.BY_HAND)
    }


def concerns_to_mark(form: Intake, flags: Iterable[Flag]) -> dict[str, Concern]:
    """Return by rule id every concern that a decision on this form marks."""
    known = list(flags)
    return {**markable_concerns(form, known), **unflagged_concerns(form, known)}


def unresolved_flags(form: Intake) -> list[Flag]:
    """Return the form's urgent and red flags whose concern is not resolved."""
    flags = list(form.flags.to_mark())
    concerns = concerns_of(form, flags=flags)
    return [flag for flag in flags if flag.rule in concerns and concerns[flag.rule].is_open]


def may_be_resolved(concern: Concern) -> bool:
    """Return whether a clinician may resolve it now.

    What obliged the clinic to a call or a private check-in waits until that has an outcome.
    """
    kind = kind_before_review(concern.rule, concern.level)
    if not kind or not concern.is_open:
        return True
    tasks = Task.objects.filter(concerns=concern, kind=kind).exclude(status=Task.Status.MERGED)
    statuses = list(tasks.values_list("status", flat=True))
    return bool(statuses) and all(one == Task.Status.DONE for one in statuses)


@retried
def mark_concern(
    *, concern_id: UUID, seen: int | None, mark: str, reason: str, by: User, context: Context
) -> Concern:
    """Mark a concern on its own page, whatever form it came from, and renew the referral.

    `seen` is how many entries its history had on that page: a mark answers what was there to read.
    Raises ChangedSince when there are others by now, NotYet when the mark would resolve it too
    early, and Concern.DoesNotExist when it is not open.
    """
    # The form before the patient's row: the lock order of every action that changes a referral.
    form_id = Concern.objects.open().values_list("last_form", flat=True).get(pk=concern_id)
    form = Intake.objects.select_for_update().get(pk=form_id)
    patient_id = form.patient_id
    Patient.objects.select_for_update().get(pk=patient_id)
    concern = Concern.objects.open().get(pk=concern_id)
    if concern.events.count() != seen or concern.last_form_id != form_id:
        raise ChangedSince
    if resolves(mark) and not may_be_resolved(concern):
        raise NotYet
    rows.mark(concern, mark=mark, reason=reason, by=by, now=context.now)
    # A page of the form that was opened before would mark it again without knowing of this.
    Intake.objects.filter(pk=form_id).update(version=F("version") + 1)
    record(context.actor, "mark concern", concern, patient=patient_id, reason=mark)
    refer_patient(patient_id=patient_id, context=context)
    return concern


def decline(decision: Decision, *, context: Context) -> None:
    """Store that the patient is declined. The caller renews the referral."""
    Decline.objects.create(
        patient_id=decision.intake.patient_id, decision=decision, declined_at=context.now
    )


def take_back_decline(patient_id: UUID, *, by: User, context: Context) -> int:
    """End every decline of the patient; return how many. The caller renews the referral."""
    lasting = Decline.objects.filter(patient=patient_id, ended_at__isnull=True)
    return lasting.update(ended_at=context.now, ended_by=by)


def merge_concerns(*, kept: Patient, merged: Patient, context: Context) -> None:
    """Give everything open about `merged` to `kept`. Nothing is resolved by it.

    The caller holds both rows. Renews the referral of `kept` where one follows.
    """
    stands_for = {
        one.pk: rows.move(one, kept=kept, now=context.now)
        for one in Concern.objects.filter(patient=merged).order_by("raised_at", "pk")
    }
    _merge_tasks(kept, merged, stands_for, context)
    Decline.objects.filter(patient=merged).update(patient=kept)
    refer_patient(patient_id=kept.pk, context=context)


def _merge_tasks(
    kept: Patient, merged: Patient, stands_for: Mapping[UUID, Concern], context: Context
) -> None:
    for task in Task.objects.filter(patient__in=(kept, merged)).order_by("created_at", "pk"):
        concerns = [stands_for.get(one.pk, one) for one in task.concerns.all()]
        task.concerns.set([one.merged_into or one for one in concerns])
    for task in Task.objects.filter(patient=merged).order_by("created_at", "pk"):
        same = Task.objects.open().filter(patient=kept, kind=task.kind).first()
        if not task.is_open or same is None or task.kind not in MERGED_KINDS:
            task.patient = kept
            task.save(update_fields=["patient"])
            continue
        _merge_task(same, task, kept, context)


def _merge_task(first: Task, second: Task, kept: Patient, context: Context) -> None:
    """Let the task `first` stand for both: due at the earlier time, and as loud as the louder."""
    was_unreached = Task.Status.UNREACHED in (first.status, second.status)
    stand_for(first, second, kept=kept)
    UrgentCall.objects.filter(task=second).update(task=first)
    history.note_task(second, TaskEvent.Kind.MERGED, at=context.now)
    first.rules = sorted({*first.rules, *second.rules})
    first.actions = list(dict.fromkeys([*first.actions, *second.actions]))
    first.danger = min(first.danger, second.danger)
    first.is_sensitive = first.is_sensitive or second.is_sensitive
    first.due_at = min(first.due_at, second.due_at)
    first.tries_from = min(first.tries_from, second.tries_from)
    first.owner = first.owner or second.owner
    if was_unreached:
        first.status = Task.Status.UNREACHED
    first.save()
    first.concerns.add(*second.concerns.all())
    history.note_task(first, TaskEvent.Kind.MERGED, at=context.now)
    note_if_unreached(first, context)


__all__ = [
    "ChangedSince",
    "Firing",
    "NotYet",
    "concerns_of",
    "concerns_to_mark",
    "decline",
    "mark_concern",
    "markable_concerns",
    "may_be_resolved",
    "merge_concerns",
    "open_concerns",
    "raise_by_hand",
    "raise_concerns",
    "rule_of",
    "take_back_decline",
    "unflagged_concerns",
    "unresolved_flags",
]
