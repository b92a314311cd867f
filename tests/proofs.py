"""Long proofs, one by one: `python -m tests.proofs NAME`.

They take too long for the suite, which runs a quick form of each.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.going_on import BEFORE, PASSED, forget_unfinished, passed_before

FOLDER = Path(__file__).resolve().parent


def files_with(word: str) -> list[str]:
    """Return the files of tests in whose source that word stands."""
    return sorted(str(one) for one in FOLDER.rglob("test_*.py") if word in one.read_text())


# What pytest runs for each proof, and what the proof shows.
PROOFS: Mapping[str, tuple[str, Sequence[str]]] = {
    "bad-input": (
        "every bad value in every field of every form, as each role that may send it",
        ["tests/edges"],
    ),
    "pages": (
        "more pages of each kind, as everybody, at every width, after every change",
        [
            "tests/edges",
            "tests/journeys",
            "tests/booking/calendar",
            "tests/intake/telephone_intake/test_desk_sees_no_answers.py",
            "tests/intake/patient_pages/test_reading_is_recorded.py",
        ],
    ),
    "first-start": (
        "a start of the product from an empty folder",
        ["tests/house/test_up.py"],
    ),
    "first-clinic": (
        "every journey on a clinic made by the actions of a new one, without our sample",
        ["tests/journeys"],
    ),
    "faults": (
        "PostgreSQL, Redis, disk and web fail under bookings over HTTP: lost, doubled, in doubt",
        [
            "tests/faults/outages.py",
            "tests/faults/full_disks.py",
            "tests/faults/two_hosts.py",
            "tests/faults/test_mail_faults.py::test_a_worker_killed_again_and_again_loses_no_mail",
        ],
    ),
    "history": (
        "moving the rows of the version before, random histories of care, and years of visits",
        [
            "tests/intake/concerns/test_moving.py",
            "tests/intake/concerns/test_histories.py",
            "tests/booking/calendar/test_calendar_refresh.py",
            "tests/booking/calendar/test_desk_calendar.py",
            "tests/intake/review/test_review_queue.py",
            "tests/booking/reminders/test_emails.py",
        ],
    ),
    "restore": (
        "a backup of 10,000 patients restored elsewhere: how many minutes, and no old mail",
        ["tests/clinic/backups/test_drill.py"],
    ),
    "pooler": (
        "bookings, limits and a backup through PgBouncer in transaction mode (apt: pgbouncer)",
        ["tests/deploy/pooler.py"],
    ),
    "databases": (
        "on SQLite too: what is shown there in full only, and more rounds of each race",
        sorted({*files_with("on_sqlite("), *files_with("promises_in_full()")}),
    ),
    "races": ("every race as often as it takes to trust it", ["tests/races"]),
    "examples": (
        "laws of free times and of files for other systems, with many examples",
        ["tests/booking/scheduling/test_availability_laws.py", "tests/intake/fhir/test_fhir.py"],
    ),
}
# What proves without pytest: a module whose exit code says whether it holds, and what it shows.
PROGRAMS: Mapping[str, tuple[str, str]] = {
    "operations": (
        "the steps of docs/operations.md, from an empty machine and as an upgrade",
        "tests.deploy.machine",
    ),
}
# What reads afterwards what the tests of a proof wrote into a folder: its variable and its module.
REPORTS: Mapping[str, tuple[str, str]] = {
    "bad-input": ("RUN_READY_REACHED", "tests.edges.fields"),
}
# What else its tests are told.
VARIABLES: Mapping[str, Mapping[str, str]] = {"first-clinic": {"RUN_READY_FIRST_CLINIC": "1"}}
# Two at a time; and what they printed is shown, as it is what a proof is run for.
PYTEST = (sys.executable, "-m", "pytest", "-n", "2", "-p", "tests.said", "--durations", "5")
DATABASES: Mapping[str, Sequence[str]] = {"postgresql": [], "sqlite": ["-m", "promises"]}
# pytest's exit code when a file has no test marked as a promise.
NO_TESTS = 5


def prove(name: str, kept: Path | None = None) -> int:
    """Run one proof on both databases, one after the other; return 0 if all of it holds.

    With a folder `kept` it goes on where a run with the same folder was stopped.
    """
    if name in PROGRAMS:
        _, module = PROGRAMS[name]
        return subprocess.run([sys.executable, "-m", module], check=False).returncode
    failed = 0
    for database in DATABASES:
        print(f"== {name} on {database}", flush=True)
        if kept is not None:
            failed |= _prove_on(database, name, kept / name / database)
            continue
        with TemporaryDirectory() as folder:
            failed |= _prove_on(database, name, Path(folder))
    return int(failed)


def _prove_on(database: str, name: str, folder: Path) -> bool:
    """Run a proof on one database with what it writes in this folder; return whether it failed."""
    folder.mkdir(parents=True, exist_ok=True)
    passed, before = folder / "passed", folder / "passed.before"
    before.write_text("".join(f"{one}\n" for one in sorted(passed_before(passed))))
    forget_unfinished(folder, passed_before(before))
    variable, module = REPORTS.get(name, ("", ""))
    full = {
        "RUN_READY_IN_FULL": "1",
        "RUN_READY_TEST_DB": database,
        PASSED: str(passed),
        BEFORE: str(before),
    }
    full |= VARIABLES.get(name, {})
    done = subprocess.run(
        [*PYTEST, "-p", "tests.going_on", *DATABASES[database], *PROOFS[name][1]],
        env={**os.environ, **full, **({variable: str(folder)} if variable else {})},
        check=False,
    )
    failed = done.returncode not in (0, NO_TESTS)
    if module:
        told = subprocess.run([sys.executable, "-m", module, str(folder)], check=False)
        failed |= told.returncode != 0
    return failed


def kept_folder(folder: Path) -> Path:
    """Return the folder of a proof that is to go on. Exits if it was begun on other code."""
    code = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    said = subprocess.run(code, capture_output=True, text=True, check=True)
    if said.stdout.strip().endswith("-dirty"):
        sys.exit("Commit or put away what you changed: a proof that goes on is of one commit.")
    folder.mkdir(parents=True, exist_ok=True)
    commit = folder / "commit"
    if not commit.exists():
        commit.write_text(said.stdout)
    elif commit.read_text() != said.stdout:
        sys.exit(f"What {folder} holds was proven of {commit.read_text().strip()}: take another.")
    return folder


def main(arguments: Sequence[str]) -> int:
    known = {**PROOFS, **PROGRAMS}
    parser = argparse.ArgumentParser(
        prog="./dev proof",
        description="Run one of the long proofs.",
        epilog="\n".join(f"{name:12}  {what}" for name, (what, _) in known.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=known)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="write what passed into this folder, and go on from there when run again",
    )
    asked = parser.parse_args(arguments)
    return prove(asked.name, asked.keep and kept_folder(asked.keep.resolve()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
