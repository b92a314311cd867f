"""Visit records as pages and actions read them. Opens sealed content: callers audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, OuterRef, Subquery

from booking.models import Appointment
from booking.packages.queries import day_of
from clinic.practice.wall_time import clinic_date
from intake.episodes.latest import Episode, episode_of
from intake.episodes.open_concerns import has_open_concern
from intake.episodes.visit_facts import last_completed
from intake.models import Intake, VisitRecord
from intake.triage.evaluate import IMPACT_DAYS
from intake.visit_records.batteries import ITEMS, Recorded, Result, result_of
from intake.visit_records.readiness import VisitDayFacts


@dataclass(frozen=True)
class Findings:
    """The content of a record as plain values."""

    items: Mapping[str, Recorded] = field(default_factory=dict)
    stage: int | None = None
    home_plan: str = ""
    note: str = ""
    early_reason: str = ""
    impact_reason: str = ""

    def stored(self) -> dict[str, Any]:
        """Return the JSON to seal: items that were recorded by id, and the other fields."""
        items = {key: asdict(one) for key, one in self.items.items()}
        return {**{name: getattr(self, name) for name in _TEXTS}, "items": items}


_TEXTS = ("stage", "home_plan", "note", "early_reason", "impact_reason")


def findings_of(record: VisitRecord | None) -> Findings:
    """Return the findings in a record; empty ones for None."""
    if record is None:
        return Findings()
    content = record.content
    # A test that is no longer in the batteries has no threshold to compare with: it is left out.
    items = {
        key: Recorded(**seen) for key, seen in content.get("items", {}).items() if key in ITEMS
    }
    return Findings(items=items, **{name: content.get(name) for name in _TEXTS})


def latest_record(appointment: Appointment) -> VisitRecord | None:
    """Return the latest revision of the record of this visit, the one that counts, or None."""
    return VisitRecord.objects.filter(appointment=appointment).order_by("revision").last()


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
        .select_related("appointment")
        .order_by("appointment__starts_at")
    )


def _latest() -> Any:
    """Return a query of the latest revision of each visit."""
    newest = VisitRecord.objects.filter(appointment=OuterRef("appointment")).order_by("-revision")
    return VisitRecord.objects.annotate(newest=Subquery(newest.values("revision")[:1])).filter(
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


def visit_day_facts(appointment: Appointment, episode: Episode) -> VisitDayFacts:
    """Return the facts about impact on the clinic date of this visit. Three statements."""
    last = last_completed(appointment)
    sent = Intake.objects.full().sent().filter(patient=appointment.patient_id)
    # Before its end and not its start: an intake that is sent in the waiting room counts.
    newest = sent.filter(sent_at__lt=appointment.ends_at).order_by("sent_at").last()
    birth = episode.birth_date
    return VisitDayFacts(
        on=day_of(appointment),
        impact_from=None if birth is None else birth + timedelta(days=IMPACT_DAYS),
        has_open_flag=has_open_concern(appointment.patient_id),
        last_completed_on=None if last is None else day_of(last),
        intake_sent_on=_day(newest.sent_at) if newest is not None else None,
    )


def _day(at: datetime | None) -> Any:
    """Return the clinic date of a moment, None for None."""
    return None if at is None else clinic_date(at, settings.CLINIC_TIME_ZONE)


@dataclass(frozen=True)
class Course:
    """A patient's walk-run stage (None while none is set) and her home plan ("" for none)."""

    stage: int | None
    home_plan: str


def course_of(patient_id: UUID, now: datetime) -> Course:
    """Return the stage and the home plan last signed in the patient's latest episode.

    Each is the latest that a signed record sets: one record may set the stage, another the plan.
    """
    episode = episode_of(patient_id, now)
    if episode.starts_at is None:
        return Course(None, "")
    signed = VisitRecord.objects.filter(
        is_signed=True,
        appointment__patient=patient_id,
        appointment__starts_at__gte=episode.starts_at,
    ).order_by("-appointment__starts_at", "-revision")
    stage, plan = None, ""
    for record in signed:
        found = findings_of(record)
        # Newest first: what is set already is not overwritten. Stage 0 is a stage.
        stage = found.stage if stage is None else stage
        plan = plan or found.home_plan
        if stage is not None and plan:
            break
    return Course(stage, plan)
