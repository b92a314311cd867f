"""What a clinician holds or has not resolved lasts, whatever comes in afterwards."""

from datetime import datetime
from typing import Any

import pytest

from clinic.audit.context import Context
from intake.duplicates.merge import merge_patients
from intake.episodes.open_concerns import has_open_concern, open_concerns
from intake.models import Intake
from intake.review.decisions import sign_decision
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_patient
from tests.intake.review.reviewing import (
    TORN,
    actor,
    make_intake,
    opened,
    verdict,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign(intake: Intake, cast: Cast, mark: str, next_act: str = "none") -> None:
    intake.refresh_from_db()
    clinician = cast.clinician.user
    sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=verdict(intake, mark, next_act),
        clinician=clinician,
        context=Context(actor(clinician), at(15)),
    )


def at(hour: int) -> datetime:
    return NOW.replace(hour=hour)


def is_held(patient: Any) -> bool:
    """Return whether the tear still closes the package and impact."""
    (concern,) = open_concerns(patient.pk)
    assert opened(patient) == ("evaluation",)
    return concern.state == "impact_held" and has_open_concern(patient.pk)


def test_a_held_tear_stays_held_under_a_second_form_without_it(cast: Cast) -> None:
    first = make_intake(**TORN)
    sign(first, cast, "impact_held")
    make_intake(patient=first.patient, now=at(18))
    assert is_held(first.patient)


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_held_tear_stays_held_when_two_rows_become_one(cast: Cast, is_kept: bool) -> None:
    first = make_intake(**TORN)
    sign(first, cast, "impact_held")
    other = make_patient(
        name="Other Example", email="other@example.test", phone="+17815550177", born_on=None
    )
    make_intake(patient=other, now=at(18))
    kept, merged = (first.patient, other) if is_kept else (other, first.patient)
    merge_patients(
        kept_id=kept.pk,
        merged_id=merged.pk,
        reason="One person, says the desk.",
        context=Context(actor(cast.clinician.user), at(19)),
    )
    assert is_held(kept)


def test_a_decline_stays_under_a_new_form(cast: Cast) -> None:
    first = make_intake(**TORN)
    sign(first, cast, "reviewed", next_act="decline")
    make_intake(patient=first.patient, now=at(18))
    assert opened(first.patient) == ()
