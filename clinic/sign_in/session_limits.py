"""End a session after so many minutes without a request, and after so many hours in all.

Both times are stored in the session on the server. A cookie's own age is up to the visitor.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.sign_ins import record_sign_out

# Session keys for seconds since 1970 (UTC), as a session can hold no datetime.
BEGAN, SEEN = "session_began", "session_seen"
# A request sooner than this after the last noted one is not noted: it would be a write each time.
NOTED_EVERY = timedelta(seconds=30)


def begin(request: HttpRequest) -> None:
    """Start the time of the session: when it is made, and again when somebody signs in."""
    request.session[BEGAN] = request.session[SEEN] = timezone.now().timestamp()


def renew(request: HttpRequest) -> None:
    """Start the minutes without a request anew. The hours in all run on."""
    request.session[SEEN] = timezone.now().timestamp()


def is_noted(request: HttpRequest) -> bool:
    """Return whether a request was noted less than NOTED_EVERY ago."""
    return timezone.now() - _moment(request, SEEN) < NOTED_EVERY


def ends_at(request: HttpRequest) -> datetime | None:
    """Return when the session ends if no other request comes (UTC), or None without a session."""
    if request.session.is_empty():
        return None
    # The user is read before BEGAN: reading it flushes a session whose password or access changed.
    is_staff = request.user.is_authenticated and request.user.is_staff
    if BEGAN not in request.session:
        return None
    return end_of(_moment(request, BEGAN), _moment(request, SEEN), is_staff=is_staff)


def end_of(began_at: datetime, seen_at: datetime, *, is_staff: bool) -> datetime:
    """Return when a session ends if no request comes after `seen_at` (UTC)."""
    minutes = settings.SESSION_IDLE_MINUTES["staff" if is_staff else "patient"]
    return min(seen_at + timedelta(minutes=minutes), began_at + _in_all())


def last_end(request: HttpRequest) -> datetime:
    """Return when the session ends however active it is (UTC). It must have begun."""
    return _moment(request, BEGAN) + _in_all()


def end(request: HttpRequest) -> None:
    """Delete the session, and go on with the request as an anonymous one. It is recorded."""
    if request.user.is_authenticated:
        record_sign_out(request, request.user, "time")
    request.session.flush()
    request.user = AnonymousUser()


def _moment(request: HttpRequest, key: str) -> datetime:
    return datetime.fromtimestamp(request.session[key], UTC)


def _in_all() -> timedelta:
    return timedelta(hours=settings.SESSION_TOTAL_HOURS)
