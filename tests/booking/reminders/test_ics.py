"""The calendar file: the same bytes for the same visit, readable, and safe from injection."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from booking.models import Appointment
from booking.reminders.calendar_file import calendar_file
from clinic.practice import facts

STARTS = datetime(2026, 12, 8, 14, 30, tzinfo=UTC)
MADE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

REQUEST = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Ell Pond//Appointments//EN
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Appointment 2 of 6\\, Ell Pond
DTSTART:20261208T143000Z
DTEND:20261208T153000Z
DTSTAMP:20261123T090000Z
UID:0b7c9f1e-0000-4000-8000-000000000001@127.0.0.1
SEQUENCE:3
ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:patient@example.test
LOCATION:41 Lakeview Avenue\\, Melrose\\, MA
ORGANIZER;CN="Ell Pond":mailto:mail@127.0.0.1
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""


def visit(**fields: Any) -> Appointment:
    """Return an unsaved visit."""
    key = uuid.UUID("0b7c9f1e-0000-4000-8000-000000000001")
    defaults = {"starts_at": STARTS, "ends_at": STARTS + timedelta(hours=1), "status": "booked"}
    return Appointment(pk=key, rev=3, **{**defaults, **fields})


def file_of(appointment: Appointment, summary: str = "Appointment 2 of 6, Ell Pond") -> bytes:
    return calendar_file(appointment, summary=summary, now=MADE, to="patient@example.test")


def the_event(content: bytes) -> Any:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_a_request_has_exactly_these_bytes() -> None:
    assert file_of(visit()).decode() == REQUEST.replace("\n", "\r\n")


def test_a_cancellation_differs_only_in_saying_so() -> None:
    cancelled = file_of(visit(status="cancelled")).decode().replace("\r\n", "\n")
    assert cancelled == REQUEST.replace("METHOD:REQUEST", "METHOD:CANCEL").replace(
        "STATUS:CONFIRMED", "STATUS:CANCELLED"
    )


def test_a_downloaded_file_asks_nothing_of_anybody() -> None:
    content = calendar_file(visit(), summary="Appointment", now=MADE)
    assert Calendar.from_ical(content)["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in the_event(content)


@pytest.mark.parametrize("month", [3, 11])
def test_it_reads_back_as_the_same_instant_on_days_the_clocks_change(month: int) -> None:
    for hour in range(48):
        starts_at = datetime(2027, month, 14 if month == 3 else 7, tzinfo=UTC) + timedelta(
            hours=hour
        )
        moved = visit(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90))
        event = the_event(file_of(moved))
        assert event.decoded("DTSTART") == starts_at
        assert event.decoded("DTEND") == starts_at + timedelta(minutes=90)


NASTY = st.text(
    st.one_of(
        st.sampled_from("\r\n;,:\\\"'=\u2028\u2029\u0085\x0b\x0c\t"),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=200,
)


@given(NASTY)
def test_no_text_adds_a_line_and_no_line_is_long(text: str) -> None:
    content = file_of(visit(), f"Appointment\r\nATTACH:x {text}\nEND:VEVENT\rBEGIN:VEVENT")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"\r\nBEGIN:") == 1
    event = the_event(content)
    assert set(event) == set(the_event(file_of(visit())))
    assert str(event["SUMMARY"]).startswith("Appointment ATTACH:x")


@given(NASTY)
def test_no_clinic_name_or_address_adds_a_line(text: str) -> None:
    with patch.object(facts._KNOWN, "facts", replace(facts.clinic_facts(), address=text)):
        content = file_of(visit())
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    # Without an address there is no line for it.
    without = set() if text.strip() else {"LOCATION"}
    assert set(the_event(content)) == set(the_event(file_of(visit()))) - without
