"""When a check-in may be sent, and how long it stays valid.

Source: docs/clinical.md, "Check-ins".
"""

# mypy: disallow-any-explicit

from datetime import datetime

from clinic.practice.wall_time import hours_before

OPENS_HOURS = 72
# Every visit of a package from this one on has a check-in; the first is a full evaluation.
FIRST_VISIT = 2


def has_checkin(visit_number: int | None) -> bool:
    """Tell whether a check-in comes before this visit of a package."""
    return visit_number is not None and visit_number >= FIRST_VISIT


def opens_at(visit_starts_at: datetime, zone: str) -> datetime:
    """Return when the check-in opens (UTC): three days before the visit at the same wall time."""
    return hours_before(visit_starts_at, OPENS_HOURS, zone)


def is_open(visit_starts_at: datetime, now: datetime, zone: str) -> bool:
    """Tell whether a patient can send the check-in at `now`: not once the visit has begun."""
    return opens_at(visit_starts_at, zone) <= now < visit_starts_at


def still_holds(visit_starts_at: datetime, *, sent_for: datetime, zone: str) -> bool:
    """Tell whether a check-in is still valid for a visit that may have moved since it was sent.

    `sent_for` is the start of the visit as it was then. A check-in stays valid if the visit moves
    to an earlier time, or later by less than three days; otherwise a new one is asked for.
    """
    # Valid means that a check-in for the new start would have opened before the old start.
    return opens_at(visit_starts_at, zone) < sent_for


def holds_until(sent_for: datetime, zone: str) -> datetime:
    """Return the first start (UTC) for which a check-in sent for `sent_for` is no longer valid."""
    return hours_before(sent_for, -OPENS_HOURS, zone)
