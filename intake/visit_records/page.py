"""The record of a visit as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.reasons import Reason
from intake.episodes.latest import Episode, episode_of
from intake.episodes.open_concerns import open_concerns
from intake.episodes.referrals import latest_sent
from intake.episodes.visit_facts import LastCheckin, last_checkin
from intake.models import Concern, VisitRecord
from intake.visit_records.batteries import (
    BATTERIES,
    ITEMS,
    Battery,
    Item,
    Recorded,
    Result,
    items_due,
)
from intake.visit_records.forms import RecordForm, amount_names
from intake.visit_records.queries import (
    Findings,
    earlier_records,
    findings_of,
    latest_record,
    latest_tests,
    results_of,
    stage_before,
    step_of,
    visit_day_facts,
)
from intake.visit_records.readiness import VisitDayFacts, reasons_against_impact, reasons_not_ready
from intake.visit_records.stage_rise import StageFacts
from intake.visit_records.walk_run import SUGGESTED_PLANS, suggested_plan
from intake.visit_records.words import Background, background_of


@dataclass(frozen=True)
class RecordPage:
    """A visit, its saved findings, earlier results of the episode, and what follows from both.

    `due` are the ids of the tests of this visit, `stage` says where she stood before it.
    `background` is None without a sent intake, `before` without an earlier record in the episode.
    """

    visit: Appointment
    latest: VisitRecord | None
    findings: Findings
    episode: Episode
    earlier: Mapping[str, Recorded]
    earlier_results: Mapping[str, Result]
    facts: VisitDayFacts
    due: Sequence[str]
    stage: StageFacts
    checkin: LastCheckin | None
    concerns: Sequence[Concern]
    background: Background | None
    before: VisitRecord | None

    @property
    def lacks_checkin(self) -> bool:
        """Whether she was to check in before this visit and did not."""
        is_there = self.checkin is not None and self.checkin.is_of_visit
        # The first visit and one outside a package have none (see intake.checkins.window).
        return (self.visit.visit_number or 1) > 1 and not is_there

    @property
    def findings_before(self) -> Findings:
        """What was found at the visit before this one."""
        return findings_of(self.before)

    @property
    def revision(self) -> int:
        """The revision that the page shows, 0 for none."""
        return self.latest.revision if self.latest else 0

    @property
    def tests(self) -> Mapping[str, Recorded]:
        """The latest result of each test: that of this visit where there is one."""
        return {**self.earlier, **self.findings.items}

    @property
    def against_impact(self) -> list[Reason]:
        """Why there is no running or jumping at this visit; empty when there may be."""
        # By the reason that was saved, not one that is being typed.
        return reasons_against_impact(self.facts, early_reason=self.findings.early_reason)

    @property
    def not_ready(self) -> list[Reason]:
        """Every reason against walk-run stage 1; empty when the patient is ready."""
        return reasons_not_ready(self.tests, self.facts, early_reason=self.findings.early_reason)

    def suggested_plan(self, findings: Findings) -> str:
        """Return the home plan that goes with these findings."""
        blocked = reasons_against_impact(self.facts, early_reason=findings.early_reason)
        plan = suggested_plan(step_of(self.visit), findings.stage, may_have_impact=not blocked)
        # Gettext has words of its own for an empty text.
        return _(plan) if plan else ""

    def with_plan(self, findings: Findings) -> Findings:
        """Return the findings with the suggested home plan where nobody wrote another one.

        The plan is suggested before the stage is chosen, so that one that stands there as it was
        suggested follows the stage.
        """
        if findings.home_plan not in {*SUGGESTED_PLANS, *(_(plan) for plan in SUGGESTED_PLANS)}:
            return findings
        return replace(findings, home_plan=self.suggested_plan(findings))


def record_page(visit: Appointment, now: datetime) -> RecordPage:
    """Return what the page of this visit's record shows. Opens sealed content: callers audit."""
    episode = episode_of(visit.patient_id, now)
    latest = latest_record(visit)
    records = earlier_records(visit, episode)
    earlier = latest_tests(records)
    results = results_of(earlier)
    checkin, form = last_checkin(visit), latest_sent(visit.patient_id)
    concerns = open_concerns(visit.patient_id)
    return RecordPage(
        visit=visit,
        latest=latest,
        findings=findings_of(latest),
        episode=episode,
        earlier=earlier,
        earlier_results=results,
        facts=visit_day_facts(visit, episode),
        due=items_due(step_of(visit), results),
        stage=StageFacts(stage_before(visit), checkin.outcome if checkin else ""),
        checkin=checkin,
        concerns=concerns,
        background=background_of(form) if form else None,
        before=records[-1] if records else None,
    )


@dataclass(frozen=True)
class ItemRow:
    """One test on the page: its bound fields, its result now and before, and if it is due."""

    item: Item
    amounts: Sequence[object]
    pain: object
    symptoms: Sequence[object]
    result: Result | None
    before: Result | None
    is_due: bool

    @property
    def has_errors(self) -> bool:
        """Whether a field of the row has errors."""
        fields = (*self.amounts, self.pain, *self.symptoms)
        return any(getattr(field, "errors", None) for field in fields)


def rows_of(page: RecordPage, form: RecordForm) -> list[tuple[Battery, list[ItemRow]]]:
    """Return the batteries with their rows, those with a test that is due first."""
    results = results_of(page.findings.items)

    def row(item: Item) -> ItemRow:
        return ItemRow(
            item=item,
            amounts=[form[f"{item.id}-{name}"] for name in amount_names(item)],
            pain=form[f"{item.id}-pain"],
            symptoms=[form[f"{item.id}-{name}"] for name in ("leak", "heaviness", "limp")],
            result=results.get(item.id),
            before=page.earlier_results.get(item.id),
            is_due=item.id in page.due,
        )

    batteries = [(one, [row(ITEMS[item.id]) for item in one.items]) for one in BATTERIES]
    # False sorts before True, and batteries that are alike stay in their order.
    return sorted(batteries, key=lambda one: not any(row.is_due for row in one[1]))
