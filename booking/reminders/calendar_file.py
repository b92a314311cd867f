"""Appointments as a calendar file. Neutral: a calendar may be shared."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from booking.models import Appointment


def method_of(appointment: Appointment, *, to: str) -> str:
    """Return what the file asks of a calendar; without a recipient it is only to be read."""
    if not to:
        return "PUBLISH"
    return "CANCEL" if appointment.status == Appointment.Status.CANCELLED else "REQUEST"


def calendar_file(appointment: Appointment, *, summary: str, now: datetime, to: str = "") -> bytes:
    """Return the iCalendar file (RFC 5545): to `to` a request, or its cancellation once cancelled.

    The UID never changes and SEQUENCE rises with every revision, so that a later file replaces an
    earlier one. Times are UTC, which every calendar shows in its own zone.
    """
    calendar = _calendar(method_of(appointment, to=to))
    event = _event(appointment, summary, now)
    event.add("organizer", _organizer())
    if to:
        event.add("attendee", _attendee(to))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def feed_file(visits: Iterable[tuple[Appointment, str]], *, now: datetime) -> bytes:
    """Return many visits, each with its summary, as a file that calendars ask for again and again.

    Same UID and SEQUENCE as in mail, so that a visit is one event wherever it came from.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", one_line(settings.CLINIC_MAIL_NAME))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return _with_events(calendar, visits, now)


def calendar_file_of(visits: Iterable[tuple[Appointment, str]], *, now: datetime) -> bytes:
    """Return one file of several visits, each with its summary, to be read.

    A request speaks of one event only (RFC 5546, 3.2.2); what is published may be many. Each keeps
    its UID, so that a later request about one replaces it.
    """
    return _with_events(_calendar("PUBLISH"), visits, now)


def _with_events(
    calendar: Calendar, visits: Iterable[tuple[Appointment, str]], now: datetime
) -> bytes:
    for appointment, summary in visits:
        calendar.add_component(_event(appointment, summary, now))
    content: bytes = calendar.to_ical()
    return content


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(settings.CLINIC_MAIL_NAME)}//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(appointment: Appointment, summary: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{appointment.pk}@{settings.SITE_HOST}")
    event.add("sequence", appointment.rev)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", one_line(summary))
    event.add("location", one_line(settings.CLINIC_ADDRESS))
    is_off = appointment.status == Appointment.Status.CANCELLED
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    return event


def one_line(text: str) -> str:
    """Return the text without line breaks or runs of blanks, U+2028 and its like included."""
    return " ".join(text.split())


def _organizer() -> vCalAddress:
    _, _, address = settings.DEFAULT_FROM_EMAIL.rpartition("<")
    organizer = vCalAddress(f"mailto:{address.rstrip('>')}")
    organizer.params["CN"] = vText(settings.CLINIC_MAIL_NAME)
    return organizer


def _attendee(to: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{to}")
    # She has said yes by booking: nobody waits for an answer from her calendar.
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee
