"""When a check-in may be sent and how long it holds.

Source: docs/clinical.md, "Check-ins".
"""

# mypy: disallow-any-explicit

from datetime import datetime

from clinic.practice.wall_time import hours_before

OPENS_HOURS = 72
# Visits 2 to 6 have a check-in; the first is a full evaluation.
FIRST_VISIT, LAST_VISIT = 2, 6


def has_checkin(visit_number: int | None) -> bool:
    """Tell whether a check-in comes before this visit of a package."""
    return visit_number is not None and FIRST_VISIT <= visit_number <= LAST_VISIT


def opens_at(visit_starts_at: datetime, zone: str) -> datetime:
    """Return when the check-in opens: the same wall time three days before the visit (UTC)."""
    return hours_before(visit_starts_at, OPENS_HOURS, zone)


def is_open(visit_starts_at: datetime, now: datetime, zone: str) -> bool:
    """Tell whether a check-in can be sent at `now`."""
    return opens_at(visit_starts_at, zone) <= now < visit_starts_at


def still_holds(visit_starts_at: datetime, *, sent_for: datetime, zone: str) -> bool:
    """Tell whether a check-in holds for a visit that may have moved since it was sent.

    `sent_for` is when the visit was to start when it was sent. Moved by less than three days, the
    check-in stays valid; otherwise a new one is asked for.
    """
    return opens_at(visit_starts_at, zone) < sent_for


def holds_until(sent_for: datetime, zone: str) -> datetime:
    """Return the first start for which a check-in sent for that start holds no longer (UTC)."""
    return hours_before(sent_for, -OPENS_HOURS, zone)
