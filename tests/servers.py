"""Run the servers of one test run, and remove them when it is over.

This is a process of its own: `python -m tests.servers postgresql redis` prints one line of JSON
with the addresses and the folder, then waits until its standard input ends. That happens however
the test run ends, even if it is killed, so nothing is left behind. `durable_postgresql` is for
measurements, and `sqlite` is the path of a migrated file to copy.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg2
import redis

from clinic.operations import processes
from tests import prepared, tools

START_SECONDS = 60
STOP_SECONDS = 10
LOCAL_ONLY = {"listen_addresses": "", "max_connections": "1000"}
POSTGRES_SETTINGS = {
    **LOCAL_ONLY,
    # Faster: a test database need not survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # It would plan for empty tables in the middle of a test that has just counted its own rows, and
    # hold the lock for which `ANALYZE` waits.
    "autovacuum": "off",
}


class CannotStart(Exception):
    """A server did not start; the text says why."""


class Servers:
    """A temporary folder and the servers in it. Each method named as a server starts it."""

    def __init__(self) -> None:
        # Under root the servers run as another user, who must be able to reach the folder.
        self.user = server_user()
        self.folder = Path(tempfile.mkdtemp(prefix="run-ready-", dir="/tmp" if self.user else None))
        self.folder.chmod(0o711 if self.user else 0o700)
        self.servers: list[subprocess.Popen] = []

    def close(self) -> None:
        """Stop the servers and delete the folder."""
        processes.stop(self.servers, STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def durable_postgresql(self) -> str:
        """Start PostgreSQL with the settings of an installation, to measure on; return its URL."""
        home = self._home("postgresql")
        self._init(home)
        self._start_postgresql(home, LOCAL_ONLY)
        return f"{address(home)}/run_ready"

    def postgresql(self) -> str:
        """Start PostgreSQL on a socket in the folder; return its URL.

        It has the migrated database `prepared.DATABASE`, which the tests use as a template.
        """
        home = self._home("postgresql")
        name = prepared.key(f"postgresql {self._version()}")
        if prepared.take(name, home / "data"):
            self._hand_over(home / "data")
            self._start_postgresql(home, POSTGRES_SETTINGS)
        else:
            self._init(home)
            self._start_postgresql(home, POSTGRES_SETTINGS)
            create_database(home, prepared.DATABASE)
            prepared.migrate(f"{address(home)}/{prepared.DATABASE}")
            server = self.servers.pop()
            processes.stop([server], STOP_SECONDS)
            # Only after a clean end are the files a whole database that can be copied.
            if server.returncode == 0:
                prepared.put(name, home / "data")
            self._start_postgresql(home, POSTGRES_SETTINGS)
        return f"{address(home)}/run_ready"

    def stop_postgresql(self, how: signal.Signals) -> None:
        """Stop the PostgreSQL that was started last, by this signal, and wait until it has ended.

        SIGINT ends it as an operator does, SIGQUIT as a crash.
        """
        _home, _settings, server = self._postgresql_of
        server.send_signal(how)
        server.wait(START_SECONDS)
        self.servers.remove(server)

    def has_ended(self) -> bool:
        """Return whether the PostgreSQL that was started last has ended by itself."""
        return self._postgresql_of[2].poll() is not None

    def start_postgresql_again(self) -> None:
        """Start it again on the same files."""
        home, settings, _server = self._postgresql_of
        self._start_postgresql(home, settings)

    def sqlite(self) -> str:
        """Return the path of an SQLite file with every migration applied."""
        return str(prepared.sqlite(self.folder / "sqlite"))

    def redis(self) -> str:
        """Start Redis on a free port of this machine, without saving anything; return its URL."""
        program, home = tools.redis_server(), self._home("redis")
        if not program:
            raise CannotStart("Redis is not installed.")
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
        command += ["--save", "", "--appendonly", "no", "--databases", "64"]
        self._start(command, home, lambda server: is_redis_ready(port, server.pid))
        return f"redis://127.0.0.1:{port}/0"

    def _home(self, name: str) -> Path:
        home = self.folder / name
        home.mkdir(mode=0o700)
        if self.user:
            shutil.chown(home, self.user.pw_uid, self.user.pw_gid)
        return home

    def _hand_over(self, folder: Path) -> None:
        """Give the folder and all in it to the user that the servers run as."""
        if self.user:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _version(self) -> str:
        program = str(self._postgresql_bin() / "postgres")
        return subprocess.check_output([program, "--version"], text=True)

    def _postgresql_bin(self) -> Path:
        programs = tools.postgres_bin()
        if not programs:
            raise CannotStart("PostgreSQL is not installed.")
        return programs

    def _init(self, home: Path) -> None:
        """Create an empty PostgreSQL cluster in that folder."""
        initdb = [self._postgresql_bin() / "initdb", "--pgdata", home / "data"]
        initdb += ["--username", "run_ready", "--auth", "trust", "--no-sync"]
        initdb += ["--encoding", "UTF8", "--no-locale"]
        made = subprocess.run(
            [str(part) for part in initdb],
            check=False,
            capture_output=True,
            text=True,
            cwd=home,
            **self._as(),
        )
        if made.returncode:
            raise CannotStart(made.stderr)

    def _start_postgresql(self, home: Path, settings: Mapping[str, str]) -> None:
        program = str(self._postgresql_bin() / "postgres")
        command = [program, "-D", str(home / "data"), "-k", str(home)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._start(command, home, lambda server: is_postgresql_ready(home))
        self._postgresql_of = home, settings, self.servers[-1]

    def _as(self) -> dict[str, object]:
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _start(
        self, command: Sequence[str], home: Path, is_ready: Callable[[subprocess.Popen], bool]
    ) -> None:
        log = home / "log"
        with log.open("w") as output:
            server = processes.start(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=home, **self._as()
            )
        self.servers.append(server)
        end = time.monotonic() + START_SECONDS
        while not is_ready(server):
            if server.poll() is not None or time.monotonic() > end:
                raise CannotStart(log.read_text())
            time.sleep(0.02)


def server_user() -> pwd.struct_passwd | None:
    """Return the user to run the servers as if we are root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def free_port() -> int:
    """Return a port that nothing listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def address(home: Path) -> str:
    """Return the URL of the PostgreSQL in that folder, without a database name."""
    return f"postgres://run_ready@{quote(str(home), safe='')}"


def create_database(home: Path, name: str) -> None:
    """Create an empty database on the PostgreSQL in that folder."""
    connection = psycopg2.connect(host=str(home), user="run_ready", dbname="postgres")
    # PostgreSQL cannot create a database within a transaction.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()


def is_postgresql_ready(home: Path) -> bool:
    """Return whether the server on that socket accepts connections."""
    try:
        psycopg2.connect(host=str(home), user="run_ready", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def is_redis_ready(port: int, pid: int) -> bool:
    """Return whether Redis answers there, and is this very process."""
    try:
        with redis.Redis(port=port) as client:
            return bool(client.info("server")["process_id"] == pid)
    except redis.ConnectionError:
        return False


def serve(wanted: Sequence[str]) -> None:
    """Start the servers, print where they are, and stop them when standard input ends."""
    servers = Servers()
    try:
        addresses = {name: getattr(servers, name)() for name in wanted}
        print(json.dumps({"folder": str(servers.folder), **addresses}), flush=True)
        sys.stdin.read()
    except (CannotStart, prepared.CannotMigrate) as error:
        sys.exit(str(error))
    finally:
        servers.close()


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    serve(sys.argv[1:])
