"""Visit records as pages and deeds read them. Opens sealed content: callers audit."""

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
from intake.episodes.referrals import has_open_flag
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
        """Return the JSON that is sealed; what was not recorded is left out."""
        items = {key: asdict(one) for key, one in self.items.items()}
        return {**{name: getattr(self, name) for name in _TEXTS}, "items": items}


_TEXTS = ("stage", "home_plan", "note", "early_reason", "impact_reason")


def findings_of(record: VisitRecord | None) -> Findings:
    """Return what a record holds; nothing for a visit without one."""
    if record is None:
        return Findings()
    content = record.content
    items = {
        key: Recorded(**seen) for key, seen in content.get("items", {}).items() if key in ITEMS
    }
    return Findings(items=items, **{name: content.get(name) for name in _TEXTS})


def latest_record(appointment: Appointment) -> VisitRecord | None:
    """Return the revision that counts, or None."""
    return VisitRecord.objects.filter(appointment=appointment).order_by("revision").last()


def earlier_records(appointment: Appointment, episode: Episode) -> Sequence[VisitRecord]:
    """Return the latest revision of each earlier visit of the episode, oldest visit first."""
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
    newest = VisitRecord.objects.filter(appointment=OuterRef("appointment")).order_by("-revision")
    return VisitRecord.objects.annotate(newest=Subquery(newest.values("revision")[:1])).filter(
        revision=F("newest")
    )


def latest_tests(records: Iterable[VisitRecord]) -> dict[str, Recorded]:
    """Return, by item, what was last recorded in these records, oldest first.

    An item that a later visit left out keeps its earlier result.
    """
    latest: dict[str, Recorded] = {}
    for record in records:
        latest |= findings_of(record).items
    return latest


def results_of(recorded: Mapping[str, Recorded]) -> dict[str, Result]:
    """Return what each recorded test means."""
    return {key: result_of(ITEMS[key], one) for key, one in recorded.items()}


def standing_at(appointment: Appointment, episode: Episode) -> VisitDayFacts:
    """Return what holds for impact on the day of this visit. Three statements."""
    last = last_completed(appointment)
    sent = Intake.objects.full().sent().filter(patient=appointment.patient_id)
    newest = sent.filter(sent_at__lt=appointment.ends_at).order_by("sent_at").last()
    birth = episode.birth_date
    return VisitDayFacts(
        on=day_of(appointment),
        impact_from=None if birth is None else birth + timedelta(days=IMPACT_DAYS),
        has_open_flag=has_open_flag(appointment.patient_id),
        last_completed_on=None if last is None else day_of(last),
        intake_sent_on=_day(newest.sent_at) if newest is not None else None,
    )


def _day(at: datetime | None) -> Any:
    return None if at is None else clinic_date(at, settings.CLINIC_TIME_ZONE)


@dataclass(frozen=True)
class Course:
    """Where a patient stands: the walk-run stage and the home plan of her latest signed record."""

    stage: int | None
    home_plan: str


def course_of(patient_id: UUID, now: datetime) -> Course:
    """Return the stage and home plan of the patient's latest episode, as last signed."""
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
        stage = found.stage if stage is None else stage
        plan = plan or found.home_plan
        if stage is not None and plan:
            break
    return Course(stage, plan)
