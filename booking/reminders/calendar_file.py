"""Appointments as iCalendar files, in neutral words because others may see a calendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from booking.models import Appointment
from clinic.practice.facts import clinic_facts
from clinic.practice.reaching import mail_name
from clinic.practice.sender import sender_address


def method_of(appointment: Appointment, *, to: str) -> str:
    """Return the METHOD of the file: what it asks of a calendar.

    Without a recipient (`to` empty) it is only to be read: "PUBLISH".
    """
    if not to:
        return "PUBLISH"
    return "CANCEL" if appointment.status == Appointment.Status.CANCELLED else "REQUEST"


def calendar_file(appointment: Appointment, *, summary: str, now: datetime, to: str = "") -> bytes:
    """Return one visit as an iCalendar file (RFC 5545).

    To a recipient `to` it is a request, or the cancellation of one. The UID never changes and
    SEQUENCE rises with every revision, so that a later file replaces an earlier one. Times are in
    UTC, which every calendar shows in its own zone.
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
    """Return many visits, each with its summary, as a feed that calendars fetch again and again.

    UID and SEQUENCE are those of the mails, so that a visit is one event wherever it came from.
    """
    calendar = _calendar("PUBLISH")
    # Not in RFC 5545, but the name that calendar programs read.
    calendar.add("x-wr-calname", one_line(mail_name()))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return _with_events(calendar, visits, now)


def calendar_file_of(visits: Iterable[tuple[Appointment, str]], *, now: datetime) -> bytes:
    """Return several visits, each with its summary, as one file that is only to be read.

    A request is about one event (RFC 5546, 3.2.2), while a published file may have many. Each visit
    has its usual UID, so that a later request about it replaces it.
    """
    return _with_events(_calendar("PUBLISH"), visits, now)


def _with_events(
    calendar: Calendar, visits: Iterable[tuple[Appointment, str]], now: datetime
) -> bytes:
    """Add the visits to the calendar and return its text as bytes."""
    for appointment, summary in visits:
        calendar.add_component(_event(appointment, summary, now))
    content: bytes = calendar.to_ical()
    return content


def _calendar(method: str) -> Calendar:
    """Return a calendar without events."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(mail_name())}//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(appointment: Appointment, summary: str, now: datetime) -> Event:
    """Return the event of one visit."""
    event = Event()
    event.add("uid", f"{appointment.pk}@{settings.SITE_HOST}")
    event.add("sequence", appointment.rev)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", one_line(summary))
    if address := one_line(clinic_facts().address):
        event.add("location", address)
    is_cancelled = appointment.status == Appointment.Status.CANCELLED
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    return event


def one_line(text: str) -> str:
    """Return the text as one line, with single blanks. U+2028 and the like count as breaks."""
    return " ".join(text.split())


def _organizer() -> vCalAddress:
    """Return the address that sends the clinic's mail."""
    organizer = vCalAddress(f"mailto:{sender_address()}")
    organizer.params["CN"] = vText(mail_name())
    return organizer


def _attendee(to: str) -> vCalAddress:
    """Return the patient's address, as of somebody who has accepted."""
    attendee = vCalAddress(f"mailto:{to}")
    # She accepted by booking, so her calendar need not send an answer.
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee
