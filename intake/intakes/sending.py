"""Send an intake to the clinic: judge it once, store the result, and hand it on."""

import logging
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.known_patients.queries import likely_matches
from clinic.models.people import Patient
from clinic.security.private_links import prolong
from intake.concerns.actions import Firing, raise_concerns
from intake.episodes.due_times import review_due, today
from intake.episodes.open_concerns import is_declined
from intake.episodes.referrals import refer_patient
from intake.episodes.staff_messages import Grade, owe_staff_look
from intake.flags.actions import carry_over
from intake.intakes.corrections import note_withdrawn_flags
from intake.intakes.draft_terms import RESUME, STATUS_SHOWN, about
from intake.intakes.emails import owe_received
from intake.intakes.locking import lock_form
from intake.models import Flag, Intake
from intake.triage.evaluate import FINAL, NOT_JUDGED, RED, URGENT, Judged, Result, evaluate_intake
from intake.triage.rules import RULES_VERSION
from intake.urgent.calls import follow_urgent_answers

log = logging.getLogger("run_ready.intake")

# Two rows that were made within this time did not see each other.
AT_ONCE = timedelta(seconds=2)
MOOD_RULES = {"C-MOOD", "C-MOOD-SKIP"}


@retried
def send_intake(
    *,
    intake_id: UUID,
    context: Context,
    as_of: date | None = None,
    heard_from_id: int | None = None,
) -> Intake:
    """Judge a draft by all rules, send it to the clinic and return it.

    It is judged on the clinic's date of `context.now`, or on `as_of` when the form was filled in on
    an earlier day. `heard_from_id` is what she chose where she heard of the clinic, if she did: no
    rule reads it. An intake that was already sent is returned unchanged. When the judgment fails,
    the intake is red, never clear, and a clinician reads it. Raises Intake.DoesNotExist.
    """
    # Locked, so that of two requests at once the second finds the intake sent.
    intake = lock_form(Intake.objects.all(), intake_id)
    if not intake.may("send_intake"):
        return intake
    intake.sent_at = intake.saved_at = context.now
    intake.version += 1
    intake.heard_from_id = heard_from_id
    intake.as_of = as_of or today(context.now)
    intake.rules_version = RULES_VERSION
    result = _judged(intake, intake.as_of)
    if result is None:
        _store_unjudged(intake, context.now)
    else:
        # Before _store: what was withdrawn decides on the queue.
        note_withdrawn_flags(intake, result, context=context)
        _store(intake, result, context.now)
        follow_urgent_answers(intake, result, context=context)
    raise_red_flags(intake, context=context)
    carry_over(intake, now=context.now)
    intake.save()
    _compare_if_begun_at_once(intake.patient)
    # An urgent form has an open call, about which those on duty were mailed when it was raised.
    if intake.level == RED:
        owe_staff_look(
            about=f"intake:{intake.pk}",
            rev=0,
            grade=Grade.READ,
            now=context.now,
            due_at=intake.review_due_at,
        )
    owe_received(intake, now=context.now)
    prolong(purpose=RESUME, about=about(intake), until=context.now + STATUS_SHOWN)
    record(context.actor, "send intake", intake, patient=intake.patient)
    # Last: it reads the intake, its flags and its calls as they are stored by now.
    refer_patient(patient_id=intake.patient_id, context=context)
    return intake


def _judged(intake: Intake, as_of: date) -> Result | None:
    try:
        return evaluate_intake(intake.raw, as_of=as_of, mode=FINAL)
    except Exception:  # whatever went wrong, a clinician reads the answers instead
        log.exception("intake %s could not be judged", intake.pk)
        return None


def _store(intake: Intake, result: Result, now: datetime) -> None:
    intake.answers = dict(result.answers.values)
    intake.scores = result.scores
    intake.level = result.level
    intake.next_step = result.next_step
    intake.weeks_since_birth = result.weeks_since_birth
    intake.has_note = "care.note" in result.answers.values
    store_flags(intake, result)
    _enqueue(intake, set(result.flag_ids), now)


def store_flags(intake: Intake, result: Judged) -> None:
    """Store the flags of a result, each with the answers that raised it."""
    Flag.objects.bulk_create(
        Flag(
            intake=intake,
            rule=flag.rule_id,
            level=flag.level,
            domain=flag.domain,
            evidence=[list(pair) for pair in flag.evidence],
        )
        for flag in result.flags
    )


def raise_red_flags(form: Intake, *, context: Context) -> None:
    """Raise a concern for each red flag of a form that is being sent.

    Urgent ones were raised by `follow_urgent_answers`, on the page where they were answered.
    """
    red = form.flags.filter(level=RED, added_at__isnull=True).in_order()
    firings = [Firing(one.rule, one.level, one.evidence) for one in red]
    raise_concerns(form, firings, context=context)


def _store_unjudged(intake: Intake, now: datetime) -> None:
    # With a flag, because what may be booked follows from the open flags: without one this intake
    # would count as clear there.
    intake.level, intake.next_step = RED, "evaluation"
    Flag.objects.create(intake=intake, rule=NOT_JUDGED, level=RED, domain="background", evidence=[])
    _enqueue(intake, {NOT_JUDGED}, now)


def _enqueue(intake: Intake, rules: set[str], now: datetime) -> None:
    """Put the intake into the most pressing queue it belongs to, due at the earliest due time.

    Does nothing when nobody has to look at it.
    """
    # The most pressing first.
    queues = [
        queue
        for queue, belongs in (
            (Intake.Queue.URGENT, intake.level == URGENT),
            (Intake.Queue.RED, intake.level == RED or intake.has_unreviewed_change),
            (Intake.Queue.MOOD, bool(rules & MOOD_RULES)),
            # A decline lasts until a clinician takes it back: somebody reads what comes after it.
            (Intake.Queue.READING, intake.has_note or is_declined(intake.patient_id)),
        )
        if belongs
    ]
    if not queues:
        return
    dues = [review_due(queue, now) for queue in queues]
    # A decision on the draft was not about these answers.
    intake.decided_at = None
    if intake.review_due_at is not None:
        # The draft was already waiting; sending it must not give it more time.
        dues.append(intake.review_due_at)
    intake.queue, intake.review_due_at = queues[0], min(dues)


def _compare_if_begun_at_once(patient: Patient) -> None:
    """Have staff compare the row with one like it that was made at the same moment.

    Of two forms begun at once neither sees the row of the other. One statement, whatever it finds,
    and one more for such a row.
    """
    matches = likely_matches([patient])[patient.pk]
    near = [abs(one.patient.created_at - patient.created_at) < AT_ONCE for one in matches]
    if any(near) and not patient.is_unmatched:
        Patient.objects.filter(pk=patient.pk).update(is_unmatched=True)
