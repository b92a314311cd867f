"""The clock law of two releases, for tests: before and after that of Vancouver changed."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone

from booking.scheduling.clinic_days import clinic_days, grid, midnight
from clinic.practice.zone_data import use_pinned

FOLDER = Path(__file__).parent / "zones"
VANCOUVER = "America/Vancouver"
# Until March 14, 2027, the first has the clock an hour less ahead of UTC than the second.
BEFORE, AFTER = "2026.1", "2026.2"


@contextmanager
def law_of(release: str) -> Iterator[None]:
    """Have the zone data of this release decide, as in a process that was started with them."""
    zoneinfo.reset_tzpath(to=[str(FOLDER / release)])
    forget()
    try:
        yield
    finally:
        use_pinned()
        forget()


def forget() -> None:
    """Forget what this process has worked out by other zone data."""
    ZoneInfo.clear_cache()
    timezone.get_default_timezone.cache_clear()
    for one in (clinic_days, grid, midnight):
        one.cache_clear()


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)
