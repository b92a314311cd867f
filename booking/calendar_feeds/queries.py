"""What a private calendar address shows."""

import hashlib
from datetime import datetime, timedelta

from booking.models import Appointment, CalendarFeed

# Calendars keep what they have seen; a year ahead is as far as the desk books.
DAYS_BACK, DAYS_AHEAD = 30, 366


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def feed_of(token: str) -> CalendarFeed | None:
    """Return the open feed of this token, or None: unknown and closed are alike."""
    feed = (
        CalendarFeed.objects.select_related("clinician", "patient__merged_into")
        .filter(token_hash=hash_of(token), revoked_at__isnull=True)
        .first()
    )
    if feed is not None and feed.clinician is not None and not feed.clinician.is_active:
        return None
    return feed


def visits_in(feed: CalendarFeed, now: datetime) -> list[Appointment]:
    """Return the agreed visits of the feed's owner around `now`, soonest first.

    A cancelled one is among them while it is ahead, so that a calendar strikes it out.
    """
    rows = Appointment.objects.agreed().filter(
        starts_at__gte=now - timedelta(days=DAYS_BACK),
        starts_at__lt=now + timedelta(days=DAYS_AHEAD),
    )
    if feed.clinician is not None:
        rows = rows.filter(clinician=feed.clinician)
    elif feed.patient is not None:
        rows = rows.filter(patient=feed.patient.home)
    rows = rows.exclude(status=Appointment.Status.CANCELLED, starts_at__lt=now)
    return list(rows.select_related("room").order_by("starts_at", "pk"))
