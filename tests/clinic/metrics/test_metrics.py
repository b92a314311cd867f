"""`/metrics`: numbers of rows and requests for a program on this machine, and for nobody else."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings as project
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from clinic.backups.making import TAKEN
from clinic.database.clock import database_now
from clinic.messages.delivery.claiming import JOB
from clinic.messages.delivery.held_back import HELD
from clinic.messages.outbox import owe
from clinic.metrics import gauges, own_gauges
from clinic.metrics.gauges import GaugeSource
from clinic.models.messages import Email, Heartbeat
from clinic.models.people import Patient
from clinic.models.sign_in import TryCount
from clinic.operations import server
from clinic.operations.clock import CLOCK
from intake.models import Task
from tests import prepared
from tests.cast import client_for, make_cast
from tests.factories import make_appointment, make_patient
from tests.full_disk import full_after
from tests.house.test_up import SUITE
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


def numbers_in(text: str) -> dict[tuple[str, str], float]:
    """Return every number by its name, without the prefix, and the values of its labels."""
    return {
        (sample.name.removeprefix("run_ready_"), " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(**given: str) -> dict[tuple[str, str], float]:
    answer = Client().get("/metrics", **{**HERE, **given})  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    return numbers_in(answer.content.decode())


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_a_program_on_this_machine_reads_it(peer: str, host: str) -> None:
    assert scrape(REMOTE_ADDR=peer, HTTP_HOST=host)["database_up", ""] == 1


def test_it_is_read_on_a_public_site_too(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["clinic.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert scrape()["database_up", ""] == 1


@pytest.mark.parametrize(
    "given",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "clinic.example"},
        {"HTTP_HOST": "127.0.0.1.clinic.example"},
        {"HTTP_HOST": "[::1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
    ids=lambda given: " ".join(f"{name} {value}" for name, value in given.items()),
)
def test_nobody_else_can_tell_it_from_an_address_that_is_not(
    given: dict[str, str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "clinic.example", "127.0.0.1.clinic.example"]
    answers = [
        Client().get(path, **{**HERE, **given})  # type: ignore[arg-type]
        for path in ("/metrics", "/metricz")
    ]
    first, second = answers
    assert first.status_code == second.status_code == (400 if "[" in str(given) else 404)
    assert len(first.content) == len(second.content)
    without_id = [{**one.headers, "X-Request-ID": "", "Set-Cookie": ""} for one in answers]
    assert re.sub("nonce-[^']+", "", str(without_id[0])) == re.sub(
        "nonce-[^']+", "", str(without_id[1])
    )


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_it_is_only_read(method: str) -> None:
    assert getattr(Client(), method)("/metrics", **HERE).status_code in (404, 405)
    assert getattr(Client(), method)("/metricz", **HERE).status_code in (404, 405)


def test_mail_heartbeats_backup_and_closed_sign_ins_are_those_of_the_rows() -> None:
    patient, now = make_patient(), database_now()
    for number, minutes in enumerate((-1, -2, -10, 60), start=1):
        due_at = now + timedelta(minutes=minutes)
        owe(kind="confirmation", about=f"a:{number}", patient=patient, due_at=due_at)
    for number, status in enumerate(("failed", "failed", "needs_human"), start=10):
        owe(kind="confirmation", about=f"a:{number}", patient=patient, due_at=now)
        Email.objects.filter(about=f"a:{number}").update(status=status)
    for job, minutes in ((JOB, 4), (CLOCK, 2), (TAKEN, 90)):
        at = now - timedelta(minutes=minutes)
        Heartbeat.objects.update_or_create(job=job, defaults={"at": at})
    for number, minutes in enumerate((-5, 5)):
        until = now + timedelta(minutes=minutes)
        TryCount.objects.create(key=f"k{number}", tries=9, since=now, closed_until=until)
    found = scrape()
    states = ("due", "overdue", "later", "being_sent", "failed", "needs_person")
    assert [found["mails", state] for state in states] == [3, 1, 1, 0, 2, 1]
    assert 600 <= found["oldest_due_mail_seconds", ""] < 660
    assert 240 <= found["heartbeat_age_seconds", "worker"] < 300
    assert 120 <= found["heartbeat_age_seconds", "beat"] < 180
    assert 5400 <= found["backup_age_seconds", ""] < 5460
    assert found["closed_sign_ins", ""] == 1
    assert found["mail_held_back", ""] == 0
    Heartbeat.objects.create(job=HELD, at=now)
    assert scrape()["mail_held_back", ""] == 1


def test_what_never_was_has_no_age() -> None:
    Heartbeat.objects.all().delete()
    found = scrape()
    assert [name for name, _ in found if "heartbeat" in name or "backup" in name] == []
    assert found["oldest_due_mail_seconds", ""] == 0


def test_tasks_reviews_and_held_times_are_those_of_the_rows() -> None:
    cast, now = make_cast(), database_now()
    for number, (minutes, status) in enumerate(
        ((30, "open"), (-30, "open"), (-90, "unreached"), (-900, "done"))
    ):
        closed = {"outcome": "rebooked", "closed_at": now, "closed_by": cast.manager}
        Task.objects.create(
            patient=cast.patient,
            kind="rebook",
            about=f"t:{number}",
            created_at=now,
            tries_from=now,
            due_at=now + timedelta(minutes=minutes),
            status=status,
            **(closed if status == "done" else {}),
        )
    for day, fields in enumerate(
        (
            {"status": "held", "hold_until": now + timedelta(minutes=5), "holder_key": "a"},
            {"status": "held", "hold_until": now - timedelta(minutes=5), "holder_key": "b"},
            {"confirm_by": now + timedelta(hours=2), "network_key": "a"},
            {},
        ),
        start=3,
    ):
        make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=now + timedelta(days=day),
            **fields,  # type: ignore[arg-type]
        )
    found = scrape()
    assert [found["tasks", state] for state in ("open", "overdue", "unreached")] == [3, 2, 1]
    assert 5400 <= found["oldest_task_overdue_seconds", ""] < 5460
    assert [found["reviews", state] for state in ("open", "overdue")] == [0, 0]
    assert [found["held_times", state] for state in ("held", "unconfirmed")] == [1, 1]


def test_requests_are_counted_by_route_and_class_and_never_by_path() -> None:
    cast, before = make_cast(), scrape()
    Client().get("/health/live")
    Client().get("/nothing-Zanarique/17")
    Client().get("/l/Zanarique")
    client_for(cast.manager).get(f"/desk/patient/{cast.patient.pk}/?q=Zanarique")
    after = scrape()
    grown = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    assert grown["requests_total", "live 2xx"] == 1
    assert grown["requests_total", "none 4xx"] == 1
    assert grown["requests_total", "open_link 4xx"] == 1
    assert grown["request_seconds_count", "live"] == 1
    text = Client().get("/metrics", **HERE).content.decode()  # type: ignore[arg-type]
    for hidden in ("Zanarique", str(cast.patient.pk), cast.patient.email, "/"):
        assert hidden not in re.sub(r"^# HELP.*$", "", text, flags=re.MULTILINE), hidden


def test_labels_are_names_of_the_code_with_rows_of_people_in_every_table() -> None:
    make_cast()
    allowed = {"route", "status", "state", "process", "le"}
    text = Client().get("/metrics", **HERE).content.decode()  # type: ignore[arg-type]
    labels = {
        name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels <= allowed
    for patient in Patient.objects.all():
        for value in (patient.name, patient.email, patient.phone, str(patient.pk)):
            assert value not in text


def test_a_refusal_is_counted_by_its_status() -> None:
    before = scrape()
    Client().get("/?q=%00")
    assert scrape()["refusals_total", "400"] == before.get(("refusals_total", "400"), 0) + 1


def test_without_the_database_the_counters_are_read_still(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(gauges, "database_now", away)
    found = scrape()
    assert found["database_up", ""] == 0
    assert not [name for name, _ in found if name == "mails"]
    assert [name for name, _ in found if name == "requests_total"]


def test_each_gauge_takes_one_statement(django_assert_num_queries: Any) -> None:
    now = database_now()
    for source in gauges.sources():
        with django_assert_num_queries(1):
            source.read(now)


def test_control_a_gauge_that_fails_for_another_reason_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(now: object) -> dict[str, float | None]:
        raise ZeroDivisionError

    monkeypatch.setitem(gauges._SOURCES, "broken", GaugeSource("broken", "Broken.", broken))
    with pytest.raises(ZeroDivisionError):
        scrape()
    assert own_gauges.JOB == JOB


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Yield the address of gunicorn with its two processes, on a database of its own."""
    database = prepared.sqlite(tmp_path / "migrated")
    (tmp_path / "var").mkdir()
    database.rename(tmp_path / "var" / "run-ready.sqlite3")
    environment = {name: value for name, value in os.environ.items() if name not in SUITE}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = ["--config", "python:clinic.operations.server", "--bind"]
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                *command,
                f"fd://{listener.fileno()}",
                "clinic.wsgi",
            ],
            cwd=project.BASE_DIR,
            env={**environment, "RUN_READY_VAR": str(tmp_path / "var")},
            pass_fds=[listener.fileno()],
        )
        wait_until(lambda: answered(f"{address}/health/live") == 200)
        yield address
        process.terminate()
        assert process.wait(30) == 0


def answered(address: str) -> int | None:
    try:
        return int(urlopen(address, timeout=120).status)
    except (OSError, HTTPError):
        return None


def test_the_counts_of_all_web_processes_are_added_up_and_outlive_one(
    web: str, tmp_path: Path
) -> None:
    def live() -> float:
        return numbers_in(urlopen(f"{web}/metrics").read().decode())["requests_total", "live 2xx"]

    files = tmp_path / "var" / "metrics"

    def processes_that_counted() -> set[str]:
        # A file is there before its process counts: then it begins with a number.
        return {
            path.stem.rpartition("_")[2]
            for path in files.glob("counter_*.db")
            if path.read_bytes()[:4] != bytes(4)
        }

    first = live()
    asked = 0
    while len(processes_that_counted()) < 2 or asked < 20:
        assert answered(f"{web}/health/live") == 200
        asked += 1
        assert asked < 500, "one process answered everything"
    assert live() == first + asked
    killed = int(processes_that_counted().pop())
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: answered(f"{web}/health/live") == 200)
    assert live() >= first + asked
    assert stat.S_IMODE(files.stat().st_mode) == 0o700


def test_of_two_scrapes_the_second_counts_none_of_the_first(web: str) -> None:
    first, second = (urlopen(f"{web}/metrics").read().decode() for _ in range(2))
    assert "metrics" not in re.findall(r'route="(\w*)"', first + second)


def test_a_process_counts_where_the_space_is_taken_already(web: str, tmp_path: Path) -> None:
    """A write into a file as into memory ends the process if the disk has no space for it."""
    assert answered(f"{web}/health/live") == 200
    files = sorted((tmp_path / "var" / "metrics").glob("*.db"))
    assert len(files) == 2 * server.workers
    for file in files:
        assert file.stat().st_size == server.COUNTS[file.stem.partition("_")[0]]
        assert file.stat().st_blocks * 512 >= file.stat().st_size


# Counts every route with every class of status, as far as a process can.
EVERYTHING = """
import django
django.setup()
from django.urls import get_resolver
from clinic.metrics.middleware import REFUSALS, REQUESTS, SECONDS

def names(patterns):
    for one in patterns:
        if hasattr(one, "url_patterns"):
            assert not one.namespace
            yield from names(one.url_patterns)
        else:
            yield one.name or one.lookup_str

for route in {*names(get_resolver().url_patterns), "none", "static"}:
    SECONDS.labels(route).observe(1)
    for number in range(1, 6):
        REQUESTS.labels(route, f"{number}xx").inc()
for status in (400, 403, 413, 429):
    REFUSALS.labels(status).inc()
"""


def test_what_a_process_can_count_fits_into_the_space_it_took(tmp_path: Path) -> None:
    server.take_space(tmp_path, 1)
    before = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    # It names its files by its own number.
    for file in tmp_path.iterdir():
        file.rename(tmp_path / file.name.replace("_1.", "_number."))
    run = f"import os, pathlib\nfor one in pathlib.Path({str(tmp_path)!r}).iterdir():\n"
    run += "    one.rename(str(one).replace('_number.', f'_{os.getpid()}.'))\n"
    subprocess.run(
        [sys.executable, "-c", run + EVERYTHING], cwd=project.BASE_DIR, env=environment, check=True
    )
    after = {re.sub(r"\d+", "1", file.name): file for file in tmp_path.iterdir()}
    assert {name: file.stat().st_size for name, file in after.items()} == before
    for file in after.values():
        used = int.from_bytes(file.read_bytes()[:4], sys.byteorder)
        assert 100_000 < used < file.stat().st_size


def test_a_process_that_finds_no_space_counts_in_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "METRICS_DIR", tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with full_after(600_000):
        server.post_fork(None, None)  # type: ignore[arg-type]
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
    assert list(tmp_path.iterdir()) == []
