"""Where one person is signed in now, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinic.models.own_sessions import SignedIn
from clinic.models.people import User
from clinic.sign_in import session_limits
from clinic.sign_in.own_sessions.actions import SIGNED_IN


@dataclass(frozen=True)
class OwnSession:
    """One session: the device in words, when it began and was last seen (UTC), and from where."""

    id: UUID
    device: str
    began_at: datetime
    seen_at: datetime
    address: str
    is_this: bool


def own_sessions(request: HttpRequest, user: User, *, now: datetime) -> list[OwnSession]:
    """Return the sessions that are not over, this request's first, then the latest seen."""
    this = request.session.get(SIGNED_IN)
    rows = SignedIn.objects.filter(user=user, ended_at__isnull=True).order_by("-seen_at")
    found = [_in_words(row, this) for row in rows if _is_alive(row, user, now)]
    return sorted(found, key=lambda one: not one.is_this)


def _is_alive(row: SignedIn, user: User, now: datetime) -> bool:
    ends_at = session_limits.end_of(row.began_at, row.seen_at, is_staff=user.is_staff)
    return now < ends_at


def _in_words(row: SignedIn, this: str | None) -> OwnSession:
    return OwnSession(
        id=row.pk,
        device=_device(row.browser, row.system),
        began_at=row.began_at,
        seen_at=row.seen_at,
        address=row.address,
        is_this=str(row.pk) == this,
    )


def _device(browser: str, system: str) -> str:
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A device we do not know")
