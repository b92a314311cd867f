"""A disk that something else fills up under bookings over HTTP: `./dev proof faults`. Needs root.

The small disk holds PostgreSQL, or all that a site without it writes: SQLite, the folder broker and
the files beside them.
"""

import http.client
import os
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from clinic.operations import processes
from tests import prepared
from tests.bench.bookings import HOLD, sending
from tests.faults.outages import (
    Town,
    a_town,
    book_all,
    bookers_of,
    counted,
    later,
    wait_for,
)
from tests.faults.smtp_sink import Sink
from tests.servers import Servers, free_port

# The telephone of this clinic, which the page of an error has to name.
PHONE = "781-555-0142"
EMERGENCY = {"safety_emergency": "chest_pain"}


@contextmanager
def a_small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Put a disk of this size at the folder."""
    folder.mkdir(exist_ok=True)
    options = f"size={size},mode=711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(file: Path) -> None:
    """Write into the file until the disk is full."""
    with suppress(OSError), file.open("wb", buffering=0) as filling:
        while True:
            filling.write(b"0" * 65_536)


class TownOnSqlite(Town):
    """A town whose only server is the one that takes its mail."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        file = self.environment["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:/{file.lstrip('/')}?mode=ro", uri=True)) as asking:
            return asking.execute(query).fetchall()


@contextmanager
def a_town_on_sqlite(folder: Path) -> Iterator[Town]:
    """Yield a town that writes everything under this folder."""
    unset = {"REDIS_URL", "DATABASE_URL"}
    with Sink() as sink:
        environment = {name: value for name, value in os.environ.items() if name not in unset}
        environment |= {
            "DATABASE_URL": f"sqlite:///{folder / 'run-ready.sqlite3'}",
            "EMAIL_URL": sink.url,
            "RUN_READY_VAR": str(folder),
        }
        prepared.sqlite(folder / "migrated").rename(folder / "run-ready.sqlite3")
        yield TownOnSqlite(Servers(), environment)
        sink.shutdown()


@dataclass
class Read:
    """What visitors read meanwhile: answers by page and status, and what a page left out."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    without_help: list[tuple[str, int]] = field(default_factory=list)

    def add(self, other: "Read") -> None:
        self.answers += other.answers
        self.without_help += other.without_help


class Readers:
    """Visitors who ask for some pages again and again, and one who says that her chest hurts."""

    def __init__(self, port: int, booker: dict[str, str]) -> None:
        self.port, self.read, self.ending = port, Read(), threading.Event()
        headers = sending(booker["cookie"])
        slot = urlencode({"slot": booker["slot"]})
        self.asked: list[tuple[str, str, str, dict[str, str], str | None]] = [
            ("home", "GET", "/", {}, None),
            ("questions", "GET", "/intake/", {}, None),
            ("times", "GET", "/book/evaluation/", {"Cookie": booker["cookie"]}, None),
            ("holding", "POST", HOLD, headers, slot),
            ("chest pain", "POST", "/intake/safety/", headers, urlencode(EMERGENCY)),
        ]
        self.thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> Read:
        self.thread.start()
        return self.read

    def __exit__(self, *error: object) -> None:
        self.ending.set()
        self.thread.join()

    def _go_on(self) -> None:
        while not self.ending.wait(0.2):
            for name, method, path, headers, body in self.asked:
                status, page = self._ask(method, path, headers, body)
                self.read.answers[name, status] += 1
                if name == "chest pain":
                    has_help = "Call 911 now" in page
                else:
                    has_help = status < 400 or all(one in page for one in ("911", "988", PHONE))
                if not has_help:
                    self.read.without_help.append((name, status))

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: str | None
    ) -> tuple[int, str]:
        """Return the status and the page, 599 where the connection was cut."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        return 599, ""


def test_postgresql_on_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    servers = Servers()
    try:
        with a_small_disk(servers.folder, "300m") as disk, a_town(servers, tmp_path) as town:
            bookers, port = bookers_of(town, 300), free_port()
            with town.running(*town.web(port)):
                wait_for(port)
                filling = later(3, lambda: fill(disk / "filled"))
                told = book_all(port, bookers[:240], 12)
                filling.join()
                (disk / "filled").unlink()
                if servers.has_ended():
                    servers.start_postgresql_again()
                wait_for(port)
                after = book_all(port, bookers[240:], 3)
            told.booked += after.booked
            found = counted(town, told, "disk full")
            assert (found["lost"], found["doubled"], found["other errors"]) == (0, 0, 0)
            assert found["met the outage"] > 0
            assert after.answers[302] > 0
            processes.stop(servers.servers, 10)
    finally:
        servers.close()


def test_sqlite_on_a_full_disk_refuses_loses_nothing_and_says_whom_to_call(
    tmp_path: Path,
) -> None:
    # Large enough that `verify` finds enough space once it is free again.
    with a_small_disk(tmp_path / "disk", "800m") as disk, a_town_on_sqlite(disk) as town:
        bookers, port = bookers_of(town, 400, phone=PHONE), free_port()
        with town.running(*town.web(port)) as web:
            wait_for(port)
            told = book_all(port, bookers[:60], 4)
            before = set(told.answers)
            fill(disk / "filled")
            with Readers(port, bookers[-1]) as read:
                told.add(book_all(port, bookers[60:300], 13))
            assert web.poll() is None
        # Somebody starts it again before there is space.
        with town.running(*town.web(port)):
            wait_for(port)
            with Readers(port, bookers[-1]) as read_again:
                time.sleep(3)
            read.add(read_again)
            (disk / "filled").unlink()
            after = book_all(port, bookers[300:-1], 6)
        told.add(after)
        found = counted(town, told, "SQLite, disk full")
        print(f"read meanwhile: {dict(read.answers)}, without help {read.without_help}", flush=True)
        assert (found["lost"], found["doubled"], found["other errors"]) == (0, 0, 0)
        # A process that dies cuts connections, and she reads the browser's own page.
        assert told.answers[599] == 0
        assert told.answers[503] > 0
        assert read.without_help == []
        assert {status for _name, status in read.answers} <= {200, 302, 409, 503}
        assert before | set(after.answers) <= {302, 409}
        assert after.answers[302] > 0
        town.does("manage.py", "send_due")
        print(town.does("manage.py", "verify", "--machine"), flush=True)
