"""An earlier evaluation counted as visit 1: when it may be, and what it does to the credits."""

from datetime import date

import pytest

from booking.models import Appointment, Policy
from booking.packages import ledger
from booking.packages.evaluation_credit import count_as_first_visit
from booking.packages.queries import entries_of, package_of
from booking.reason_text import sentence
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.checkins.checking_in import DAY, make_package

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

ZONE = "America/New_York"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_an_evaluation_counts_as_visit_1_with_its_credit_used(cast: Cast) -> None:
    evaluation = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW - 20 * DAY,
        status="completed",
    )  # fmt: skip
    package = make_package(cast.patient)
    count(evaluation, "Full evaluation three weeks ago")
    package.refresh_from_db()
    assert package.credited_cents == 22_500
    assert ledger.balance(entries_of(package)) == 5
    view = package_of(cast.patient, NOW)
    assert view is not None
    assert view.visits[0].is_done
    assert view.next_visit is not None
    assert view.next_visit.number == 2
    with pytest.raises(Refused):
        count(evaluation, "Again")
    assert ledger.balance(entries_of(package)) == 5


def count(evaluation: Appointment, reason: str) -> None:
    count_as_first_visit(
        evaluation_id=evaluation.pk, reason=reason, zone=ZONE, context=Context(SYSTEM, NOW)
    )


@pytest.mark.parametrize(
    ("days_ago", "status", "reason"),
    [(43, "completed", "ok"), (20, "no_show", "ok"), (20, "completed", "")],
)
def test_what_cannot_count_is_refused(cast: Cast, days_ago: int, status: str, reason: str) -> None:
    evaluation = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=NOW - days_ago * DAY,
        status=status,
    )
    package = make_package(cast.patient)
    with pytest.raises(Refused):
        count(evaluation, reason)
    assert ledger.balance(entries_of(package)) == 6


def test_how_long_an_evaluation_counts_is_what_the_package_was_bought_under(cast: Cast) -> None:
    evaluation = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW - 20 * DAY,
        status="completed",
    )  # fmt: skip
    Policy.objects.create(evaluation_counts_days=19)
    package = make_package(cast.patient)
    Policy.objects.create(evaluation_counts_days=42)
    with pytest.raises(Refused) as refused:
        count(evaluation, "Twenty days ago")
    assert "in the 19 days before joining" in sentence(refused.value.reasons[0])
    assert ledger.balance(entries_of(package)) == 6


def test_an_evaluation_before_six_weeks_cannot_count(cast: Cast) -> None:
    evaluation = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW - 20 * DAY,
        status="completed",
    )  # fmt: skip
    package = make_package(cast.patient)
    package.first_visit_from = date(2027, 1, 13)
    package.save()
    with pytest.raises(Refused):
        count(evaluation, "Too early")
