"""Write the rows of concerns. Nothing else does; callers owe the tasks and renew the referral.

All of it runs in the caller's transaction, which holds the patient's row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.database.digests import keyed_digests
from clinic.models.people import Patient, User
from intake.concerns import history
from intake.concerns.states import MARKS, after_firing, after_taking_back, stricter_state
from intake.models import Concern, ConcernEvent, Intake


def digests_of(patient_id: UUID, rule: str) -> list[str]:
    """Return the digests by which the concern of this patient and rule is found: one for each key.

    A row written before the key was replaced has that of the former one.
    """
    return keyed_digests("concern", patient_id, rule)


def open_concern(patient_id: UUID, rule: str) -> Concern | None:
    """Return the unresolved concern of this patient and rule, or None."""
    return Concern.objects.open().filter(digest__in=digests_of(patient_id, rule)).first()


def fire(
    *,
    patient: Patient,
    rule: str,
    level: str,
    form: Intake,
    evidence: Mapping[str, Any] | list[Any],
    now: datetime,
    by: User | None = None,
) -> Concern:
    """Add a firing of the rule to the patient's concern, or open one; return it.

    `by` is the clinician of a flag that was added by hand.
    """
    concern = open_concern(patient.pk, rule)
    if concern is None:
        concern = Concern.objects.create(
            patient=patient,
            rule=rule,
            level=level,
            raised_at=now,
            last_fired_at=now,
            last_form=form,
            changed_at=now,
        )
    else:
        concern.state = after_firing(concern.state)
        concern.last_fired_at, concern.last_form = now, form
        concern.changed_at, concern.changed_by = now, None
        concern.save()
    words = {
        "form": str(form.pk),
        "version": form.questionnaire_version,
        "answers": evidence if isinstance(evidence, list) else dict(evidence),
    }
    history.note_concern(concern, ConcernEvent.Kind.FIRED, at=now, by=by, words=words)
    return concern


def take_back(concern: Concern, *, form: Intake, now: datetime) -> None:
    """Note that the patient took the answer back on this form, before sending it."""
    state = after_taking_back(concern.state, is_only_evidence=_is_only_on(concern, form))
    if state == Concern.State.TAKEN_BACK:
        concern.state, concern.changed_at, concern.changed_by = state, now, None
        concern.save(update_fields=["state", "changed_at", "changed_by"])
    words = {"form": str(form.pk)}
    history.note_concern(concern, ConcernEvent.Kind.TAKEN_BACK, at=now, words=words)


def _is_only_on(concern: Concern, form: Intake) -> bool:
    """Return whether no other form fired the rule. Opens the sealed words of its history."""
    fired = concern.events.filter(kind=ConcernEvent.Kind.FIRED).select_related("words")
    return all(history.words_of(one)["form"] == str(form.pk) for one in fired)


def mark(
    concern: Concern, *, mark: str, reason: str, by: User, now: datetime, decision: str = ""
) -> None:
    """Set the state that a clinician's mark leads to. Whether it may is the caller's to ask."""
    before = concern.state
    if before == MARKS[mark] == Concern.State.RESOLVED:
        return  # it was resolved by an earlier decision, and stays as it was
    concern.state, concern.changed_at, concern.changed_by = MARKS[mark], now, by
    concern.save(update_fields=["state", "changed_at", "changed_by"])
    words = {"mark": mark, "reason": reason, "before": before, "decision": decision}
    history.note_concern(concern, ConcernEvent.Kind.MARKED, at=now, by=by, words=words)


def unmark(concern: Concern, *, state: str, by: User, now: datetime) -> None:
    """Put back the state from before a mark that was withdrawn."""
    concern.state, concern.changed_at = state, now
    concern.changed_by = by if state in MARKS.values() else None
    concern.save(update_fields=["state", "changed_at", "changed_by"])
    history.note_concern(concern, ConcernEvent.Kind.UNMARKED, at=now, by=by)


def reopen_concern(concern: Concern, *, by: User, now: datetime) -> None:
    """Open a resolved concern again, unless its rule has fired since and a newer one is open."""
    if open_concern(concern.patient_id, concern.rule) is None:
        unmark(concern, state=Concern.State.OPEN, by=by, now=now)


def move(concern: Concern, *, kept: Patient, now: datetime) -> Concern:
    """Give the concern to the row that is kept; return the one that stands for it from now on.

    Where both rows have one of the same rule, the older stays, in the stricter state of the two.
    """
    other = open_concern(kept.pk, concern.rule) if concern.is_open else None
    if other is None:
        concern.patient = kept
        concern.save(update_fields=["patient", "digest"])
        return concern
    first, second = sorted((concern, other), key=lambda one: (one.raised_at, str(one.pk)))
    latest = max(first, second, key=lambda one: one.last_fired_at)
    state = stricter_state(first.state, second.state)
    holder = first if first.state == state else second
    changed_at, changed_by = holder.changed_at, holder.changed_by
    # Saved first: of one digest there is one open row.
    second.state, second.merged_into, second.patient = Concern.State.MERGED, first, kept
    second.save()
    # What it stood for itself is now stood for by `first`: its history is found one step away.
    Concern.objects.filter(merged_into=second).update(merged_into=first)
    history.note_concern(second, ConcernEvent.Kind.MERGED, at=now)
    first.patient, first.state = kept, state
    first.last_fired_at, first.last_form = latest.last_fired_at, latest.last_form
    first.changed_at, first.changed_by = changed_at, changed_by
    # Not a step of one machine but the meeting of two: the states of both are allowed.
    first._status_read = None
    first.save()
    history.note_concern(first, ConcernEvent.Kind.MERGED, at=now)
    return first
