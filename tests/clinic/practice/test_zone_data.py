"""The pinned zone data decide in every process, whatever the machine's own files say."""

import os
import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from clinic.checks import zone_data_is_the_pinned_one
from clinic.practice.wall_time import ClockReading, Offset, kept, offsets, reading
from clinic.practice.zone_data import is_pinned, machine_zone, release, use_pinned

NEW_YORK = "America/New_York"
# A folder that says of Vancouver what was true before its law changed in 2026.
FORMER = settings.BASE_DIR / "tests/booking/promised_times/zones/2026.1"
HOUR = timedelta(hours=1)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


def wall(*when: int) -> datetime:
    return datetime(*when)  # noqa: DTZ001 a wall time


# What each process imports first; a worker and a clock begin with Celery, which holds zones.
FIRST = {
    "web": "import clinic.wsgi",
    "worker and clock": "import celery.bin.celery, kombu.asynchronous.timer; import clinic",
    "command": "from django.core.management import get_commands; import clinic.settings",
}


@pytest.mark.parametrize("begins", FIRST)
def test_every_process_reads_the_pinned_data(begins: str) -> None:
    ask = """
from zoneinfo import ZoneInfo
from datetime import datetime
print(datetime(2027, 1, 15, tzinfo=ZoneInfo("America/Vancouver")).utcoffset().total_seconds())
"""
    # Even when the zone was made before our code came to be imported.
    made = "import os, zoneinfo; kept = zoneinfo.ZoneInfo('America/Vancouver');"
    environment = {**os.environ, "PYTHONTZPATH": str(FORMER)}
    environment["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    done = subprocess.run(
        [sys.executable, "-c", f"{made} {FIRST[begins]}\n{ask}"],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == "-25200.0"


def test_the_start_check_names_the_release_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert release() == "2026.6 (2026f)"
    assert zone_data_is_the_pinned_one() == []
    try:
        zoneinfo.reset_tzpath(to=[str(FORMER)])
        assert not is_pinned()
        (error,) = zone_data_is_the_pinned_one()
        assert error.id == "clinic.E004"
        assert str(FORMER) in error.msg
        assert "tzdata 2026.6 (2026f)" in error.msg
    finally:
        use_pinned()
    monkeypatch.setattr("clinic.practice.zone_data.version", lambda name: "2025.2")
    (warning,) = zone_data_is_the_pinned_one()
    assert warning.id == "clinic.W003"
    assert "2026.6 is pinned" in warning.msg


def test_the_machines_own_file_is_read_by_its_path(tmp_path: Path) -> None:
    own = machine_zone("America/Vancouver", (str(tmp_path), str(FORMER)))
    assert own is not None
    assert datetime(2027, 1, 15, tzinfo=own).utcoffset() == -8 * HOUR
    assert datetime(2027, 1, 15, tzinfo=ZoneInfo("America/Vancouver")).utcoffset() == -7 * HOUR
    assert machine_zone("America/Vancouver", (str(tmp_path),)) is None


@pytest.mark.parametrize(
    ("promised", "instant"),
    [
        (ClockReading(wall(2027, 2, 9, 9, 30), -5 * HOUR), utc(2027, 2, 9, 14, 30)),
        # Promised by another law: the wall time is what counts.
        (ClockReading(wall(2027, 2, 9, 9, 30), -4 * HOUR), utc(2027, 2, 9, 14, 30)),
        # Of the hour that comes twice, the one that was promised; by another law, the first.
        (ClockReading(wall(2027, 11, 7, 1, 30), -4 * HOUR), utc(2027, 11, 7, 5, 30)),
        (ClockReading(wall(2027, 11, 7, 1, 30), -5 * HOUR), utc(2027, 11, 7, 6, 30)),
        (ClockReading(wall(2027, 11, 7, 1, 30), -6 * HOUR), utc(2027, 11, 7, 5, 30)),
        # An hour that does not exist any more: the first instant after it.
        (ClockReading(wall(2027, 3, 14, 2, 30), -5 * HOUR), utc(2027, 3, 14, 7)),
        (ClockReading(wall(2027, 3, 14, 2, 30), -4 * HOUR), utc(2027, 3, 14, 7)),
    ],
)
def test_a_promise_is_kept_over_both_clock_changes(
    promised: ClockReading, instant: datetime
) -> None:
    assert kept(promised, NEW_YORK) == instant


@pytest.mark.parametrize("at", [utc(2027, 11, 7, 5, 30), utc(2027, 11, 7, 6, 30)])
def test_what_a_clock_shows_leads_back_to_its_instant(at: datetime) -> None:
    assert reading(at, ZoneInfo(NEW_YORK)).wall == wall(2027, 11, 7, 1, 30)
    assert kept(reading(at, ZoneInfo(NEW_YORK)), NEW_YORK) == at


def test_offsets_of_a_year_with_both_changes() -> None:
    spring, autumn = utc(2027, 3, 14, 7), utc(2027, 11, 7, 6)
    found = list(offsets(ZoneInfo(NEW_YORK), utc(2027, 1, 1), utc(2027, 12, 31)))
    assert found == [
        Offset(None, spring, -5 * HOUR),
        Offset(spring, autumn, -4 * HOUR),
        Offset(autumn, None, -5 * HOUR),
    ]
    assert list(offsets(ZoneInfo(NEW_YORK), spring, spring)) == [Offset(None, None, -4 * HOUR)]
