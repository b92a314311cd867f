"""What a private calendar address shows, and to whom it belongs."""

import hashlib
from datetime import datetime, timedelta

from booking.models import Appointment, CalendarFeed

# A calendar program keeps older visits itself; the desk books a year ahead by default.
DAYS_BACK, DAYS_AHEAD = 30, 366


def hash_of(token: str) -> str:
    """Return the hash of a token, which is what the database stores."""
    # "replace", since an address may hold any text; such a token is nobody's.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def feed_of(token: str) -> CalendarFeed | None:
    """Return the open feed of this token, or None if it is unknown or closed."""
    feed = (
        CalendarFeed.objects.select_related("clinician", "patient__merged_into")
        .filter(token_hash=hash_of(token), revoked_at__isnull=True)
        .first()
    )
    if feed is None:
        return None
    # Whoever left the clinic no longer sees its visits.
    if feed.clinician is not None and not feed.clinician.is_active:
        return None
    # Nor whoever got the address before the patient's row changed hands.
    if feed.patient is not None and feed.epoch != feed.patient.home.epoch:
        return None
    return feed


def visits_in(feed: CalendarFeed, now: datetime) -> list[Appointment]:
    """Return the visits of the feed's owner around `now`, soonest first, without holds.

    A cancelled visit is included while it is ahead, so that calendars show it as cancelled.
    """
    rows = Appointment.objects.agreed().filter(
        starts_at__gte=now - timedelta(days=DAYS_BACK),
        starts_at__lt=now + timedelta(days=DAYS_AHEAD),
    )
    if feed.clinician is not None:
        rows = rows.filter(clinician=feed.clinician)
    elif feed.patient is not None:
        # The feed may have been opened on a row that was merged since.
        rows = rows.filter(patient=feed.patient.home)
    rows = rows.exclude(status=Appointment.Status.CANCELLED, starts_at__lt=now)
    return list(rows.select_related("room", "enrollment__version").order_by("starts_at", "pk"))
