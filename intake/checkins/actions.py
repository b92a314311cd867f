"""Save and send a check-in.

Urgent answers count from the moment they are saved. A check-in is judged against the scores of the
episode so far.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import User
from clinic.security.private_links import revoke
from intake.checkins.links import CHECK_IN, about
from intake.checkins.queries import sent_checkin
from intake.checkins.window import has_checkin, is_open, opens_at
from intake.episodes.due_times import review_due, today
from intake.episodes.latest import Episode, episode_of
from intake.episodes.referrals import refer_patient
from intake.episodes.staff_messages import Grade, owe_staff_look
from intake.intakes.sending import raise_red_flags, store_flags
from intake.models import Flag, Intake
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import CHECKIN
from intake.triage.evaluate import NOT_JUDGED, RED, URGENT, CheckinResult, evaluate_checkin
from intake.triage.rules import RULES_VERSION
from intake.urgent.calls import follow_urgent_answers

log = logging.getLogger("run_ready.intake")

# A patient who has arrived can still be asked the questions at the front desk.
AT_THE_DESK = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


class CheckinClosed(Exception):
    """No check-in can be saved or sent for this visit now."""


class AlreadySent(Exception):
    """The visit has a valid check-in already: `checkin`."""

    def __init__(self, checkin: Intake) -> None:
        super().__init__()
        self.checkin = checkin


@retried
def save_checkin(
    *,
    appointment_id: UUID,
    posted: Mapping[str, object],
    context: Context,
    entered_by: User | None = None,
) -> tuple[Intake, CheckinResult]:
    """Save what was posted and judge it; return the draft and the result.

    Urgent answers are followed up at once, even if the check-in is never sent. With `entered_by`,
    a member of staff at the front desk, it may be saved after the visit has begun too. Raises
    CheckinClosed, AlreadySent and Appointment.DoesNotExist.
    """
    appointment = Appointment.objects.select_related("patient").get(pk=appointment_id)
    _check_open(appointment, context.now, at_the_desk=entered_by is not None)
    draft = _draft(appointment, context=context, entered_by=entered_by)
    draft.raw, draft.saved_at = merged(draft.raw, posted), context.now
    # Its one page was just answered in the words of the version in force.
    draft.questionnaire_version = CHECKIN.version
    result = _judge(draft, episode_of(draft.patient_id, context.now), context.now)
    # Before the draft is saved: it may put the draft into the queue.
    follow_urgent_answers(draft, result, answered=posted, context=context)
    draft.save()
    return draft, result


def _check_open(appointment: Appointment, now: datetime, *, at_the_desk: bool) -> None:
    """Raise CheckinClosed or AlreadySent unless a check-in may be saved for this visit at `now`."""
    if not has_checkin(appointment.visit_number):
        raise CheckinClosed
    if (checkin := sent_checkin(appointment)) is not None:
        raise AlreadySent(checkin)
    zone = settings.CLINIC_TIME_ZONE
    if at_the_desk:
        # The window has no end here: the visit may have begun.
        is_allowed = appointment.status in AT_THE_DESK
        is_allowed = is_allowed and opens_at(appointment.starts_at, zone) <= now
    else:
        is_allowed = appointment.status == Appointment.Status.BOOKED
        is_allowed = is_allowed and is_open(appointment.starts_at, now, zone)
    if not is_allowed:
        raise CheckinClosed


def _draft(appointment: Appointment, *, context: Context, entered_by: User | None) -> Intake:
    """Return the draft for this visit, locked, or a new one. Raises AlreadySent."""
    drafts = Intake.objects.checkins().drafts().filter(appointment=appointment)
    if (found := drafts.select_for_update().first()) is not None:
        return found
    try:
        # A transaction of its own: after the error the outer one must still be usable.
        with transaction.atomic():
            made = Intake.objects.create(
                patient=appointment.patient,
                kind=Intake.Kind.CHECKIN,
                appointment=appointment,
                questionnaire_version=CHECKIN.version,
                started_at=context.now,
                saved_at=context.now,
                entered_by=entered_by,
            )
    except IntegrityError:  # started a moment ago in another tab, perhaps sent by now
        if (found := drafts.select_for_update().first()) is not None:
            return found
        if (sent := sent_checkin(appointment)) is None:
            raise
        raise AlreadySent(sent) from None
    # Another tab may have sent one since _check_open looked. Raising rolls the new draft back.
    if (sent := sent_checkin(appointment)) is not None:
        raise AlreadySent(sent)
    record(context.actor, "start check-in", made, patient=appointment.patient)
    return made


def _judge(checkin: Intake, episode: Episode, now: datetime) -> CheckinResult:
    """Judge the answers as of today, against the scores of the episode so far."""
    return evaluate_checkin(
        checkin.raw,
        as_of=today(now),
        previous_scores=episode.previous_scores,
        first_scores=episode.first_scores,
        last_leak_amount=episode.last_leak_amount,
    )


@retried
def send_checkin(*, checkin_id: UUID, context: Context) -> Intake:
    """Judge a saved check-in, hand it to the clinic and return it.

    One that was sent already is returned unchanged, and so is the other one if the visit has a
    valid check-in by now. Red and urgent ones enter the review queue, due before the visit at the
    latest, and mark the coming visits; no visit is ever cancelled. Raises CheckinClosed and
    Intake.DoesNotExist.
    """
    # Only the check-in is locked, not the visit that is loaded with it.
    rows = Intake.objects.checkins().select_for_update(of=("self",))
    checkin = rows.select_related("appointment").get(pk=checkin_id)
    if not checkin.may("send_checkin"):
        return checkin
    appointment = checkin.appointment
    assert appointment is not None  # a constraint says so of every check-in
    try:
        _check_open(appointment, context.now, at_the_desk=checkin.entered_by_id is not None)
    except AlreadySent as earlier:
        return earlier.checkin
    checkin.sent_at = checkin.saved_at = context.now
    # The visit may move later; how far from this start decides whether the check-in stays valid.
    checkin.sent_for = appointment.starts_at
    checkin.as_of, checkin.rules_version = today(context.now), RULES_VERSION
    # A case page of the draft that is open must not be signed for what is sent now.
    checkin.version += 1
    _store(checkin, appointment, context=context)
    checkin.save()
    # An urgent one has an open call, about which those on duty were mailed when it was raised.
    if checkin.level == RED:
        owe_staff_look(
            about=f"intake:{checkin.pk}",
            rev=0,
            grade=Grade.READ,
            now=context.now,
            due_at=checkin.review_due_at,
        )
    revoke(purpose=CHECK_IN, about=about(appointment), now=context.now)
    record(context.actor, "send check-in", checkin, patient=checkin.patient_id)
    # Last, when the flags and the level are saved: what may be booked follows from them.
    refer_patient(patient_id=checkin.patient_id, context=context)
    return checkin


def _store(checkin: Intake, appointment: Appointment, *, context: Context) -> None:
    """Judge the check-in and set result, flags and queue. The caller saves it afterwards."""
    try:
        result = _judge(checkin, episode_of(checkin.patient_id, context.now), context.now)
    except Exception:  # whatever went wrong never reads as clear: a clinician reads it
        log.exception("check-in %s could not be judged", checkin.pk)
        checkin.level, checkin.next_step = RED, "hold_impact"
        Flag.objects.create(
            intake=checkin, rule=NOT_JUDGED, level=RED, domain="readiness", evidence=[]
        )
    else:
        checkin.answers = dict(result.answers.values)
        checkin.scores = result.scores
        checkin.level, checkin.next_step = result.level, result.outcome
        store_flags(checkin, result)
        follow_urgent_answers(checkin, result, context=context)
    raise_red_flags(checkin, context=context)
    _enqueue(checkin, appointment, context.now)


def _enqueue(checkin: Intake, appointment: Appointment, now: datetime) -> None:
    """Put an urgent, red or changed check-in into its queue; clear and caution need no review."""
    if checkin.level == URGENT:
        queue = Intake.Queue.URGENT
    elif checkin.level == RED or checkin.has_unreviewed_change:
        queue = Intake.Queue.RED
    else:
        return
    # At the desk the visit may have begun: then it is due at once.
    dues = [review_due(queue, now), max(appointment.starts_at, now)]
    # An urgent answer on the draft may have set a due time that is earlier.
    if checkin.review_due_at is not None:
        dues.append(checkin.review_due_at)
    checkin.queue, checkin.review_due_at = queue, min(dues)
    # What was signed on the draft was not about these answers.
    checkin.decided_at = None
