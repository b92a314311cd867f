"""How long a session lasts: so many minutes without a request, and so many hours in all.

Both are kept in the session on the server. A cookie alone would be the visitor's to extend.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

BEGAN, SEEN = "session_began", "session_seen"
# A request this soon after the last noted one is not noted: it would be a write for each picture.
NOTED_EVERY = timedelta(seconds=30)


def begin(request: HttpRequest) -> None:
    """Let the session's time run from now on: at its birth, and again when somebody signs in."""
    request.session[BEGAN] = request.session[SEEN] = timezone.now().timestamp()


def renew(request: HttpRequest) -> None:
    """Note that somebody is there; the hours in all run on."""
    request.session[SEEN] = timezone.now().timestamp()


def note(request: HttpRequest) -> None:
    """Note that somebody is there, unless that was noted a moment ago."""
    if timezone.now() - _moment(request, SEEN) >= NOTED_EVERY:
        renew(request)


def ends_at(request: HttpRequest) -> datetime | None:
    """Return when the session ends unless another request comes (UTC), or None without one."""
    if request.session.is_empty():
        return None
    # Who it is comes first: finding out ends a session whose password or access was changed.
    is_staff = request.user.is_authenticated and request.user.is_staff
    if BEGAN not in request.session:
        return None
    minutes = settings.SESSION_IDLE_MINUTES["staff" if is_staff else "patient"]
    return min(_moment(request, SEEN) + timedelta(minutes=minutes), last_end(request))


def last_end(request: HttpRequest) -> datetime:
    """Return when a session that began ends whatever is done (UTC)."""
    return _moment(request, BEGAN) + timedelta(hours=settings.SESSION_TOTAL_HOURS)


def end(request: HttpRequest) -> None:
    """Forget the session here and on the server; the request goes on as a stranger's."""
    request.session.flush()
    request.user = AnonymousUser()


def _moment(request: HttpRequest, key: str) -> datetime:
    return datetime.fromtimestamp(request.session[key], UTC)
