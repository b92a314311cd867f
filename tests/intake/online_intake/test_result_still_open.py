"""A form on which all is well does not close what an earlier one left open, and says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from intake.models import Intake
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.review.reviewing import TORN, decide, make_intake, opened

pytestmark = pytest.mark.django_db

FITS, STILL_OPEN = "Run Ready fits you well", "Something you told us before is still open"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def result_of(intake: Intake) -> str:
    """Return the page that the browser which sent this form sees."""
    client = Client()
    session = client.session
    session["intake"] = str(intake.pk)
    session.save()
    return client.get("/intake/result/").content.decode()


def second_form(first: Intake) -> Intake:
    return make_intake(patient=first.patient, now=NOW + timedelta(hours=1))


def test_somebody_with_nothing_open_fits(cast: Cast) -> None:
    page = result_of(make_intake())
    assert FITS in page
    assert STILL_OPEN not in page


@pytest.mark.parametrize(
    "held",
    [
        {},
        {"mark": "impact_held", "reason": "until examined"},
        {"mark": "referred", "reason": "to the surgeon"},
        {"next_act": "decline", "note": "too far for us"},
    ],
)
def test_an_earlier_answer_that_is_open_is_not_forgotten(cast: Cast, held: dict[str, Any]) -> None:
    first = make_intake(**TORN)
    if held:
        assert decide(client_for(cast.clinician.user), first, **held) == 302
    second = second_form(first)
    assert second.level == "clear"
    page = result_of(second)
    assert STILL_OPEN in page
    assert FITS not in page
    assert "please wait until you have heard from us" in page
    assert "run_ready" not in opened(first.patient)


def test_after_a_decline_a_new_form_is_read_by_somebody(cast: Cast) -> None:
    first = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    assert decide(client, first, next_act="decline", note="too far for us") == 302
    second = make_intake(patient=first.patient, now=NOW + timedelta(hours=1), **{"care.note": ""})
    assert (second.queue, second.decided_at) == ("reading", None)
    assert opened(first.patient) == ()
    # Signing it opens nothing; taking the decline back does.
    assert decide(client, second) == 302
    assert opened(first.patient) == ()
    assert decide(client, second, next_act="accept") == 302
    assert opened(first.patient) == ("evaluation", "run_ready")
