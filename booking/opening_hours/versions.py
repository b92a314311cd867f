"""The versions of hours that forms carry in `seen`, and the refusal when one is not of now."""

from booking.models import Room
from booking.refusals import HOURS_CHANGED, Refused
from clinic.models.people import Clinician
from clinic.models.practice import WeeklyHours
from clinic.web.seen import is_stale, version_of

# One range of hours, whosever it is.
_RANGE = ("weekday", "starts", "ends", "valid_from", "valid_until")


def week_version(owner: Clinician | Room | None) -> str:
    """Return a text that changes with the weekly hours of this owner, or of the clinic (None)."""
    rows = WeeklyHours.objects.all() if owner is None else owner.opening_hours.all()
    return version_of(sorted(rows.values_list(*_RANGE), key=str))


def abilities_version(clinician: Clinician) -> str:
    """Return a text that changes with what the clinician does."""
    services = sorted(clinician.services.values_list("pk", flat=True))
    return version_of([services, clinician.is_active, clinician.fits_pessaries])


def room_version(room: Room) -> str:
    """Return a text that changes with the room's name and use."""
    return version_of([room.name, room.is_active])


def check_seen(seen: str, now: str) -> None:
    """Raise Refused when the version that the page showed is not that of now."""
    if is_stale(seen, now):
        raise Refused([HOURS_CHANGED])
