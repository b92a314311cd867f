"""The site behind PgBouncer in transaction mode: `./dev proof pooler`. It needs `pgbouncer`."""

import http.client
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from clinic.operations import processes
from tests.celery_processes import current_database_url
from tests.clinic.backups.other_database import OtherDatabase, other_database
from tests.servers import free_port, server_user

pytestmark = pytest.mark.django_db(transaction=True)
# Connections of the server for all of the racers.
POOL, RACERS = 3, 24
LIMITS = {"lock_timeout": "3s", "statement_timeout": "15s", "jit": "off"}
# Every racer is a process of the site that holds one and the same time, and says what came of it.
RACE = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from django.utils import timezone
from booking.appointments.holds import hold_slot
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from booking.scheduling.queries import Search, free_slots_for
from booking.models import Service
from booking.terms import current_policy
now = timezone.now()
patients = list(Patient.objects.order_by("email"))
service = Service.objects.get(code="evaluation")
search = Search(service=service, policy=current_policy(), now=now)
slot = free_slots_for(search, first_day=now.date(), days=14)[0]
def hold(patient):
    try:
        hold_slot(patient=patient, service_code="evaluation", starts_at=slot.starts_at,
                  clinician_id=slot.clinician_id, holder_key=str(patient.pk),
                  context=Context(SYSTEM, now))
        return "held"
    except Refused:
        return "refused"
    except Exception as error:
        return type(error).__name__
    finally:
        connections.close_all()
with ThreadPoolExecutor(len(patients)) as pool:
    print(" ".join(pool.map(hold, patients)))
"""
MADE = """
from datetime import timedelta
from django.utils import timezone
from tests.factories import make_clinician, make_offer, make_patient, make_referral
make_offer(); make_clinician()
for number in range({racers}):
    patient = make_patient(email=f"p{{number}}@example.test")
    make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
"""


@dataclass(frozen=True)
class Pooled:
    """The site's way through the pooler, and the way of the owner past it."""

    through: OtherDatabase
    past: str

    def server_connections(self) -> int:
        """Return how many connections the server has from the pooler."""
        asking = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'pooled_web'"
        with closing(psycopg2.connect(self.past)) as owner, owner.cursor() as cursor:
            cursor.execute(asking)
            return int(cursor.fetchone()[0])


@pytest.fixture
def pooled(tmp_path: Path) -> Iterator[Pooled]:
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    assert program, "Install pgbouncer for this proof."
    keys = {"BACKUP_KEY": secrets.token_urlsafe(32) + "=", "DATABASE_POOLER": "transaction"}
    with other_database(tmp_path) as other:
        other.does("migrate")
        other.does("shell", "--no-imports", "--command", MADE.format(racers=RACERS))
        name = other.url.rpartition("/")[2]
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE pooled_web LOGIN")
            for limit, value in LIMITS.items():
                cursor.execute(f"ALTER ROLE pooled_web SET {limit} = '{value}'")
        other.does("migrate", MIGRATE_DATABASE_URL=other.url, DATABASE_URL=_as_web(other.url))
        port = free_port()
        bouncer = _start(program, tmp_path, port, name)
        through = OtherDatabase(
            f"postgres://pooled_web@127.0.0.1:{port}/{name}",
            {**keys, "MIGRATE_DATABASE_URL": other.url},
        )
        try:
            yield Pooled(through, _dsn(other.url))
        finally:
            processes.stop([bouncer], 10)
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
                cursor.execute("DROP ROLE pooled_web")
                cursor.execute(f"CREATE DATABASE {name}")  # for `other_database` to remove


def _as_web(url: str) -> str:
    return url.replace("//run_ready", "//pooled_web", 1)


def _dsn(url: str) -> str:
    parts = urlsplit(url)
    host = unquote(parts.netloc.rpartition("@")[2])
    return f"host={host} user=run_ready dbname={parts.path.strip('/')}"


def _start(program: str, folder: Path, port: int, database: str) -> subprocess.Popen[bytes]:
    """Start PgBouncer in transaction mode, as a user that is not root, and wait for it."""
    host = unquote(urlsplit(current_database_url()).netloc.rpartition("@")[2])
    home = folder / "pooler"
    home.mkdir(mode=0o755)
    (home / "users").write_text('"pooled_web" ""\n')
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n{database} = host={host} dbname={database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {home / 'users'}\npool_mode = transaction\n"
        f"default_pool_size = {POOL}\nmax_client_conn = 200\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    for path in (folder, *folder.parents):
        if path != Path("/") and path.owner() == Path.home().owner():
            path.chmod(path.stat().st_mode | 0o055)
    user = server_user()
    how = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    log = (home / "log").open("wb")
    started = processes.start(
        [program, str(home / "pgbouncer.ini")], stdout=log, stderr=log, cwd="/", **how
    )
    end = time.monotonic() + 20
    while time.monotonic() < end and started.poll() is None:
        try:
            psycopg2.connect(
                host="127.0.0.1", port=port, user="pooled_web", dbname=database
            ).close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return started
    raise AssertionError((home / "log").read_text())


def test_of_many_at_once_one_holds_the_time(pooled: Pooled) -> None:
    said = pooled.through.does("shell", "--no-imports", "--command", RACE).split()
    print(dict(Counter(said)), f"on {pooled.server_connections()} connections of the server")
    assert Counter(said) == {"held": 1, "refused": RACERS - 1}
    assert 0 < pooled.server_connections() <= POOL


def test_the_limits_of_time_are_in_force(pooled: Pooled) -> None:
    said = pooled.through.run("verify").stdout
    assert "a lock is waited for 3s, a statement may take 15s" in said
    assert "No limit of time" not in said
    # Somebody holds the clinic's one policy; who wants to change it is refused after three seconds.
    asks = (
        "from django.db import transaction, connection; from booking.models import Service; "
        "transaction.set_autocommit(False); list(Service.objects.select_for_update())"
    )
    with closing(psycopg2.connect(pooled.past)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM booking_service FOR UPDATE")
        begun = time.monotonic()
        refused = pooled.through.run("shell", "--no-imports", "--command", asks)
        waited = time.monotonic() - begun
        owner.rollback()
    assert "lock timeout" in refused.stderr
    assert waited < 15


def test_control_without_the_setting_the_pooler_refuses_the_site(pooled: Pooled) -> None:
    refused = pooled.through.run("verify", DATABASE_POOLER="")
    assert refused.returncode != 0
    assert "unsupported startup parameter" in refused.stderr + refused.stdout


def test_a_whole_export_and_a_backup_go_their_own_ways(pooled: Pooled, tmp_path: Path) -> None:
    reading = (
        "from clinic.models.people import Patient; "
        "print(sum(1 for _ in Patient.objects.iterator(chunk_size=2)))"
    )
    done = pooled.through.does("shell", "--no-imports", "--command", reading)
    assert done.strip().splitlines()[-1] == str(RACERS)
    out = str(tmp_path / "kept")
    refused = pooled.through.run("backup", "--out", out, MIGRATE_DATABASE_URL="")
    assert "leads through a pooler" in refused.stderr
    pooled.through.does("backup", "--out", out)
    assert len(list(Path(out).glob("*.backup"))) == 1


def test_web_and_sender_work_through_it(pooled: Pooled) -> None:
    racers = 4
    environment = {**os.environ, **pooled.through.environment, "DATABASE_URL": pooled.through.url}
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:clinic.operations.server"]
    command += ["--bind", f"127.0.0.1:{port}", "clinic.wsgi"]
    web = processes.start(command, env=environment, cwd=settings.BASE_DIR)
    try:
        answers = Counter(_many(port, racers, 25))
    finally:
        processes.stop([web], 10)
    print(dict(answers), f"on at most {POOL} connections of the server")
    assert answers == {200: racers * 25}
    assert pooled.through.does("send_due").strip().endswith("sent")


def _many(port: int, racers: int, times: int) -> list[int]:
    """Ask for the price page and the health of the site so often, from so many threads."""
    _wait_for(port)
    found: list[int] = []

    def ask() -> None:
        for number in range(times):
            page = ("/book/prices/", "/health/ready")[number % 2]
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            asking.request("GET", page)
            found.append(asking.getresponse().status)
            asking.close()

    threads = [threading.Thread(target=ask) for _ in range(racers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asking.request("GET", "/health/live")
            if asking.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("The web process does not answer.")
