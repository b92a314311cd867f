"""Guidance is shown in place of an error, so the error's kind is logged, never what it says."""

import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.operations.logs import JsonLine, kind_and_place
from tests.cast import Cast, client_for, make_cast
from tests.intake.checkins.checking_in import DAY, make_package, make_visit

pytestmark = pytest.mark.django_db

# An error may contain this; no log line ever does.
SAID = "her-answer-7f2"


def down(*args: Any, **kwargs: Any) -> None:
    raise OperationalError(SAID)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(logging.getLogger("run_ready"), "propagate", True)
    return caplog


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def urgent_post(cast: Cast, form: str) -> tuple[Client, str, dict[str, str]]:
    """Return a client, the address of this form, and an urgent answer to post there."""
    if form == "question":
        return Client(), "/intake/safety/", {"safety_emergency": "chest_pain"}
    visit = make_visit(make_package(cast.patient), cast.clinician, 2, timezone.now() + 2 * DAY)
    if form == "check_in":
        return Client(), reverse("check_in", args=[visit.pk]), {"ci_warning": "leg"}
    return (
        client_for(cast.manager),
        reverse("front_desk_checkin", args=[visit.pk]),
        {"ci_warning": "leg"},
    )


@pytest.mark.parametrize(
    ("form", "fails"),
    [
        ("question", "intake.online_intake.views._save"),
        ("check_in", "intake.checkins.views._for_her"),
        ("front_desk_checkin", "intake.checkins.views_front_desk.answer_page"),
    ],
)
def test_the_error_behind_guidance_is_logged_by_kind_and_place(
    cast: Cast, log: Any, monkeypatch: pytest.MonkeyPatch, form: str, fails: str
) -> None:
    client, page, urgent = urgent_post(cast, form)
    monkeypatch.setattr(fails, down)
    assert client.post(page, urgent).status_code == 200
    (line,) = [one for one in log.records if "instead of an answer" in one.getMessage()]
    assert "OperationalError in down, line" in line.getMessage()
    assert SAID not in JsonLine().format(line)
    assert SAID not in log.text


def test_saved_answers_that_cannot_be_read_leave_a_line_in_the_log(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.online_intake.posted_guidance.intake_of", down)
    page = Client().post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert b"Call 911 now" in page.content
    lines = [one.getMessage() for one in log.records if "could not be read" in one.getMessage()]
    assert lines
    assert all("OperationalError in down" in line and SAID not in line for line in lines)


def test_without_urgent_answers_the_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.online_intake.views._save", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Client().post("/intake/safety/", {"safety_emergency": "none"})


def test_an_error_that_was_never_raised_has_a_kind_and_no_place() -> None:
    assert kind_and_place(ValueError(SAID)) == "ValueError"
