"""The log of the process: one line of JSON an event, in UTC, with nothing that anybody typed."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.template import TemplateSyntaxError
from django.test import Client
from django.urls import reverse

from clinic.models.messages import Heartbeat
from clinic.operations import periodic, server
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


def last_error(written: list[str]) -> dict[str, Any]:
    found = [one for one in map(json.loads, written) if one["level"] == "error"]
    return found[-1]


def in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            # The text of this error quotes the value.
            cursor.execute("SELECT CAST(%s AS integer) / 0", [CANARY])
            cursor.execute(f"SELECT {CANARY}")

    monkeypatch.setattr("clinic.people.views.sending", broken)


def in_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise TemplateSyntaxError(f"{CANARY} is no tag")

    monkeypatch.setattr("clinic.models.people.User.get_full_name", broken)


def in_a_middleware(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("clinic.sign_in.middleware.SessionLimitsMiddleware.__call__", broken)


@pytest.mark.parametrize(
    ("breaking", "error", "asked_for"),
    [
        (in_a_template, "TemplateSyntaxError", "people"),
        (in_the_database, "DatabaseError", "mail_test"),
        (in_a_middleware, "RuntimeError", ""),
    ],
)
def test_an_error_of_any_layer_names_its_place_its_request_and_nothing_else(
    written: list[str],
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    breaking: Callable[[pytest.MonkeyPatch], None],
    error: str,
    asked_for: str,
) -> None:
    client = client_for(cast.admin)
    client.raise_request_exception = False
    breaking(monkeypatch)
    asked = reverse(asked_for or "people")
    answer = client.get(asked, {"search": CANARY}, headers={"x-request-id": CANARY})
    assert answer.status_code in (500, 503)
    said = last_error(written)
    assert re.fullmatch("[0-9a-f]{16}", said["request"])
    assert answer["X-Request-ID"] == said["request"]
    assert said["request"] in answer.content.decode()
    # Which one a value of the wrong type is, differs by database.
    assert said["error"] in (error, "DataError", "OperationalError")
    assert said["function"]
    assert said["line"] > 0
    # The middleware that fails is one of this file.
    assert said["module"].startswith("clinic." if asked_for else "tests.")
    if asked_for:
        assert (said["route"], said["user"]) == (asked_for, cast.admin.pk)
    assert [line for line in written if CANARY in line.lower()] == []


def test_an_error_of_a_job_or_of_a_mail_names_its_place_and_nothing_else(
    written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**kwargs: Any) -> None:
        raise KeyError(CANARY)

    monkeypatch.setitem(periodic.JOBS, "broken", periodic.Job("broken", 10, broken))
    Heartbeat.objects.filter(job="broken").delete()
    assert "broken" not in dict(periodic.run_due())
    said = last_error(written)
    assert (said["event"], said["error"]) == ("periodic job broken failed", "KeyError")
    assert (said["module"], said["function"]) == ("clinic.operations.periodic", "run")
    assert said["raised_in"].startswith("tests.clinic.operations.test_logs.broken, line ")
    assert "request" not in said
    assert [line for line in written if CANARY in line.lower()] == []


def test_what_celery_says_is_its_own_words_and_our_task(written: list[str]) -> None:
    log = logging.getLogger("celery.beat")
    log.setLevel(logging.INFO)
    for words, *values in (
        ("Scheduler: Sending due task %s (%s)", "send_due", "clinic.periodic.send_due"),
        ("Message Error: %s\n%s", ValueError(CANARY), [CANARY]),
    ):
        log.error(words, *values)
    log.error(f"Cannot go on: {CANARY}")  # as a library might
    assert [json.loads(line)["event"].partition(", line")[0] for line in written] == [
        "Scheduler: Sending due task %s (%s) clinic.periodic.send_due",
        "Message Error: %s",
        "in test_logs.test_what_celery_says_is_its_own_words_and_our_task",
    ]


def test_who_answers_last_in_a_thread_is_not_taken_for_the_next(written: list[str]) -> None:
    first, second = Client().get("/privacy/"), Client().get("/nowhere/")
    assert first["X-Request-ID"] != second["X-Request-ID"]
    said = json.loads(written[-1])
    assert (said["event"], said["request"]) == ("answered 404", second["X-Request-ID"])


def test_a_limit_that_is_reached_is_written_once(written: list[str], settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (1, 10**9)}
    for number in range(5):
        Client().get(f"/l/unknown{number}")
    assert sum("is reached" in line for line in written) == 1


# --- What docs/operations.md says of logs ---------------------------------------------------------


def test_every_log_is_in_the_list() -> None:
    said = (settings.BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    table = said.partition("## Logs")[2].partition("\n## ")[0]
    ours = {"run_ready.command"}  # of manage.py itself
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


@pytest.mark.parametrize("traceback", [False, True], ids=["in a journal", "asked for"])
def test_a_command_that_fails_names_its_place_and_nothing_else(traceback: bool) -> None:
    code = f"raise ValueError({CANARY!r})"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
    failed = subprocess.run(
        [*command, *(["--traceback"] if traceback else [])],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert "ValueError" in failed.stderr
    assert (CANARY in failed.stdout + failed.stderr) is traceback
    if not traceback:
        line = json.loads(failed.stderr.strip().splitlines()[-1])
        assert (line["from"], line["level"]) == ("run_ready.command", "critical")
