"""One visit's record as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.models import Appointment
from booking.reasons import Reason
from intake.episodes.latest import Episode, episode_of
from intake.models import VisitRecord
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
    standing_at,
)
from intake.visit_records.readiness import VisitDayFacts, reasons_against_impact, reasons_not_ready
from intake.visit_records.walk_run import HOME_PLANS


@dataclass(frozen=True)
class RecordPage:
    """A visit, what was saved, what came before, and what follows from both."""

    visit: Appointment
    latest: VisitRecord | None
    findings: Findings
    episode: Episode
    earlier: Mapping[str, Recorded]
    earlier_results: Mapping[str, Result]
    standing: VisitDayFacts
    due: Sequence[str]

    @property
    def revision(self) -> int:
        """The revision the page shows, 0 for none."""
        return self.latest.revision if self.latest else 0

    @property
    def tests(self) -> Mapping[str, Recorded]:
        """The latest of each test, this visit's first."""
        return {**self.earlier, **self.findings.items}

    @property
    def against_impact(self) -> list[Reason]:
        """Why nobody runs or jumps at this visit."""
        return reasons_against_impact(self.standing, early_reason=self.findings.early_reason)

    @property
    def not_ready(self) -> list[Reason]:
        """Every reason against walk-run stage 1."""
        return reasons_not_ready(self.tests, self.standing, early_reason=self.findings.early_reason)

    @property
    def suggested_plan(self) -> str:
        """What to prefill as the home plan; to be translated."""
        return HOME_PLANS[self.visit.visit_number or 1]


def record_page(visit: Appointment, now: datetime) -> RecordPage:
    """Return the page of this visit's record."""
    episode = episode_of(visit.patient_id, now)
    latest = latest_record(visit)
    earlier = latest_tests(earlier_records(visit, episode))
    results = results_of(earlier)
    return RecordPage(
        visit=visit,
        latest=latest,
        findings=findings_of(latest),
        episode=episode,
        earlier=earlier,
        earlier_results=results,
        standing=standing_at(visit, episode),
        due=items_due(visit.visit_number, results),
    )


@dataclass(frozen=True)
class ItemRow:
    """One test on the page: its fields, what it means now, and what it meant before."""

    item: Item
    amounts: Sequence[object]
    pain: object
    symptoms: Sequence[object]
    result: Result | None
    before: Result | None
    is_due: bool

    @property
    def has_errors(self) -> bool:
        """Whether a field of the row is wrong."""
        fields = (*self.amounts, self.pain, *self.symptoms)
        return any(getattr(field, "errors", None) for field in fields)


def rows_of(page: RecordPage, form: RecordForm) -> list[tuple[Battery, list[ItemRow]]]:
    """Return the batteries with their rows; those due at this visit first."""
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
    return sorted(batteries, key=lambda one: not any(row.is_due for row in one[1]))
