"""Follow up on urgent answers: owe a call, queue the review, stop booking, mail the staff."""

from datetime import datetime

from booking.appointments.attention import set_attention
from booking.models import Appointment
from booking.referrals.actions import replace_referral
from clinic.audit.context import Context
from clinic.audit.record import record
from intake.episodes.due_times import call_due, review_due
from intake.episodes.referral_terms import IntakeState, terms_for
from intake.episodes.referrals import refer
from intake.episodes.staff_messages import owe_staff_look
from intake.models import Intake, UrgentCall
from intake.triage.evaluate import ACTIONS, URGENT, Judged


def follow_urgent_answers(intake: Intake, result: Judged, *, context: Context) -> UrgentCall | None:
    """Create or update the call owed for this intake's urgent answers, and return it.

    Returns None when nothing is urgent and no call is open. From the first urgent answer on, the
    intake is in the review queue, sent or not. The caller saves the intake afterwards. Nothing is
    ever closed here: only a recorded outcome closes a call.
    """
    call = intake.urgent_calls.filter(outcome_at__isnull=True, changed_at__isnull=True).first()
    urgent = {flag.rule_id: flag for flag in result.flags if flag.level == URGENT}
    if call is None:
        return _raise(intake, result, context=context) if urgent else None
    # An answer was changed so that one of the rules no longer fires.
    if set(call.rules) - set(urgent):
        _note_change(intake, call, result, is_over=not urgent, context=context)
    # Another rule fires: the same call covers it, and staff are told again.
    if set(urgent) - set(call.rules):
        call.rules = sorted({*call.rules, *urgent})
        call.actions = [one for one in ACTIONS if one in {*call.actions, *result.actions}]
        # The answers that are known win: they are the ones that were given first.
        call.answers = {**_evidence(result), **call.answers}
        # A call only ever gains rules, so their number is a new rev for each such mail.
        owe_staff_look(intake, about=f"call:{call.pk}", rev=len(call.rules), now=context.now)
    call.save()
    return call


def _raise(intake: Intake, result: Judged, *, context: Context) -> UrgentCall:
    call = UrgentCall.objects.create(
        patient=intake.patient,
        intake=intake,
        rules=sorted(flag.rule_id for flag in result.flags if flag.level == URGENT),
        actions=list(result.actions),
        answers=_evidence(result),
        raised_at=context.now,
        due_at=call_due(context.now),
    )
    _wait_for_review(intake, Intake.Queue.URGENT, due_at=call.due_at)
    record(context.actor, "urgent answer", intake, patient=intake.patient)
    _stop_booking(intake, result, context=context)
    owe_staff_look(intake, about=f"call:{call.pk}", rev=0, now=context.now)
    return call


def _note_change(
    intake: Intake,
    call: UrgentCall,
    result: Judged,
    *,
    is_over: bool,
    context: Context,
) -> None:
    """Store the changed answers beside the urgent ones, for a clinician to look at.

    With `is_over` no urgent answer is left, and the intake goes to the red queue.
    """
    changed = {question: as_stored(result, question) for question in call.answers}
    if changed == call.changed_answers:
        return  # another page was saved; this change is already noted
    call.changed_answers = changed
    if is_over:
        call.changed_at = context.now
    intake.has_unreviewed_change = True
    queue = Intake.Queue.RED if is_over else Intake.Queue.URGENT
    # The due time that was set by the urgent answer stays: a change must not put the review off.
    _wait_for_review(intake, queue, due_at=intake.review_due_at or review_due(queue, context.now))
    record(context.actor, "urgent answer changed by patient", intake, patient=intake.patient)


def _wait_for_review(intake: Intake, queue: str, *, due_at: datetime) -> None:
    """Put the intake into this queue. A decision made before no longer counts."""
    intake.queue, intake.review_due_at = queue, due_at
    intake.decided_at = None
    # A decision that is being made on the earlier answers is refused by this.
    intake.version += 1


def _stop_booking(intake: Intake, result: Judged, *, context: Context) -> None:
    if refer(intake=intake, context=context) is not None:
        return  # the patient's sent form gave the referral, and the open call closes it
    # Without a sent form no referral follows from one. This one opens nothing, and replaces one
    # that the desk may have written.
    state = IntakeState(
        open_levels=frozenset([URGENT]),
        lower_level="caution",
        birth_date=result.answers.birth_date,
        sent_on=result.answers.as_of,
        is_decided=False,
        because_of=f"intake:{intake.pk}",
    )
    replace_referral(patient=intake.patient, terms=terms_for(state), context=context)
    set_attention(patient=intake.patient, attention=Appointment.Attention.STOP, now=context.now)


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
