"""`manage.py up` with real web, worker and clock processes, on SQLite and folders."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.management import load_command_class
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from clinic.management.commands import up
from clinic.management.commands.up import first_user_command
from tests import prepared
from tests.rounds import rounds
from tests.waiting import wait_until

IN_FULL = rounds(False, True)
# Variables of the suite, which a clinic started by a test must not see.
SUITE = ("DATABASE_URL", "REDIS_URL", "STATIC_STORAGE", "RUN_READY_LIMITS", "RUN_READY_VAR")


class Clinic:
    """A running `manage.py up` with a folder of its own."""

    def __init__(self, folder: Path, *arguments: str, code: Path = settings.BASE_DIR) -> None:
        self.log = folder / "log"
        environment = {k: v for k, v in os.environ.items() if k not in SUITE}
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", "0", *arguments],
                cwd=code,
                env={**environment, "RUN_READY_VAR": str(folder / "var")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self.log.read_text()

    def address(self) -> str:
        """Wait until it prints its address, and return that."""
        return wait_until(lambda: re.search(r"is at (http://\S+)", self.output()))[1]

    def children(self) -> dict[str, int]:
        """Return the process ids of web, worker and clock."""
        names = {"gunicorn": "web", "worker": "worker", "beat": "clock"}
        return {
            name: pid
            for pid, words in running_children(self.process.pid)
            for word, name in names.items()
            if word in words
        }


def running_children(parent: int) -> list[tuple[int, list[str]]]:
    """Return the id and command of each child. A small Linux has no `ps`, and a Mac no /proc."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,args="], text=True)
        rows = [line.split() for line in listing.splitlines()]
        return [(int(pid), words) for pid, ppid, *words in rows if int(ppid) == parent]
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = []
    for pid in children:
        # One that was just killed may be gone by now.
        with suppress(FileNotFoundError, ProcessLookupError):
            found.append((int(pid), Path(f"/proc/{pid}/cmdline").read_text().split("\0")))
    return found


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    """Return a folder for a clinic whose database is migrated already, as after a first start."""
    database = prepared.sqlite(tmp_path / "migrated")
    (tmp_path / "var").mkdir()
    database.rename(tmp_path / "var" / "run-ready.sqlite3")
    return tmp_path


@pytest.fixture
def prepared_clinic(migrated: Path) -> Generator[Clinic, None, None]:
    clinic = Clinic(migrated)
    yield clinic
    clinic.process.kill()
    clinic.process.wait()


@pytest.fixture
def clinic(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Clinic, None, None]:
    """Start a clinic: in full from an empty folder, so that it migrates for a minute first."""
    if not IN_FULL:
        request.getfixturevalue("migrated")
    clinic = Clinic(tmp_path)
    yield clinic
    clinic.process.kill()
    clinic.process.wait()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_serves_restarts_its_worker_and_stops_all_on_a_signal(clinic):
    page = urlopen(clinic.address()).read().decode()
    (style, *_) = re.findall(r'href="(/static/[^"]+\.css)"', page)
    # The name holds a hash of the content, so the collected copies are in use.
    assert re.search(r"\.[0-9a-f]{12}\.css$", style)
    assert urlopen(clinic.address() + style).status == 200
    first = clinic.children()
    os.kill(first["worker"], signal.SIGKILL)
    wait_until(lambda: clinic.children().get("worker") not in (None, first["worker"]))
    second = clinic.children()
    assert second == {**first, "worker": second["worker"]}
    clinic.process.send_signal(signal.SIGTERM)
    assert clinic.process.wait(120) == 0
    assert all(is_gone(pid) for pid in second.values())


@pytest.mark.django_db
def test_a_start_applies_the_migrations_that_are_pending(monkeypatch):
    called = []
    monkeypatch.setattr(up, "call_command", lambda name, **_options: called.append(name))
    monkeypatch.setattr(up, "collect_static_files", lambda: None)
    up.Command()._prepare(sample=False)
    assert called == []
    MigrationRecorder(connection).migration_qs.filter(app="intake").latest("pk").delete()
    up.Command()._prepare(sample=False)
    assert called == ["migrate"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_stops_in_three_seconds(migrated, number):
    begun = time.monotonic()
    clinic = Clinic(migrated)
    try:
        address = clinic.address()
        # Worker and clock are at work too.
        wait_until(lambda: status(f"{address}/health/mail") == 200)
        ready = time.monotonic()
        clinic.process.send_signal(number)
        assert clinic.process.wait(120) == 0
        # On a busy machine no longer than it took to start, which is more work: nothing waits.
        assert time.monotonic() - ready <= max(3, ready - begun)
    finally:
        clinic.process.kill()
        clinic.process.wait()


def status(address: str) -> int:
    try:
        return urlopen(address).status
    except HTTPError as error:
        return error.code


def test_the_command_for_the_first_person_is_one_that_runs(monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    site, python, manage, name, *options = shlex.split(first_user_command("http://127.0.0.1:8155"))
    assert site == "SITE_URL=http://127.0.0.1:8155"
    assert (settings.BASE_DIR / manage).exists()
    assert shutil.which(python)
    # Ends the test if the command does not know one of them, or lacks another.
    parsed = load_command_class("clinic", name).create_parser("manage.py", name).parse_args(options)
    assert (parsed.manager, parsed.access_admin) == (True, True)
    # Where the address is known, or set by whoever runs the site, the link has it anyway.
    assert not first_user_command(settings.SITE_URL).startswith("SITE_URL")
    monkeypatch.setenv("SITE_URL", "https://clinic.example")
    assert not first_user_command("http://127.0.0.1:8155").startswith("SITE_URL")


def test_all_end_when_it_is_killed(prepared_clinic):
    prepared_clinic.address()
    children = prepared_clinic.children()
    assert len(children) == 3
    prepared_clinic.process.kill()
    prepared_clinic.process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in children.values()))


def test_all_end_when_the_web_ends(prepared_clinic):
    prepared_clinic.address()
    children = prepared_clinic.children()
    assert len(children) == 3
    os.kill(children["web"], signal.SIGKILL)
    assert prepared_clinic.process.wait(120) == 1
    assert all(is_gone(pid) for pid in children.values())


def test_a_port_that_is_taken_is_reported_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        clinic = Clinic(tmp_path, "--port", str(port))
        assert clinic.process.wait(120) == 2
    assert f"Port {port} on 127.0.0.1 is taken" in clinic.output()
    assert "Traceback" not in clinic.output()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Return a copy of the product, to be changed while it runs."""
    for folder in ("booking", "clinic", "intake", "static", "templates"):
        shutil.copytree(settings.BASE_DIR / folder, tmp_path / "code" / folder)
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path / "code")
    return tmp_path / "code"


def page(address: str) -> str:
    """Return the text of the page, also if it is an error."""
    try:
        return urlopen(address).read().decode()
    except HTTPError as error:
        return error.read().decode()


def of_celery(clinic: Clinic) -> set[int]:
    """Return the ids of the worker and clock processes, which run below a watcher."""
    return {
        pid
        for watcher, _ in running_children(clinic.process.pid)
        for pid, words in running_children(watcher)
        if "celery" in words
    }


def test_with_reload_saved_code_runs_at_once_and_an_error_is_shown(migrated, code):
    clinic = Clinic(migrated, "--reload", code=code)
    try:
        address = clinic.address()
        (style, *_) = re.findall(r'href="(/static/clinic/[^"]+\.css)"', page(address))
        (code / style.lstrip("/")).write_text("/* just written */")
        wait_until(lambda: page(address + style) == "/* just written */")
        # What the home page of a clinic shows that was never opened.
        home = code / "templates" / "clinic" / "before_opening" / "not_open_yet.html"
        home.write_text(home.read_text().replace("<h1", "Just written<h1", 1))
        wait_until(lambda: "Just written" in page(address))
        before = wait_until(lambda: len(found := of_celery(clinic)) == 2 and found)
        urls = code / "clinic" / "urls.py"
        right = urls.read_text()
        urls.write_text(right + "raise RuntimeError('a mistake')")
        wait_until(lambda: "RuntimeError: a mistake" in page(address))
        wait_until(lambda: not of_celery(clinic) & before)
        # In the suite it ends here: another start of all three takes ten seconds.
        if IN_FULL:
            urls.write_text(right)
            wait_until(lambda: "RuntimeError" not in page(address))
            wait_until(lambda: len(found := of_celery(clinic)) == 2 and not found & before)
    finally:
        clinic.process.terminate()
        assert clinic.process.wait(120) == 0
