"""The bar on every staff page: what waits, and that the session ends soon."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.sign_in import session_limits
from clinic.web.unattended import version_of

# As long as the page of questions warns a patient.
WARNED_AHEAD = timedelta(minutes=3)


@dataclass(frozen=True)
class StaffBar:
    """What stands in the bar, and the version that a page shows of it."""

    text: SafeString
    version: str


def staff_bar(request: HttpRequest) -> StaffBar:
    """Return the bar as whoever asks should see it now."""
    text = render_to_string("clinic/people/staff_waits.html", _ending(request), request).strip()
    return StaffBar(SafeString(text), version_of(text))


def _ending(request: HttpRequest) -> dict[str, object]:
    """Return when the session ends, in its last minutes, and whether staying puts that off."""
    ends_at: datetime | None = request.session_ends_at  # type: ignore[attr-defined]
    if ends_at is None or ends_at > timezone.now() + WARNED_AHEAD:
        return {}
    return {"ends_at": ends_at, "may_stay": ends_at < session_limits.last_end(request)}
