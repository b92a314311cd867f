"""Run the bench: `python -m tests.bench`.

It has a database server of its own whose commits survive a power cut. Two databases hold made-up
clinics of ten clinicians, one with much more history than the other.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from tests.services import ROOT, start_servers

SMALL, LARGE = 10_000, 100_000
# The made-up clinic is so full that nothing could be offered: its afternoons are emptied.
AFTERNOONS = """
    DELETE FROM booking_appointment WHERE status = 'booked'
    AND extract(hour FROM starts_at AT TIME ZONE 'America/New_York') BETWEEN 12 AND 15
"""


def provide() -> str:
    """Start PostgreSQL and Redis for this run and point the settings at them.

    Return the URL of the database server without a database name.
    """
    found = start_servers(["durable_postgresql", "redis"])
    base = found["durable_postgresql"].removesuffix("/run_ready")
    # What the caller's environment sets would change what is measured.
    for name in ("SITE_URL", "EMAIL_URL", "DEBUG", "PROXY_COUNT", "CLINIC_TIME_ZONE"):
        os.environ.pop(name, None)
    os.environ.update(
        REDIS_URL=found["redis"],
        RUN_READY_VAR=f"{found['folder']}/var",
        RUN_READY_LIMITS="test",
        ALLOWED_HOSTS="127.0.0.1,testserver",
        DJANGO_SETTINGS_MODULE="clinic.settings",
        STATIC_STORAGE="django.contrib.staticfiles.storage.StaticFilesStorage",
    )
    return base


def fill(base: str, name: str, appointments: int) -> None:
    """Create a database with a clinic of ten clinicians and this many appointments."""
    run_sql(f"{base}/postgres", f'CREATE DATABASE "{name}"')
    environment = {**os.environ, "DATABASE_URL": f"{base}/{name}"}
    seed = ["seed", "--clinicians", "10", "--patients", "400", "--appointments", str(appointments)]
    for command in (["migrate", "--verbosity", "0"], seed):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    run_sql(f"{base}/{name}", AFTERNOONS)
    # Without fresh statistics PostgreSQL would plan as if the tables were empty.
    run_sql(f"{base}/{name}", "VACUUM ANALYZE")


def run_sql(url: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE and VACUUM need it."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def main() -> None:
    """Fill the databases, then measure in a process of its own.

    The settings read the environment when they are imported, so it must be complete by then.
    """
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--appointments", type=int, default=LARGE, help="1000000 for goal G4")
    parser.add_argument("--soak", action="store_true", help="hold a load instead (./dev soak)")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--bookings", type=float, default=50, help="a second, while soaking")
    parser.add_argument("--views", type=float, default=200, help="a second, while soaking")
    options = parser.parse_args()
    sizes = {"large": options.appointments}
    if not options.soak:
        sizes["small"] = SMALL
    base = provide()
    for name, size in sizes.items():
        print(f"A clinic with {size:,} appointments", flush=True)
        fill(base, name, size)
    os.environ["DATABASE_URL"] = f"{base}/large"
    name = "soak" if options.soak else "bench"
    about = measured_on(sizes, ROOT / "var" / f"{name}.json")
    if options.soak:
        about["soak"] = {key: getattr(options, key) for key in ("minutes", "bookings", "views")}
    module = f"tests.bench.{'soak' if options.soak else 'measure'}"
    command = [sys.executable, "-m", module, json.dumps(about)]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def measured_on(sizes: dict[str, int], file: Path) -> dict[str, object]:
    """Return a description of the machine and the data, and the file for the figures, as JSON."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "appointments": sizes,
        "file": str(file),
    }


if __name__ == "__main__":
    main()
