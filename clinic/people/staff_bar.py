"""The bar on every staff page: what waits for somebody, and a warning before the session ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.models.people import User
from clinic.sign_in import session_limits
from clinic.web.unattended import version_of

# The pages of the questionnaire warn a patient this long before, too.
WARNED_AHEAD = timedelta(minutes=3)


@dataclass(frozen=True)
class StaffBar:
    """The rendered bar and its version, by which a page notices that it changed."""

    text: SafeString
    version: str


@dataclass(frozen=True)
class BarLink:
    """One link of the bar: something that waits, and the page on which it is worked off.

    `key` names it among all; `icon` is a name of clinic/web/icons.py.
    """

    key: str
    icon: str
    text: str
    url: str
    is_alarm: bool = False


Source = Callable[[User, datetime], Iterable[BarLink]]
_SOURCES: list[tuple[int, Source]] = []


def register_waiting(position: int, source: Source) -> None:
    """Ask `source` what waits for a member of staff, whenever the bar is drawn.

    What sources answer stands in the order of their positions.
    """
    _SOURCES.append((position, source))
    _SOURCES.sort(key=itemgetter(0))


def staff_bar(request: HttpRequest) -> StaffBar:
    """Return the bar for the user of this request."""
    now, user = timezone.now(), request.user
    waiting: list[BarLink] = []
    if isinstance(user, User):
        waiting = [one for _position, source in _SOURCES for one in source(user, now)]
    context = {"waiting": waiting, **_ending(request)}
    text = render_to_string("clinic/people/staff_waits.html", context, request).strip()
    return StaffBar(SafeString(text), version_of(text))


def _ending(request: HttpRequest) -> dict[str, object]:
    """Return the context for the warning, or nothing while there is more than WARNED_AHEAD left.

    `ends_at` is when the session ends; `may_stay` is whether a request would put that off.
    """
    ends_at: datetime | None = request.session_ends_at  # type: ignore[attr-defined]
    if ends_at is None or ends_at > timezone.now() + WARNED_AHEAD:
        return {}
    return {"ends_at": ends_at, "may_stay": ends_at < session_limits.last_end(request)}
