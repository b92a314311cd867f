"""A check-in: kept at every save, urgent answers at once, judged against the episode when sent."""

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
from intake.episodes.referrals import refer
from intake.episodes.staff_messages import owe_staff_look
from intake.intakes.sending import keep_flags
from intake.models import Flag, Intake
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import CHECKIN
from intake.triage.evaluate import NOT_JUDGED, RED, URGENT, CheckinResult, evaluate_checkin
from intake.triage.rules import RULES_VERSION
from intake.urgent.calls import follow_urgent_answers

log = logging.getLogger("run_ready.intake")

AT_THE_DOOR = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


class CheckinClosed(Exception):
    """No check-in can be sent for this visit now."""


class AlreadySent(Exception):
    """The visit has a check-in that holds; `checkin` is it."""

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
    """Keep what was posted and judge it; urgent answers are followed at once, sent or not.

    Staff may enter one at the door, also when the visit has begun. Raises CheckinClosed,
    AlreadySent and Appointment.DoesNotExist.
    """
    appointment = Appointment.objects.select_related("patient").get(pk=appointment_id)
    _check_open(appointment, context.now, at_the_door=entered_by is not None)
    draft = _draft(appointment, context=context, entered_by=entered_by)
    draft.raw, draft.saved_at = merged(draft.raw, posted), context.now
    result = _judge(draft, episode_of(draft.patient_id, context.now), context.now)
    follow_urgent_answers(draft, result, context=context)
    draft.save()
    return draft, result


def _check_open(appointment: Appointment, now: datetime, *, at_the_door: bool) -> None:
    if not has_checkin(appointment.visit_number):
        raise CheckinClosed
    if (checkin := sent_checkin(appointment)) is not None:
        raise AlreadySent(checkin)
    zone = settings.CLINIC_TIME_ZONE
    if at_the_door:
        is_allowed = appointment.status in AT_THE_DOOR
        is_allowed = is_allowed and opens_at(appointment.starts_at, zone) <= now
    else:
        is_allowed = appointment.status == Appointment.Status.BOOKED
        is_allowed = is_allowed and is_open(appointment.starts_at, now, zone)
    if not is_allowed:
        raise CheckinClosed


def _draft(appointment: Appointment, *, context: Context, entered_by: User | None) -> Intake:
    drafts = Intake.objects.checkins().drafts().filter(appointment=appointment)
    if (found := drafts.select_for_update().first()) is not None:
        return found
    try:
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
    except IntegrityError:  # begun a moment ago in another tab, perhaps sent by now
        if (found := drafts.select_for_update().first()) is not None:
            return found
        if (sent := sent_checkin(appointment)) is None:
            raise
        raise AlreadySent(sent) from None
    # Sent in another tab since it was looked for: what was begun here is undone with this.
    if (sent := sent_checkin(appointment)) is not None:
        raise AlreadySent(sent)
    record(context.actor, "start check-in", made, patient=appointment.patient)
    return made


def _judge(checkin: Intake, episode: Episode, now: datetime) -> CheckinResult:
    return evaluate_checkin(
        checkin.raw,
        as_of=today(now),
        previous_scores=episode.previous_scores,
        first_scores=episode.first_scores,
        last_leak_amount=episode.last_leak_amount,
    )


@retried
def send_checkin(*, checkin_id: UUID, context: Context) -> Intake:
    """Judge a saved check-in and hand it to the clinic; sent twice it stays as it is.

    Red and urgent stand in the queue, due before the visit at the latest, and mark the coming
    visits; no visit is ever cancelled. Raises CheckinClosed and Intake.DoesNotExist.
    """
    rows = Intake.objects.checkins().select_for_update(of=("self",))
    checkin = rows.select_related("appointment").get(pk=checkin_id)
    if not checkin.may("send_checkin"):
        return checkin
    appointment = checkin.appointment
    assert appointment is not None  # a constraint says so of every check-in
    try:
        _check_open(appointment, context.now, at_the_door=checkin.entered_by_id is not None)
    except AlreadySent as earlier:
        return earlier.checkin
    checkin.sent_at = checkin.saved_at = context.now
    checkin.sent_for = appointment.starts_at
    checkin.as_of, checkin.rules_version = today(context.now), RULES_VERSION
    checkin.version += 1
    _store(checkin, appointment, context=context)
    checkin.save()
    if checkin.level in (URGENT, RED):
        owe_staff_look(checkin, about=f"intake:{checkin.pk}", rev=0, now=context.now)
    revoke(purpose=CHECK_IN, about=about(appointment), now=context.now)
    record(context.actor, "send check-in", checkin, patient=checkin.patient_id)
    refer(intake=checkin, context=context)
    return checkin


def _store(checkin: Intake, appointment: Appointment, *, context: Context) -> None:
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
        keep_flags(checkin, result)
        follow_urgent_answers(checkin, result, context=context)
    _enqueue(checkin, appointment, context.now)


def _enqueue(checkin: Intake, appointment: Appointment, now: datetime) -> None:
    if checkin.level == URGENT:
        queue = Intake.Queue.URGENT
    elif checkin.level == RED or checkin.has_unreviewed_change:
        queue = Intake.Queue.RED
    else:
        return
    dues = [review_due(queue, now), max(appointment.starts_at, now)]
    if checkin.review_due_at is not None:
        dues.append(checkin.review_due_at)
    checkin.queue, checkin.review_due_at = queue, min(dues)
    checkin.decided_at = None
