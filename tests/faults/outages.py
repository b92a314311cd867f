"""Servers that go away under bookings over HTTP: `./dev proof faults`.

Each test has servers of its own, and says how many bookings were lost, doubled or in doubt, and how
each request was answered. A booking is lost when its page said that it stands and it does not.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from uuid import UUID

import psycopg2
import pytest
from django.conf import settings

from clinic.operations import processes
from tests.bench.bookings import CONFIRM, HOLD, sending
from tests.bench.load import Visitor
from tests.bench.soak import Schedule
from tests.faults.smtp_sink import Sink
from tests.servers import Servers, free_port
from tests.waiting import wait_until

RATE, WORKERS = 20, 24
# What a request may be answered while a server is away. Anything else is a fault.
ALLOWED = {302, 409, 503}


@dataclass
class Town:
    """Servers of its own, and the environment in which the site runs on them."""

    servers: Servers
    environment: dict[str, str]
    dsn: str = ""

    def does(self, *command: str) -> str:
        """Run a program of the project that must succeed; return what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program of the project around the block."""
        program = processes.start(
            [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield program
        finally:
            processes.stop([program], 10)

    def web(self, port: int) -> tuple[str, ...]:
        """Return the program that serves the site on this port."""
        config = "python:clinic.operations.server"
        return ("gunicorn", "--config", config, "--bind", f"127.0.0.1:{port}", "clinic.wsgi")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the database answers."""
        with closing(psycopg2.connect(self.dsn)) as asking, asking.cursor() as cursor:
            cursor.execute(query)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


@contextmanager
def a_town(servers: Servers, folder: Path) -> Iterator[Town]:
    """Yield a town on these servers, with an empty database of the present schema."""
    url, redis = servers.durable_postgresql(), servers.redis()
    host = unquote(urlsplit(url).netloc.rpartition("@")[2])
    with closing(psycopg2.connect(f"host={host} user=run_ready dbname=postgres")) as owner:
        owner.autocommit = True
        owner.cursor().execute("CREATE DATABASE run_ready")
    with Sink() as sink:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": redis,
            "EMAIL_URL": sink.url,
            "RUN_READY_VAR": str(folder / "var"),
        }
        made = Town(servers, environment, f"host={host} user=run_ready dbname=run_ready")
        made.does("manage.py", "migrate", "--verbosity", "0")
        yield made
        sink.shutdown()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    servers = Servers()
    try:
        with a_town(servers, tmp_path) as made:
            yield made
    finally:
        servers.close()


@dataclass
class Told:
    """What the browsers were told: answers by status, and whose page said that her visit stands."""

    answers: Counter[int] = field(default_factory=Counter)
    booked: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: "Told") -> None:
        self.answers += other.answers
        self.booked += other.booked
        self.in_doubt += other.in_doubt
        self.slowest = max(self.slowest, other.slowest)


def book_all(port: int, bookers: list[dict[str, str]], seconds: float) -> Told:
    """Let each of them hold and confirm her time, RATE a second, for so many seconds."""
    told, schedule, lock = Told(), Schedule(RATE, seconds), threading.Lock()
    waiting = iter(bookers)

    def ask(visitor: Visitor, *request: Any) -> tuple[int, str]:
        begun = time.monotonic()
        status, where = visitor.ask("POST", *request)
        with lock:
            told.answers[status] += 1
            told.slowest = max(told.slowest, time.monotonic() - begun)
        return status, where

    def work() -> None:
        visitor = Visitor(port)
        while schedule.wait():
            with lock:
                booker = next(waiting, None)
            if booker is None:
                return
            headers = sending(booker["cookie"])
            status, where = ask(visitor, HOLD, headers, urlencode({"slot": booker["slot"]}))
            if status == 302:
                status, _where = ask(visitor, where, headers, CONFIRM)
                which = told.booked if status == 302 else told.in_doubt
                which.append(booker["patient"])
        visitor.connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return told


def counted(town: Town, told: Told, what: str) -> dict[str, int]:
    """Compare what browsers were told with what stands, print it and return it."""
    stands = Counter(
        # SQLite writes it without the hyphens.
        str(UUID(str(patient)))
        for (patient,) in town.rows(
            "SELECT patient_id FROM booking_appointment WHERE status = 'booked'"
        )
    )
    overlapping = town.rows(
        "SELECT count(*) FROM booking_appointment a JOIN booking_appointment b"
        " ON a.clinician_id = b.clinician_id AND a.id < b.id AND a.starts_at < b.ends_at"
        " AND b.starts_at < a.ends_at WHERE a.status IN ('held', 'booked')"
        " AND b.status IN ('held', 'booked')"
    )[0][0]
    found = {
        "told that it stands": len(told.booked),
        "lost": sum(stands[one] == 0 for one in told.booked),
        "doubled": sum(times > 1 for times in stands.values()) + overlapping,
        "without an answer, and booked": sum(stands[one] == 1 for one in told.in_doubt),
        "without an answer, and not booked": sum(stands[one] == 0 for one in told.in_doubt),
        "met the outage": told.answers[503] + told.answers[599],
        "other errors": sum(n for status, n in told.answers.items() if status not in ALLOWED),
    }
    print(f"{what}: {dict(told.answers)}, slowest {told.slowest:.1f} s, {found}", flush=True)
    return found


def bookers_of(town: Town, number: int, *, phone: str = "") -> list[dict[str, str]]:
    """Make a clinic that can be called there, and so many patients who may book."""
    said = town.does("-m", "tests.faults.outage_rows", str(number), phone)
    made: list[dict[str, str]] = json.loads(said.strip().splitlines()[-1])
    return made


def wait_for(port: int) -> None:
    visitor = Visitor(port)
    wait_until(lambda: visitor.ask("GET", "/health/ready", {})[0] == 200)


def later(seconds: float, act: Callable[[], None]) -> threading.Thread:
    """Do it after so many seconds, in a thread of its own."""

    def wait() -> None:
        time.sleep(seconds)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_postgresql_restarted_three_times_under_bookings(town: Town) -> None:
    bookers, port = bookers_of(town, 1100), free_port()

    def restarts() -> None:
        # As an operator does, at once, and as a crash.
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGINT):
            town.servers.stop_postgresql(how)
            time.sleep(4)
            town.servers.start_postgresql_again()
            time.sleep(8)

    with town.running(*town.web(port)):
        wait_for(port)
        # Here and not in a thread, at the end of which Linux would end the server with it.
        with ThreadPoolExecutor(1) as pool:
            booking = pool.submit(book_all, port, bookers, 50)
            time.sleep(5)
            restarts()
            told = booking.result()
        wait_for(port)
        after = book_all(port, bookers[-60:], 3)
    found = counted(town, told, "PostgreSQL restarted three times")
    assert (found["lost"], found["doubled"], found["other errors"]) == (0, 0, 0)
    assert found["met the outage"] >= 200
    assert set(after.answers) <= {302, 409}
    assert after.answers[302] > 0


@pytest.mark.parametrize("how", ["stopped", "frozen", "emptied"])
def test_bookings_go_on_while_redis_is(town: Town, how: str) -> None:
    bookers, port = bookers_of(town, 200), free_port()
    redis = town.servers.servers[-1]

    def fail() -> None:
        if how == "frozen":
            redis.send_signal(signal.SIGSTOP)
        elif how == "stopped":
            redis.kill()
        else:
            port_of = urlsplit(town.environment["REDIS_URL"]).port
            subprocess.run(["redis-cli", "-p", str(port_of), "flushall"], check=True)

    with town.running(*town.web(port)):
        wait_for(port)
        failing = later(3, fail)
        told = book_all(port, bookers, 120)
        failing.join()
    if how == "frozen":
        redis.send_signal(signal.SIGCONT)
    found = counted(town, told, f"Redis {how}")
    assert (found["lost"], found["doubled"], found["other errors"]) == (0, 0, 0)
    assert found["met the outage"] == 0
    assert found["told that it stands"] == len(bookers)
    assert told.slowest < 15
    # What they are owed stands in rows, and goes when somebody sends it.
    owed = town.rows("SELECT count(*) FROM clinic_email WHERE status = 'due'")[0][0]
    assert owed >= found["told that it stands"]


def test_the_web_process_killed_twenty_times_under_bookings(town: Town) -> None:
    bookers, port, told = bookers_of(town, 1000), free_port(), Told()
    for number in range(20):
        part = bookers[number * 50 : (number + 1) * 50]
        with town.running(*town.web(port)) as web:
            wait_for(port)
            killing = later(1.5, lambda web=web: os.killpg(web.pid, signal.SIGKILL))
            some = book_all(port, part, 2)
            killing.join()
        told.add(some)
    # A connection that was cut: the browser shows its own page, and she asks again.
    cut = told.answers.pop(599, 0)
    found = counted(town, told, f"web killed 20 times, {cut} requests cut")
    assert cut > 0
    assert (found["lost"], found["doubled"], found["other errors"]) == (0, 0, 0)
    assert found["told that it stands"] > 0
