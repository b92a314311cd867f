"""Private calendar addresses: what they return, to whom, and how they close."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from django.test import Client
from icalendar import Calendar

from booking.appointments.changes import cancel_appointment, move_appointment
from booking.models import Appointment, CalendarFeed
from booking.reminders.calendar_file import calendar_file, feed_file
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.health_words import health_words
from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment

DAY = timedelta(days=1)
STARTS = datetime(2026, 12, 8, 14, 30, tzinfo=UTC)

FEED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Ell Pond//Appointments//EN
METHOD:PUBLISH
X-WR-CALNAME:Ell Pond
REFRESH-INTERVAL;VALUE=DURATION:PT1H
BEGIN:VEVENT
SUMMARY:Appointment
DTSTART:20261208T143000Z
DTEND:20261208T153000Z
DTSTAMP:20261123T090000Z
UID:0b7c9f1e-0000-4000-8000-000000000001@127.0.0.1
SEQUENCE:3
LOCATION:41 Lakeview Avenue\\, Melrose\\, MA
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""


def visit(**fields: Any) -> Appointment:
    """Return an unsaved visit."""
    key = uuid.UUID("0b7c9f1e-0000-4000-8000-000000000001")
    defaults = {"starts_at": STARTS, "ends_at": STARTS + timedelta(hours=1), "status": "booked"}
    return Appointment(pk=key, **{"rev": 3, **defaults, **fields})


def test_a_feed_has_exactly_these_bytes() -> None:
    made = feed_file([(visit(), "Appointment")], now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert made.decode() == FEED.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("status", "to", "method"),
    [
        ("booked", "her@example.test", "REQUEST"),
        ("cancelled", "her@example.test", "CANCEL"),
        ("booked", "", "PUBLISH"),
    ],
)
def test_a_second_library_reads_the_same_out_of_a_mail_s_file(
    status: str, to: str, method: str
) -> None:
    for rev in (0, 1, 7):
        row = visit(rev=rev, status=status)
        content = calendar_file(row, summary="Appointment 2 of 6", now=STARTS, to=to).decode()
        read = vobject.readOne(content)
        assert read.method.value == method
        assert read.vevent.uid.value == f"{row.pk}@127.0.0.1"
        assert int(read.vevent.sequence.value) == rev
        assert read.vevent.dtstart.value == row.starts_at
        assert read.vevent.dtend.value == row.ends_at
        assert read.vevent.summary.value == "Appointment 2 of 6"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_feed(client: Client, page: str) -> str:
    """Open a feed on its page; return its path."""
    body = client.post(page, {"open": "1"}).content.decode()
    address = body.partition('value="http')[2].partition('"')[0]
    assert address.endswith(".ics")
    return "/calendar/" + address.rpartition("/")[2]


def events(path: str) -> dict[str, Any]:
    """Fetch a feed as a calendar program does, without a session; return the events by UID."""
    answer = Client().get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    found = {str(one["UID"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    read = vobject.readOne(answer.content.decode())
    assert {one.uid.value for one in read.contents.get("vevent", [])} == set(found)
    return found


def test_each_feed_holds_its_owners_visits_and_follows_them(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        own = make_appointment(
            patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 7 * DAY
        )
        other = make_appointment(
            patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW + 8 * DAY
        )
        make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=NOW + 9 * DAY,
            status="held",
            hold_until=NOW + DAY,
            holder_key="somebody",
        )
        hers = make_feed(client_for(cast.patient.user), "/calendar/mine/")
        clinicians = make_feed(client_for(cast.clinician.user), "/calendar/")
        uids = [f"{one.pk}@127.0.0.1" for one in (own, other)]
        assert list(events(hers)) == uids[:1]
        assert list(events(clinicians)) == uids
        moved_to = NOW + 14 * DAY
        move_appointment(
            appointment_id=own.pk,
            rev=0,
            starts_at=moved_to,
            clinician_id=None,
            context=Context(SYSTEM, NOW),
        )
        cancel_appointment(appointment_id=other.pk, rev=0, context=Context(SYSTEM, NOW))
        event = events(hers)[uids[0]]
        assert (int(event["SEQUENCE"]), event.decoded("DTSTART")) == (1, moved_to)
        gone = events(clinicians)[uids[1]]
        assert (str(gone["STATUS"]), int(gone["SEQUENCE"])) == ("CANCELLED", 1)
        said = Client().get(clinicians).content.decode() + Client().get(hers).content.decode()
        assert health_words(said) == []
        assert cast.patient.name not in said
        assert cast.patient.email not in said


def test_an_address_is_shown_once_stored_as_a_hash_and_closes(cast: Cast) -> None:
    she = client_for(cast.patient.user)
    first = make_feed(she, "/calendar/mine/")
    token = first.rpartition("/")[2].removesuffix(".ics")
    assert token not in she.get("/calendar/mine/").content.decode()
    assert token not in str(list(CalendarFeed.objects.values())) + str(
        list(AuditEvent.objects.values())
    )
    second = make_feed(she, "/calendar/mine/")
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert she.post("/calendar/mine/", {"close": "1"}).status_code == 302
    assert Client().get(second).status_code == 404
    assert Client().get("/calendar/x.ics").status_code == 404


def test_the_feed_of_a_clinician_who_left_is_closed(cast: Cast) -> None:
    path = make_feed(client_for(cast.clinician.user), "/calendar/")
    cast.clinician.is_active = False
    cast.clinician.save()
    assert Client().get(path).status_code == 404
