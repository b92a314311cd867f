"""Move what was kept on forms and calls into concerns and tasks, once, from a migration.

It reads and writes through the models of the migration. Nothing is mailed, and no booked visit,
hold or enrollment changes; referrals only become stricter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from clinic.database.digests import keyed_digest, new_salt, salted_digest
from intake.concerns.replaying import (
    Moved,
    MovedConcern,
    MovedTask,
    Past,
    PastChange,
    PastDecision,
    PastFiring,
    PastOutcome,
    PastVisit,
    replay,
    without_what_is_over,
)
from intake.concerns.states import RESOLVED
from intake.concerns.task_kinds import SENSITIVE, danger_of
from intake.triage.rules import ACTIONS, rule

# `apps.get_model` of a migration.
Models = Callable[[str, str], Any]
TO_MARK = ("urgent", "red")


@dataclass
class Numbers:
    """What a move did, or would do."""

    patients: int = 0
    concerns: int = 0
    open_concerns: int = 0
    tasks: int = 0
    open_tasks: int = 0
    unreached: int = 0
    declined: int = 0
    closed: list[UUID] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the numbers as lines of text, without a name."""
        yield f"{self.patients} patients with forms"
        yield f"{self.concerns} concerns, {self.open_concerns} of them open"
        yield f"{self.tasks} tasks, {self.open_tasks} of them open, {self.unreached} not reached"
        yield f"{self.declined} declined"
        yield f"{len(self.closed)} patients whose booking or impact closes; they are in the queue"


def move_everything(models: Models, *, now: datetime, write: bool) -> Numbers:
    """Replay every patient's record and return the numbers; store the result if `write`."""
    numbers = Numbers()
    forms = models("intake", "Intake")
    patients = forms.objects.order_by("patient").values_list("patient", flat=True).distinct()
    for patient_id in list(patients):
        moved = replay(_past_of(models, patient_id))
        _count(numbers, moved)
        if write:
            _write(models, patient_id, moved, now)
        closes_booking = _closes_booking(models, patient_id, moved)
        if closes_booking or _closes_impact(models, patient_id, moved):
            numbers.closed.append(patient_id)
            if write:
                if closes_booking:
                    _supersede(models, patient_id, moved, now)
                _show(models, patient_id, moved, now)
    return numbers


def _count(numbers: Numbers, moved: Moved) -> None:
    tasks = without_what_is_over(moved)
    numbers.patients += 1
    numbers.concerns += len(moved.concerns)
    numbers.open_concerns += sum(one.state != RESOLVED for one in moved.concerns)
    numbers.tasks += len(tasks)
    numbers.open_tasks += sum(one.closed_at is None for one in tasks)
    numbers.unreached += sum(one.is_unreached for one in tasks)
    numbers.declined += moved.is_declined


# --- reading ---


def _past_of(models: Models, patient_id: UUID) -> list[Past]:
    forms = list(models("intake", "Intake").objects.filter(patient=patient_id))
    flags = list(models("intake", "Flag").objects.filter(intake__in=forms).select_related("intake"))
    calls = list(models("intake", "UrgentCall").objects.filter(intake__in=forms))
    past: list[Past] = []
    by_form = {form.pk: form for form in forms}
    for call in calls:
        past += _past_of_call(call, by_form[call.intake_id], flags)
    called = {(call.intake_id, one) for call in calls for one in call.rules}
    for flag in flags:
        fired = _past_of_flag(flag, called)
        if fired is not None:
            past.append(fired)
    past += _past_decisions(models, patient_id)
    past += _past_visits(models, patient_id)
    return past


def _past_of_call(call: Any, form: Any, flags: list[Any]) -> Iterator[Past]:
    for one in call.rules:
        read = [asked for asked in rule(one).condition.reads if asked in call.answers]
        evidence = [[asked, call.answers[asked]] for asked in read]
        yield PastFiring(call.raised_at, one, "urgent", str(form.pk), evidence, str(call.pk))
    if call.outcome_at is not None:
        yield PastOutcome(
            call.outcome_at, str(call.pk), call.outcome, call.outcome_note, call.outcome_by_id
        )
    is_sent_before = form.sent_at is not None and (
        call.changed_at is None or call.changed_at >= form.sent_at
    )
    if call.changed_at is not None and not is_sent_before:
        left = {flag.rule for flag in flags if flag.intake_id == form.pk}
        yield PastChange(call.changed_at, tuple(set(call.rules) - left), str(form.pk))


def _past_of_flag(flag: Any, called: set[tuple[UUID, str]]) -> PastFiring | None:
    """Return the firing of a flag, None for one that its call has told of and for a copy."""
    if flag.level not in TO_MARK or (flag.intake_id, flag.rule) in called:
        return None
    at = flag.intake.sent_at
    if flag.added_at is not None:
        if flag.added_at < at:
            return None  # copied from the form that this one corrects
        return PastFiring(flag.added_at, f"HAND-{flag.pk}", flag.level, str(flag.intake_id), [])
    return PastFiring(at, flag.rule, flag.level, str(flag.intake_id), flag.evidence)


def _hand_rules(models: Models, patient_id: UUID) -> dict[tuple[UUID, str], str]:
    """Return by form and rule id the rule by which the concern of a flag added by hand is known.

    A copy on a correction has that of the flag it was copied from.
    """
    flags = models("intake", "Flag").objects.filter(
        intake__patient=patient_id, added_at__isnull=False
    )
    first: dict[tuple[datetime, str], UUID] = {}
    found: dict[tuple[UUID, str], str] = {}
    for flag in flags.order_by("intake__sent_at", "pk"):
        origin = first.setdefault((flag.added_at, flag.rule), flag.pk)
        found[flag.intake_id, flag.rule] = f"HAND-{origin}"
    return found


def _past_decisions(models: Models, patient_id: UUID) -> Iterator[PastDecision]:
    decisions = models("intake", "Decision").objects.filter(
        intake__patient=patient_id, withdrawn_at__isnull=True
    )
    referrals = models("booking", "Referral").objects.filter(
        patient=patient_id, evaluation_opens_on__isnull=False
    )
    opened = set(referrals.values_list("made_at", flat=True))
    hand = _hand_rules(models, patient_id)
    unflagged = _unflagged_rules(models, patient_id)
    for one in decisions:
        content = one.content

        def known(asked: str, form: UUID = one.intake_id) -> str:
            return hand.get((form, asked), asked)

        yield PastDecision(
            at=one.decided_at,
            id=str(one.pk),
            form=str(one.intake_id),
            marks={known(asked): mark for asked, mark in content["marks"].items()},
            reasons={known(asked): why for asked, why in content.get("reasons", {}).items()},
            next_act=one.next_act,
            note=content.get("note", ""),
            by=one.decided_by_id,
            opened=one.decided_at in opened,
            # Whoever still wanted to ask had not done with it.
            read=unflagged.get(one.intake_id, ()) if one.next_act == "none" else (),
        )


def _unflagged_rules(models: Models, patient_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """Return by form the urgent rules that have no flag on it, which nobody could mark.

    They are those of a form that was not sent, and of answers taken back before it was.
    """
    flags = models("intake", "Flag").objects.filter(intake__patient=patient_id)
    flagged = {(flag.intake_id, flag.rule) for flag in flags}
    found: dict[UUID, set[str]] = {}
    for call in models("intake", "UrgentCall").objects.filter(patient=patient_id):
        left = {one for one in call.rules if (call.intake_id, one) not in flagged}
        found.setdefault(call.intake_id, set()).update(left)
    return {form: tuple(sorted(rules)) for form, rules in found.items()}


def _past_visits(models: Models, patient_id: UUID) -> Iterator[PastVisit]:
    visits = models("booking", "Appointment").objects.filter(patient=patient_id, status="completed")
    for visit in visits.select_related("clinician"):
        if visit.clinician.user_id is not None:
            yield PastVisit(visit.starts_at, visit.clinician.user_id)


# --- writing ---


def _write(models: Models, patient_id: UUID, moved: Moved, now: datetime) -> None:
    rows = {id(one): _write_concern(models, patient_id, one) for one in moved.concerns}
    for task in without_what_is_over(moved):
        row = _write_task(models, patient_id, task, now)
        row.concerns.add(*(rows[id(one)] for one in task.concerns))
    declines = models("intake", "Decline").objects
    for one in moved.declines:
        declines.create(
            patient_id=patient_id,
            decision_id=one.decision,
            declined_at=one.at,
            ended_at=one.ended_at,
            ended_by_id=one.ended_by,
        )


def _write_concern(models: Models, patient_id: UUID, moved: MovedConcern) -> Any:
    row = models("intake", "Concern").objects.create(
        patient_id=patient_id,
        rule=moved.rule,
        digest=keyed_digest("concern", patient_id, moved.rule),
        level=moved.level,
        state=moved.state,
        raised_at=moved.raised_at,
        last_fired_at=moved.last_fired_at,
        last_form_id=moved.last_form,
        changed_at=moved.changed_at,
        changed_by_id=moved.changed_by,
    )
    versions = dict(
        models("intake", "Intake")
        .objects.filter(pk__in=moved.forms)
        .values_list("pk", "questionnaire_version")
    )
    for line in moved.lines:
        words = dict(line.words)
        if "form" in words:
            words["version"] = versions.get(UUID(str(words["form"])), "")
        fields = {"concern": row, "kind": line.kind, "state": line.state}
        _write_line(models, "ConcernEvent", fields, line.at, line.by, words)
    return row


def _write_task(models: Models, patient_id: UUID, moved: MovedTask, now: datetime) -> Any:
    rules = sorted(moved.rules)
    wanted = {rule(one).action for one in rules}
    actions = [one for one in ACTIONS if one in wanted]
    is_done = moved.closed_at is not None
    row = models("intake", "Task").objects.create(
        patient_id=patient_id,
        kind=moved.kind,
        status="done" if is_done else "unreached" if moved.is_unreached else "open",
        about=moved.about,
        danger=danger_of(moved.kind, actions),
        is_sensitive=bool(SENSITIVE & set(rules)),
        rules=rules,
        actions=actions,
        question=moved.question or None,
        created_at=moved.created_at,
        due_at=_due(models, moved, now),
        tries_from=moved.tries_from,
        outcome=moved.outcome,
        closed_at=moved.closed_at,
        closed_by_id=moved.closed_by,
    )
    for line in moved.lines:
        fields = {"task": row, "kind": line.kind, "outcome": line.state}
        _write_line(models, "TaskEvent", fields, line.at, line.by, line.words)
    for line in moved.tries:
        fields = {"task": row, "result": line.kind}
        _write_line(models, "Attempt", fields, line.at, line.by, line.words)
    if moved.is_unreached:
        fields = {"task": row, "kind": "unreached", "outcome": ""}
        # The last try is one that counts.
        _write_line(models, "TaskEvent", fields, moved.tries[-1].at, None, {})
    models("intake", "UrgentCall").objects.filter(pk__in=moved.calls).update(task=row)
    return row


def _due(models: Models, moved: MovedTask, now: datetime) -> datetime:
    """Return the due time that was stored with the calls; for what had none, now."""
    calls = models("intake", "UrgentCall").objects.filter(pk__in=moved.calls)
    dues = list(calls.values_list("due_at", flat=True))
    return cast(datetime, min(dues)) if dues else now


def _write_line(
    models: Models,
    name: str,
    fields: dict[str, Any],
    at: datetime,
    by: int | None,
    words: dict[str, Any],
) -> None:
    salt = new_salt()
    row = models("intake", name).objects.create(
        at=at, by_id=by, digest=salted_digest(salt, words), **fields
    )
    models("intake", f"{name}Words").objects.create(
        event=row, sealed={"salt": salt, "content": words}
    )


# --- what closes ---


def _closes_booking(models: Models, patient_id: UUID, moved: Moved) -> bool:
    """Return whether less may be booked than by the referral in force."""
    referral = _current(models, patient_id)
    if referral is None:
        return False
    levels = moved.open_levels
    if (moved.is_declined or "urgent" in levels) and referral.evaluation_opens_on is not None:
        return True
    return bool(levels) and referral.run_ready_opens_on is not None


def _closes_impact(models: Models, patient_id: UUID, moved: Moved) -> bool:
    """Return whether impact waits from now on and did not before.

    It waited for the latest full form, for every check-in, and for calls.
    """
    if not moved.open_levels:
        return False
    calls = models("intake", "UrgentCall").objects.filter(patient=patient_id)
    is_owed = Q(outcome_at=None) | Q(intake__sent_at=None, intake__decided_at=None)
    if calls.filter(is_owed).exists():
        return False
    counts = Q(intake__kind="checkin") | Q(intake=_latest_sent(models, patient_id))
    flags = models("intake", "Flag").objects.filter(
        counts, intake__patient=patient_id, level__in=TO_MARK
    )
    return not flags.exclude(mark="reviewed").exists()


def _latest_sent(models: Models, patient_id: UUID) -> Any:
    sent = models("intake", "Intake").objects.filter(
        patient=patient_id, kind="intake", sent_at__isnull=False
    )
    return sent.order_by("sent_at", "started_at").last()


def _current(models: Models, patient_id: UUID) -> Any:
    rows = models("booking", "Referral").objects
    return rows.filter(patient=patient_id, superseded_at__isnull=True).first()


# What the referral in force says of dates and of itself, and its stricter copy says too.
_KEPT = (
    "patient_id",
    "because_of",
    "link",
    "first_visit_from",
    "impact_from",
    "needs_pessary_fitting",
    "intake_sent_on",
    "expires_on",
)


def _supersede(models: Models, patient_id: UUID, moved: Moved, now: datetime) -> None:
    """Supersede the referral by a stricter copy."""
    levels = moved.open_levels
    referral = _current(models, patient_id)
    closes_all = moved.is_declined or "urgent" in levels
    reason = "urgent" if "urgent" in levels else "declined" if moved.is_declined else "review"
    # What is not open any more is no reason: her form was as urgent or red as it was.
    lower = "caution" if referral.level in TO_MARK else referral.level
    referral.superseded_at = now
    referral.save(update_fields=["superseded_at"])
    models("booking", "Referral").objects.create(
        **{name: getattr(referral, name) for name in _KEPT},
        level="urgent" if "urgent" in levels else "red" if levels else lower,
        source="intake",
        evaluation_opens_on=None if closes_all else referral.evaluation_opens_on,
        evaluation_closed=reason if closes_all else referral.evaluation_closed,
        run_ready_opens_on=None,
        run_ready_closed=reason,
        stops_self_booking=closes_all,
        made_at=now,
    )


def _show(models: Models, patient_id: UUID, moved: Moved, now: datetime) -> None:
    """Mark the visits ahead, and put the forms that closed something into the queue."""
    levels = moved.open_levels
    attention = "stop" if "urgent" in levels else "red" if levels else ""
    if attention:
        ahead = models("booking", "Appointment").objects.filter(
            patient=patient_id, status="booked", starts_at__gt=now
        )
        ahead.update(attention=attention)
    forms = {one.last_form for one in moved.concerns if one.state != RESOLVED}
    if not forms:
        # Declined, and nothing is open: a clinician reads what she sent last.
        forms = {str(_latest_sent(models, patient_id).pk)}
    queue = "urgent" if "urgent" in levels else "red" if levels else "reading"
    standing = {_latest_version(models, UUID(one)) for one in forms}
    models("intake", "Intake").objects.filter(pk__in=standing).update(
        queue=queue, review_due_at=now, decided_at=None
    )


def _latest_version(models: Models, form: UUID) -> UUID:
    """Return the form, or the last correction of it that was sent: the queue shows no other."""
    corrections = models("intake", "Intake").objects.filter(replaces=form, sent_at__isnull=False)
    newer = corrections.values_list("pk", flat=True).first()
    return form if newer is None else _latest_version(models, newer)


def link_copies(models: Models) -> None:
    """Note which flag added by hand each copy on a correction comes from."""
    flags = models("intake", "Flag").objects
    for copy in flags.filter(added_at__isnull=False, intake__replaces__isnull=False):
        first = flags.filter(
            intake__patient=copy.intake.patient_id, added_at=copy.added_at, rule=copy.rule
        )
        origin = first.filter(intake__replaces__isnull=True).exclude(pk=copy.pk).first()
        if origin is not None:
            flags.filter(pk=copy.pk).update(copied_from=origin)
