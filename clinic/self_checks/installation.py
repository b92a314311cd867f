"""Checks of what surrounds the rows: keys, files, clocks, disk."""

import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.utils import timezone

from clinic.database.clock import database_now
from clinic.keys.checking import problem
from clinic.practice import zone_data
from clinic.self_checks.checks import CheckResult

# How far the clock of this machine may be from the database's.
CLOCKS_APART = timedelta(seconds=5)
# Below this, writing will soon fail: the journal of the database, mail of a trial, a backup.
LEAST_FREE = 500_000_000


def keys(now: datetime) -> CheckResult:
    """Compare the keys with the row that notes which are right. One statement."""
    fault = problem()
    return CheckResult(
        "FIELD_KEYS and DIGEST_KEY are those of the database", (fault,) if fault else ()
    )


def static_files(now: datetime) -> CheckResult:
    """Look whether the static files were collected, without which each page is an error."""
    # What is asked lies behind a lazy object.
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return CheckResult("served from where they are written")
    if staticfiles_storage.read_manifest() is None:
        return CheckResult("", ("The static files are not collected: manage.py collectstatic",))
    names = staticfiles_storage.hashed_files.values()
    absent = sum(not staticfiles_storage.exists(name) for name in names)
    fault = f"{absent} static files are gone: manage.py collectstatic"
    return CheckResult(f"{len(names)} files", (fault,) if absent else ())


def zones(now: datetime) -> CheckResult:
    """Look whether the pinned clock rules decide in this process."""
    seen = f"tzdata {zone_data.release()}, clinic in {settings.CLINIC_TIME_ZONE}"
    pinned = zone_data.pinned_release(settings.BASE_DIR / "requirements.txt")
    if not zone_data.is_pinned():
        return CheckResult(seen, ("Clock rules of this machine are read, not the pinned ones",))
    if pinned is not None and not zone_data.release().startswith(f"{pinned} "):
        return CheckResult(seen, (f"requirements.txt pins tzdata {pinned}: install it",))
    return CheckResult(seen)


def clocks(now: datetime) -> CheckResult:
    """Compare this machine's clock with the database's, asked for between two looks at ours.

    What was read before the other checks is as old as they took.
    """
    before, there, after = timezone.now(), database_now(), timezone.now()
    # Anything from `before` to `after` may have been the time here when the database looked.
    apart = max(before - there, there - after, timedelta())
    seen = f"{apart.total_seconds():.1f} s apart"
    if apart <= CLOCKS_APART:
        return CheckResult(seen)
    which = "ahead of" if before > there else "behind"
    return CheckResult(
        seen, (f"This machine's clock is {which} the database's: {seen}. Is NTP on?",)
    )


def disk(now: datetime) -> CheckResult:
    """Look at the free space where the files of the site lie."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.VAR_DIR).free
    seen = f"{free / 1e9:.1f} GB free under RUN_READY_VAR"
    fault = f"Less than {LEAST_FREE / 1e9:.1f} GB is free under RUN_READY_VAR"
    return CheckResult(seen, (fault,) if free < LEAST_FREE else ())
