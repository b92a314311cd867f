"""Follow up on urgent answers: raise concerns, owe a call, queue the review, mail the staff."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.models.people import Patient
from intake.concerns.actions import Firing, raise_concerns
from intake.concerns.rows import open_concern, take_back
from intake.episodes.due_times import review_due
from intake.episodes.referrals import refer_patient
from intake.episodes.staff_messages import Grade, owe_staff_look
from intake.models import Concern, ConcernEvent, Intake, Task, UrgentCall
from intake.triage.evaluate import ACTIONS, URGENT, Judged
from intake.triage.rules.rule import FiredRule


def follow_urgent_answers(
    intake: Intake, result: Judged, *, answered: Collection[str] = (), context: Context
) -> UrgentCall | None:
    """Create or update the row of this intake's urgent answers, and return it.

    Each rule that fires anew raises a concern and owes the patient a call; one whose answer she
    took back before sending is noted as such. `answered` are the questions of the page that was
    just saved: given again after the call had its outcome, an answer asks for another one, as an
    outcome answers only what was said before it. Returns None when nothing is or was urgent.
    From the first urgent answer on, the intake is in the review queue, sent or not. The caller
    saves the intake afterwards. Nothing is ever closed here: only a recorded outcome closes a call.
    """
    call = intake.urgent_calls.filter(changed_at__isnull=True).order_by("raised_at").last()
    urgent = {flag.rule_id: flag for flag in result.flags if flag.level == URGENT}
    if call is None:
        return _begin(intake, result, urgent, context=context) if urgent else None
    # An answer was changed so that one of the rules no longer fires.
    if set(call.rules) - set(urgent):
        _note_change(intake, call, result, urgent, context=context)
    is_over = not Task.objects.open().urgent_calls().filter(patient=intake.patient_id).exists()
    again = set(answered) if is_over else set[str]()
    anew = [one for one in urgent.values() if _fires_anew(intake, call, one, again)]
    if anew:
        _fire(intake, anew, call, context=context)
        call.rules = sorted({*call.rules, *urgent})
        call.actions = [one for one in ACTIONS if one in {*call.actions, *result.actions}]
        # The answers that are known win: they are the ones that were given first.
        call.answers = {**_evidence(result), **call.answers}
        if call.changed_answers is not None:
            # Ticked again: what she changes from here on is another change.
            call.changed_answers = {one: as_stored(result, one) for one in call.answers}
    call.save()
    return call


def _begin(
    intake: Intake, result: Judged, urgent: Mapping[str, FiredRule], *, context: Context
) -> UrgentCall:
    task = _fire(intake, urgent.values(), None, context=context)
    call = UrgentCall.objects.create(
        patient=intake.patient,
        intake=intake,
        task=task,
        rules=sorted(urgent),
        actions=list(result.actions),
        answers=_evidence(result),
        raised_at=context.now,
    )
    _wait_for_review(intake, Intake.Queue.URGENT, due_at=task.due_at)
    record(context.actor, "urgent answer", intake, patient=intake.patient)
    return call


def _fires_anew(intake: Intake, call: UrgentCall, fired: FiredRule, again: set[str]) -> bool:
    """Return whether this rule did not fire on the form before, or is answered once more.

    Once more is after it was taken back, after a clinician resolved it, or `again`: these questions
    were answered after the call about them had its outcome.
    """
    asked = {question for question, _answer in fired.evidence}
    if fired.rule_id not in call.rules or asked & again:
        return True
    concern = open_concern(intake.patient_id, fired.rule_id)
    return concern is None or concern.state == Concern.State.TAKEN_BACK


def _fire(
    intake: Intake, fired: Iterable[FiredRule], call: UrgentCall | None, *, context: Context
) -> Task:
    """Raise the concerns, owe the call and the mail about it, stop booking; return the task."""
    firings = [
        Firing(one.rule_id, one.level, [list(pair) for pair in one.evidence]) for one in fired
    ]
    concerns = raise_concerns(intake, firings, context=context)
    task = Task.objects.open().urgent_calls().get(patient=intake.patient_id)
    if call is not None:
        call.task = task
        _wait_for_review(
            intake,
            Intake.Queue.URGENT,
            due_at=min(filter(None, (task.due_at, intake.review_due_at))),
        )
    refer_patient(patient_id=intake.patient_id, context=context)
    # One such mail for each time that something new was answered.
    rev = ConcernEvent.objects.filter(concern__tasks=task, kind=ConcernEvent.Kind.FIRED).count()
    owe_staff_look(about=f"task:{task.pk}", rev=rev, grade=Grade.CALL, now=context.now)
    assert concerns  # nobody calls this without a rule that fired
    return task


def _note_change(
    intake: Intake,
    call: UrgentCall,
    result: Judged,
    urgent: Mapping[str, FiredRule],
    *,
    context: Context,
) -> None:
    """Store the changed answers beside the urgent ones, for a clinician to look at.

    When no urgent answer is left, the intake goes to the red queue.
    """
    changed = {question: as_stored(result, question) for question in call.answers}
    if changed == call.changed_answers:
        return  # another page was saved; this change is already noted
    call.changed_answers = changed
    is_over = not urgent
    if is_over:
        call.changed_at = context.now
    intake.has_unreviewed_change = True
    _take_back(intake, set(call.rules) - set(urgent), context=context)
    queue = Intake.Queue.RED if is_over else Intake.Queue.URGENT
    # The due time that was set by the urgent answer stays: a change must not put the review off.
    _wait_for_review(intake, queue, due_at=intake.review_due_at or review_due(queue, context.now))
    record(context.actor, "urgent answer changed by patient", intake, patient=intake.patient)


def _take_back(intake: Intake, rules: Iterable[str], *, context: Context) -> None:
    """Note on the concerns that the patient took these answers back before sending."""
    Patient.objects.select_for_update().get(pk=intake.patient_id)
    for rule_id in sorted(rules):
        concern = open_concern(intake.patient_id, rule_id)
        if concern is not None:
            take_back(concern, form=intake, now=context.now)
    refer_patient(patient_id=intake.patient_id, context=context)


def _wait_for_review(intake: Intake, queue: str, *, due_at: datetime) -> None:
    """Put the intake into this queue. A decision made before no longer counts."""
    intake.queue, intake.review_due_at = queue, due_at
    intake.decided_at = None
    # A decision that is being made on the earlier answers is refused by this.
    intake.version += 1


def _evidence(result: Judged) -> dict[str, object]:
    """Return the whole answers to the questions that made urgent rules fire, by question id."""
    asked = {
        question for flag in result.flags if flag.level == URGENT for question, _ in flag.evidence
    }
    return {question: as_stored(result, question) for question in sorted(asked)}


def as_stored(result: Judged, question: str) -> object:
    """Return the answer as JSON in the database returns it, so that the two can be compared."""
    value = result.answers.values.get(question)
    return list(value) if isinstance(value, tuple) else value
