"""Errors handed to a function of the operator: kind and place, and nothing that anybody typed."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import Client

from clinic.operations.reporting import REPORTED, ErrorReports, reporter

pytestmark = pytest.mark.django_db

CANARY = "zqcanary"
HERE = "tests.clinic.operations.test_reporting"
told: list[Mapping[str, Any]] = []


def report(error: Mapping[str, Any]) -> None:
    told.append(error)


def fail(error: Mapping[str, Any]) -> None:
    raise RuntimeError(CANARY)


@pytest.fixture(autouse=True)
def reports(settings: Any) -> Iterator[None]:
    """Attach the handler as settings.py does where ERROR_REPORTER is set."""
    told.clear()
    settings.ERROR_REPORTER = f"{HERE}.report"
    handler = ErrorReports()
    loggers = [logging.getLogger(name) for name in ("", "django", "run_ready")]
    for one in loggers:
        one.addHandler(handler)
    yield
    for one in loggers:
        one.removeHandler(handler)


def break_the_home_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: HttpRequest, *args: object, **kwargs: object) -> None:
        typed = request.GET["q"]
        raise ValueError(f"{typed} cannot be read")

    monkeypatch.setattr("clinic.site.views.render", broken)


def test_an_error_of_a_page_is_reported_without_what_was_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_the_home_page(monkeypatch)
    answer = Client(raise_request_exception=False).get(f"/?q={CANARY}")
    assert answer.status_code == 500
    (error,) = told
    assert set(error) <= set(REPORTED)
    assert (error["error"], error["route"], error["module"]) == (
        "ValueError",
        "home",
        "clinic.site.views",
    )
    assert error["request"] == answer.headers["X-Request-ID"]
    assert isinstance(error["line"], int)
    assert CANARY not in str(error)


def test_what_is_no_error_is_not_reported() -> None:
    Client().get(f"/nothing-{CANARY}")
    logging.getLogger("run_ready.test").warning("not reported")
    logging.getLogger("run_ready.test").error("an error without an exception")
    assert told == []


def test_a_reporter_that_fails_changes_nothing_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ERROR_REPORTER = f"{HERE}.fail"
    monkeypatch.setattr(logging.getLogger("run_ready"), "propagate", True)
    break_the_home_page(monkeypatch)
    assert Client(raise_request_exception=False).get(f"/?q={CANARY}").status_code == 500
    said = [one.getMessage() for one in caplog.records if one.name == "run_ready.errors"]
    assert [one for one in said if "could not be reported: RuntimeError in fail" in one]
    assert CANARY not in "".join(said)


@pytest.mark.parametrize("name", ["no.such.function", f"{HERE}.nothing", f"{HERE}.CANARY", "json"])
def test_a_name_that_leads_nowhere_is_refused(name: str, settings: Any) -> None:
    settings.ERROR_REPORTER = name
    with pytest.raises(ImproperlyConfigured):
        reporter()


def test_it_is_off_by_default_and_a_wrong_name_stops_the_start(settings: Any) -> None:
    settings.ERROR_REPORTER = ""
    assert reporter() is None
    shown = "from django.conf import settings as s; import django; django.setup()"
    shown += "; print(s.ERROR_REPORTER, s.LOGGING['root']['handlers'])"

    def started(**given: str) -> subprocess.CompletedProcess[str]:
        names = {"DJANGO_SETTINGS_MODULE": "clinic.settings", **given}
        return subprocess.run(
            [sys.executable, "-c", shown],
            cwd=project.BASE_DIR,
            env={**os.environ, **names},
            capture_output=True,
            text=True,
            check=False,
        )

    assert started().stdout.strip() == "['out']"
    assert started(ERROR_REPORTER="json.dumps").stdout.strip() == "json.dumps ['out', 'reports']"
    wrong = started(ERROR_REPORTER="no.such.function")
    assert wrong.returncode != 0
    assert "ERROR_REPORTER" in wrong.stderr.splitlines()[-1]
