"""What the desk is told about a time that a patient is just choosing online."""

from datetime import datetime, timedelta

from booking.models import Appointment, Service
from booking.reasons import Reason, msg
from clinic.templatetags.look import clock

_HELD = msg(
    "Somebody keeps this time online until %(until)s. If it is not booked by then, it is free"
    " again."
)


def held_online(
    service: Service, *, starts_at: datetime, clinician_id: int | None, now: datetime
) -> list[Reason]:
    """Return the reason that a patient holds this time online, or an empty list.

    `starts_at` is aware. Without a clinician there is nothing to say: another one may be free.
    """
    if clinician_id is None:
        return []
    ends_at = starts_at + timedelta(minutes=service.minutes)
    in_the_way = Appointment.objects.filter(
        clinician_id=clinician_id,
        status="held",
        hold_until__gt=now,
        busy_from__lt=ends_at + timedelta(minutes=service.buffer_after_minutes),
        busy_until__gt=starts_at - timedelta(minutes=service.buffer_before_minutes),
        # A waitlist offer is held for hours; nobody is looking at it right now.
    ).exclude(holder_key__startswith="offer:")
    # Several holds may touch the time: it is free again when the last one ends.
    last = in_the_way.order_by("-hold_until").first()
    if last is None or last.hold_until is None:
        return []
    return [Reason("kept_online", _HELD, {"until": clock(last.hold_until)})]
