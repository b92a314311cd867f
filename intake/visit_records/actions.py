"""Save and sign the record of a visit. Every save is a new revision; none is ever changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from booking.models import Appointment
from booking.reasons import Reason, msg
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.digests import new_salt, salted_digest
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.episodes.latest import episode_of
from intake.models import VisitRecord, VisitRecordWords
from intake.visit_records.batteries import ITEMS, LOAD
from intake.visit_records.queries import (
    Findings,
    earlier_records,
    latest_record,
    latest_tests,
    stage_facts,
    visit_day_facts,
)
from intake.visit_records.readiness import reasons_against_impact, reasons_not_ready
from intake.visit_records.stage_rise import reasons_against_stage

NOT_ARRIVED = Reason("not_held", msg("A record is written once the patient has arrived."))


class StaleRecord(Exception):
    """Somebody saved a revision since the page was shown: `latest`. Nothing was changed."""

    def __init__(self, latest: VisitRecord | None) -> None:
        super().__init__()
        self.latest = latest


class NotAllowed(Exception):
    """The findings contradict the state of this patient; `reasons` say how. Nothing was changed."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


@retried
def save_record(
    *,
    appointment_id: UUID,
    revision: int,
    findings: Findings,
    is_signed: bool,
    clinician: User,
    context: Context,
) -> VisitRecord:
    """Save the findings as the next revision and return it; earlier revisions stay as they were.

    `revision` is the one that the page showed, 0 for none. Impact tests before day 84 need
    `early_reason`; those while a flag is open or an intake is missing need `impact_reason`. A
    stage from 1 on needs readiness, which no reason replaces; one that rises by more than one step,
    or against the last check-in, needs `stage_reason`. Raises
    StaleRecord, NotAllowed and Appointment.DoesNotExist.
    """
    # The lock lets one clinician at a time write a record of this visit.
    visit = Appointment.objects.select_for_update().get(pk=appointment_id)
    latest = latest_record(visit)
    if (latest.revision if latest else 0) != revision:
        raise StaleRecord(latest)
    if reasons := _reasons_against(visit, findings, context.now):
        raise NotAllowed(reasons)
    try:
        with transaction.atomic():
            saved = write_record(
                visit,
                revision=revision + 1,
                content=findings.stored(),
                by=clinician,
                at=context.now,
                is_signed=is_signed,
            )
    except IntegrityError:
        # The constraint on (appointment, revision) has the last word.
        raise StaleRecord(latest_record(visit)) from None
    record(
        context.actor,
        "sign visit record" if is_signed else "write visit record",
        saved,
        patient=visit.patient_id,
        # Why somebody may do more than the rules allow is sealed; that it was written is not.
        fields=[*findings.items, *findings.reasons_given],
    )
    return saved


def write_record(
    visit: Appointment,
    *,
    revision: int,
    content: dict[str, Any],
    by: User,
    at: datetime,
    is_signed: bool = False,
) -> VisitRecord:
    """Insert one revision and its sealed content, which the digest in the row vouches for."""
    salt = new_salt()
    row = VisitRecord.objects.create(
        appointment=visit,
        revision=revision,
        digest=salted_digest(salt, content),
        saved_at=at,
        saved_by=by,
        is_signed=is_signed,
    )
    VisitRecordWords.objects.create(record=row, sealed={"salt": salt, "content": content})
    return row


def _reasons_against(visit: Appointment, findings: Findings, now: datetime) -> list[Reason]:
    """Return why these findings cannot be saved for this visit; empty when they can."""
    if visit.status not in ("arrived", "completed"):
        return [NOT_ARRIVED]
    episode = episode_of(visit.patient_id, now)
    facts = visit_day_facts(visit, episode)
    blocked = reasons_against_impact(facts, early_reason=findings.early_reason)
    reasons: list[Reason] = []
    if any(ITEMS[key].battery == LOAD and key not in _NO_IMPACT for key in findings.items):
        # `impact_reason` lifts everything but day 84, which only `early_reason` lifts: that one is
        # looked at in reasons_against_impact.
        only_day_84 = [one for one in blocked if one.code == "before_day_84"]
        reasons = only_day_84 if findings.impact_reason else blocked
    # Stage 0 is walking alone: it needs no readiness.
    if findings.stage:
        tests = latest_tests(earlier_records(visit, episode)) | dict(findings.items)
        not_ready = reasons_not_ready(tests, facts, early_reason=findings.early_reason)
        # Both lists hold what is against impact; it is said once.
        reasons += [one for one in not_ready if one not in reasons]
    if not findings.stage_reason:
        reasons += reasons_against_stage(findings.stage, stage_facts(visit))
    return reasons


# Walking and standing on one leg belong to the first evaluation: no impact in them.
_NO_IMPACT = {"li.walk30", "li.balance"}
