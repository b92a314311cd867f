"""Visit records as pages and actions read them. Opens sealed content: callers audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from booking.catalog.protocol import IMPACT_STEP
from booking.models import Appointment, Service
from booking.packages.queries import visits_of
from clinic.known_patients.open_elsewhere import has_open_elsewhere
from intake.episodes.latest import Episode, episode_of
from intake.episodes.open_concerns import has_open_concern, is_declined
from intake.episodes.visit_facts import gap_before, last_checkin
from intake.models import VisitRecord
from intake.triage.evaluate import IMPACT_DAYS
from intake.visit_records.batteries import ITEMS, Recorded, Result, result_of
from intake.visit_records.readiness import VisitDayFacts
from intake.visit_records.stage_rise import StageFacts
from intake.visit_records.walk_run import FORMER_PLAN, suggested_plan


@dataclass(frozen=True)
class Findings:
    """The content of a record as plain values."""

    items: Mapping[str, Recorded] = field(default_factory=dict)
    stage: int | None = None
    home_plan: str = ""
    note: str = ""
    early_reason: str = ""
    impact_reason: str = ""
    stage_reason: str = ""

    @property
    def reasons_given(self) -> list[str]:
        """The names of the reasons that were written: what the audit trail says of them."""
        return [name for name in _REASONS if getattr(self, name)]

    def stored(self) -> dict[str, Any]:
        """Return the JSON to seal: items that were recorded by id, and the other fields."""
        items = {key: asdict(one) for key, one in self.items.items()}
        return {**{name: getattr(self, name) for name in _TEXTS}, "items": items}


_REASONS = ("early_reason", "impact_reason", "stage_reason")
_TEXTS = ("stage", "home_plan", "note", *_REASONS)


def findings_of(record: VisitRecord | None) -> Findings:
    """Return the findings in a record; empty ones for None."""
    if record is None:
        return Findings()
    content = record.content
    # A test that is no longer in the batteries has no threshold to compare with: it is left out.
    items = {
        key: Recorded(**seen) for key, seen in content.get("items", {}).items() if key in ITEMS
    }
    # A record of before a field was added does not have it.
    return Findings(items=items, **{name: content[name] for name in _TEXTS if name in content})


def latest_record(appointment: Appointment) -> VisitRecord | None:
    """Return the latest revision of the record of this visit, the one that counts, or None."""
    of_visit = VisitRecord.objects.with_content().filter(appointment=appointment)
    return of_visit.order_by("revision").last()


def earlier_records(appointment: Appointment, episode: Episode) -> Sequence[VisitRecord]:
    """Return the latest revision of each earlier visit of the episode, oldest visit first."""
    # An episode starts with its first intake: without one there is none.
    if episode.starts_at is None:
        return []
    return list(
        _latest()
        .filter(
            appointment__patient=appointment.patient_id,
            appointment__starts_at__gte=episode.starts_at,
            appointment__starts_at__lt=appointment.starts_at,
        )
        .select_related("appointment__service")
        .order_by("appointment__starts_at")
    )


def _latest() -> Any:
    """Return a query of the latest revision of each visit."""
    newest = VisitRecord.objects.filter(appointment=OuterRef("appointment")).order_by("-revision")
    records = VisitRecord.objects.with_content()
    return records.annotate(newest=Subquery(newest.values("revision")[:1])).filter(
        revision=F("newest")
    )


def latest_tests(records: Iterable[VisitRecord]) -> dict[str, Recorded]:
    """Return by item id what was last recorded in `records`, which are sorted oldest first.

    An item that a later visit left out keeps what was recorded earlier.
    """
    latest: dict[str, Recorded] = {}
    for record in records:
        latest |= findings_of(record).items
    return latest


def results_of(recorded: Mapping[str, Recorded]) -> dict[str, Result]:
    """Return the result of each recorded test, by item id."""
    return {key: result_of(ITEMS[key], one) for key, one in recorded.items()}


def signed_records(patient_id: UUID) -> list[VisitRecord]:
    """Return the signed record of each visit of a patient that has one, the oldest visit first.

    Of a visit that was signed twice it is the correction.
    """
    signed = _signed().filter(appointment__patient=patient_id)
    return list(signed.select_related("saved_by").order_by("appointment__starts_at"))


def visit_day_facts(appointment: Appointment, episode: Episode) -> VisitDayFacts:
    """Return the facts about impact on the clinic date of this visit."""
    gap = gap_before(appointment)
    birth = episode.birth_date
    return VisitDayFacts(
        on=gap.on,
        impact_from=None if birth is None else birth + timedelta(days=IMPACT_DAYS),
        has_open_flag=has_open_concern(appointment.patient_id),
        is_declined=is_declined(appointment.patient_id),
        is_open_elsewhere=has_open_elsewhere(appointment.patient),
        last_completed_on=gap.last_completed_on,
        intake_sent_on=gap.intake_sent_on,
        has_impact_step=_has_impact_step(appointment),
    )


def _has_impact_step(appointment: Appointment) -> bool:
    """Return whether the package of the visit tries impact; outside of one nothing forbids it."""
    if appointment.enrollment is None:
        return True
    return any(one.step == IMPACT_STEP for one in visits_of(appointment.enrollment))


def step_of(appointment: Appointment) -> int | None:
    """Return the step of the protocol by which a visit is recorded, None for a follow-up.

    An evaluation is one like the first visit of a package.
    """
    is_evaluation = appointment.service.kind == Service.Kind.EVALUATION
    return 1 if is_evaluation else appointment.step


def stage_facts(appointment: Appointment) -> StageFacts:
    """Return the stage that stands before this visit, and what the last check-in says about it."""
    checkin = last_checkin(appointment)
    return StageFacts(stage_before(appointment), checkin.outcome if checkin else "")


def stage_before(appointment: Appointment) -> int | None:
    """Return the stage last signed at an earlier visit of the same package, or None."""
    if appointment.enrollment_id is None:
        return None
    signed = _signed().filter(
        appointment__enrollment=appointment.enrollment_id,
        appointment__starts_at__lt=appointment.starts_at,
    )
    stages = (findings_of(record).stage for record in signed)
    return next((stage for stage in stages if stage is not None), None)


def _signed() -> Any:
    """Return a query of the latest signed revision of each visit, the latest visit first.

    Of a visit that was signed twice only the correction counts, also where it takes back a stage.
    """
    same = VisitRecord.objects.filter(appointment=OuterRef("appointment"), is_signed=True)
    newest = Subquery(same.order_by("-revision").values("revision")[:1])
    return (
        VisitRecord.objects.with_content()
        .annotate(newest=newest)
        .filter(revision=F("newest"))
        .select_related("appointment__service")
        .order_by("-appointment__starts_at")
    )


@dataclass(frozen=True)
class Course:
    """A patient's walk-run stage (None while none is set) and her home plan ("" for none)."""

    stage: int | None
    home_plan: str


def course_of(patient_id: UUID, now: datetime) -> Course:
    """Return the stage and the home plan last signed in the patient's latest episode.

    One record may set the stage and a later one the plan. A plan that is older than the stage is
    left out: it was written for another stage.
    """
    episode = episode_of(patient_id, now)
    if episode.starts_at is None:
        return Course(None, "")
    signed = _signed().filter(
        appointment__patient=patient_id, appointment__starts_at__gte=episode.starts_at
    )
    plan, step = "", None
    for record in signed:
        found = findings_of(record)
        if not plan and found.home_plan:
            plan, step = found.home_plan, step_of(record.appointment)
        if found.stage is not None:
            return Course(found.stage, _as_signed(plan, step, found.stage))
    return Course(None, _as_signed(plan, step, None))


def _as_signed(plan: str, step: int | None, stage: int | None) -> str:
    """Return the plan, in place of the former suggestion the one that goes with the stage.

    The former one spoke of stage 1 and left it to the patient whether it was hers.
    """
    return _(suggested_plan(step, stage)) if plan in (FORMER_PLAN, _(FORMER_PLAN)) else plan
