"""Saving and signing what was found at a visit. Every save is a new revision."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from booking.models import Appointment
from booking.reasons import Reason, msg
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.episodes.latest import episode_of
from intake.models import VisitRecord
from intake.visit_records.batteries import ITEMS, LOAD
from intake.visit_records.queries import (
    Findings,
    earlier_records,
    latest_record,
    latest_tests,
    standing_at,
)
from intake.visit_records.readiness import reasons_against_impact, reasons_not_ready

NOT_HELD = Reason("not_held", msg("A record is written once the patient has arrived."))


class StaleRecord(Exception):
    """Somebody saved a revision since the page was shown; `latest` is it. Nothing was changed."""

    def __init__(self, latest: VisitRecord | None) -> None:
        super().__init__()
        self.latest = latest


class NotAllowed(Exception):
    """The findings contradict what holds for this patient; `reasons` say how."""

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
    """Keep the findings as the next revision; what was saved or signed before stays as it was.

    `revision` is the one the page showed, 0 for none. Impact tests before day 84 need
    `early_reason`, those while a flag is open or an intake missing `impact_reason`; a stage from 1
    on needs readiness. Raises StaleRecord, NotAllowed and Appointment.DoesNotExist.
    """
    visit = Appointment.objects.select_for_update().get(pk=appointment_id)
    latest = latest_record(visit)
    if (latest.revision if latest else 0) != revision:
        raise StaleRecord(latest)
    if reasons := _reasons_against(visit, findings, context.now):
        raise NotAllowed(reasons)
    try:
        with transaction.atomic():
            saved = VisitRecord.objects.create(
                appointment=visit,
                revision=revision + 1,
                content=findings.stored(),
                saved_at=context.now,
                saved_by=clinician,
                is_signed=is_signed,
            )
    except IntegrityError:
        raise StaleRecord(latest_record(visit)) from None
    record(
        context.actor,
        "sign visit record" if is_signed else "write visit record",
        saved,
        patient=visit.patient_id,
        fields=findings.items,
    )
    return saved


def _reasons_against(visit: Appointment, findings: Findings, now: datetime) -> list[Reason]:
    if visit.status not in ("arrived", "completed"):
        return [NOT_HELD]
    episode = episode_of(visit.patient_id, now)
    standing = standing_at(visit, episode)
    blocked = reasons_against_impact(standing, early_reason=findings.early_reason)
    reasons: list[Reason] = []
    if any(ITEMS[key].battery == LOAD and key not in _NO_IMPACT for key in findings.items):
        by_reason = [one for one in blocked if one.code == "before_day_84"]
        reasons = by_reason if findings.impact_reason else blocked
    if findings.stage:
        tests = latest_tests(earlier_records(visit, episode)) | dict(findings.items)
        not_ready = reasons_not_ready(tests, standing, early_reason=findings.early_reason)
        reasons += [one for one in not_ready if one not in reasons]
    return reasons


# Walking and standing on one leg belong to the first evaluation: no impact in them.
_NO_IMPACT = {"li.walk30", "li.balance"}
