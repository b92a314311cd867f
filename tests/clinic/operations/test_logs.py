"""The log of the process: one line of JSON an event, in UTC, with nothing that anybody typed."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from clinic.operations import server
from clinic.operations.logs import JsonLine
from tests.cast import Cast, client_for, make_cast

pytestmark = pytest.mark.django_db

CANARY = "zqcanary"
INJECTED = f'{CANARY}\n{{"at": "2027-01-01", "level": "info"}}\r\x1b[2J'


class _Kept(logging.Handler):
    """Keeps each line as the site's own handler would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLine())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def written() -> Iterator[list[str]]:
    kept = _Kept()
    names = ("", "django", "run_ready")
    for name in names:
        logging.getLogger(name).addHandler(kept)
    yield kept.lines
    for name in names:
        logging.getLogger(name).removeHandler(kept)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_an_event_is_one_line_with_its_time_in_utc(written: list[str]) -> None:
    logging.getLogger("run_ready.test").warning("about %s", INJECTED)
    (line,) = written
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    found = json.loads(line)
    assert set(found) == {"at", "level", "from", "event"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found["at"])
    assert (found["level"], found["from"]) == ("warning", "run_ready.test")


def test_what_goes_wrong_is_written_and_nothing_of_what_was_typed(
    written: list[str], cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def broken(request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ValueError(f"{CANARY} cannot be read")

    client = Client(raise_request_exception=False)
    client.get(f"/l/{CANARY}?{CANARY}")
    client.post(reverse("account_login"), {"login": f"{CANARY}@example.test", "password": CANARY})
    client.post(reverse("account_login"), {"login": f"{CANARY}\x00"})
    Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": CANARY})
    client.get("/", headers={"host": f"{CANARY}.example", "user-agent": INJECTED})
    client_for(cast.admin).get(f"/desk/patients/?q={CANARY}")
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (1, 10**9)}
    for number in range(3):
        client.get(f"/l/{CANARY}{number}")
    monkeypatch.setattr("clinic.security.link_pages.find", broken)
    assert client.get(f"/l/{CANARY}").status_code == 500
    assert [line for line in written if CANARY in line.lower()] == []
    events = [(one["from"], one["event"], one.get("error")) for one in map(json.loads, written)]
    for wanted in (
        ("django.request", "answered 404", None),
        ("run_ready.refused", "input refused with 400", None),
        ("django.security.csrf", "answered 403", None),
        ("django.request", "answered 403", "PermissionDenied"),
        ("run_ready.limits", "limit wrong_links is reached", None),
        ("django.request", "answered 500", "ValueError"),
    ):
        assert wanted in events, wanted


def test_a_limit_that_is_reached_is_written_once(written: list[str], settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (1, 10**9)}
    for number in range(5):
        Client().get(f"/l/unknown{number}")
    assert sum("is reached" in line for line in written) == 1


# --- What docs/operations.md says of logs ---------------------------------------------------------


def test_every_log_is_in_the_list() -> None:
    said = (settings.BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    table = said.partition("## Logs")[2].partition("\n## ")[0]
    ours = set()
    for app in ("clinic", "booking", "intake"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            ours |= set(re.findall(r'getLogger\("([\w.]+)"\)', path.read_text()))
    assert ours
    assert [name for name in ours if f"`{name}`" not in table] == []
    assert sorted(re.findall(r"`(run_ready\.\w+)`", table)) == sorted(ours)
    # Nothing but the output of the process, and nothing for the addresses that were asked for.
    for given in (settings.LOGGING, server.logconfig_dict):
        kinds = {one["class"] for one in given["handlers"].values()}
        assert kinds == {"logging.StreamHandler"}
        assert {one["formatter"] for one in given["handlers"].values()} == {"line"}
    assert server.logconfig_dict["loggers"]["gunicorn.access"]["handlers"] == []
