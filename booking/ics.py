"""An appointment as a calendar file. Neutral: a calendar may be shared."""

from datetime import datetime

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress

from booking.models import Appointment


def calendar_file(appointment: Appointment, *, summary: str, now: datetime) -> bytes:
    """Return the iCalendar file: a request, or its cancellation once it is cancelled.

    The UID never changes, SEQUENCE rises with every revision, times are UTC.
    """
    is_off = appointment.status == Appointment.Status.CANCELLED
    calendar = Calendar()
    calendar.add("prodid", "-//Run Ready//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_off else "REQUEST")
    event = Event()
    event.add("uid", f"{appointment.pk}@{settings.SITE_HOST}")
    event.add("sequence", appointment.rev)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", " ".join(summary.split()))
    event.add("location", settings.CLINIC_ADDRESS)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{_address()}")
    event.add("organizer", organizer)
    calendar.add_component(event)
    return calendar.to_ical()


def _address() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
