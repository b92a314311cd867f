"""The mails about a visit: when they are sent, to whom, and what they never say."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from icalendar import Calendar

from booking.appointments.changes import cancel_appointment, undo_cancel
from booking.models import Appointment
from booking.reminders.actions import owe_cancelled, owe_confirmation, owe_moved
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

# A Tuesday, 9:30 in New York; a week and a day after NOW.
STARTS = datetime(2027, 2, 9, 14, 30, tzinfo=UTC)
# Hours between two looks at what is due, over days.
EVERY = rounds(4, 1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def people() -> Cast:
    return make_cast()


def book(people: Cast, *, starts_at: datetime = STARTS, **more: Any) -> Appointment:
    """Make a booked visit and owe its mails, as the action does."""
    visit = make_appointment(
        patient=people.patient, clinician=people.clinician, starts_at=starts_at, **more
    )
    owe_confirmation(visit, now=NOW)
    return visit


def book_third_of_six(people: Cast, *, starts_at: datetime = STARTS) -> Appointment:
    referral = make_referral(patient=people.patient)
    package = make_enrollment(patient=people.patient, referral=referral)
    more = {"service": "rr3", "enrollment": package, "visit_number": 3}
    return book(people, starts_at=starts_at, **more)


def move(visit: Appointment, starts_at: datetime, *, now: datetime = NOW) -> None:
    """Write the visit at its new time and owe the mails, as the action does."""
    length = visit.ends_at - visit.starts_at
    visit.starts_at = visit.busy_from = starts_at
    visit.ends_at = visit.busy_until = starts_at + length
    visit.rev += 1
    visit.save()
    owe_moved(visit, now=now)


def cancel(visit: Appointment, *, by_clinic: bool, now: datetime) -> None:
    """Write the visit as cancelled and owe the mail, as the action does."""
    visit.status, visit.cancelled_at, visit.cancelled_by_clinic = "cancelled", now, by_clinic
    visit.rev += 1
    visit.save()
    owe_cancelled(visit, now=now)


def sent(now: datetime) -> list[EmailMultiAlternatives]:
    """Run the sender; return the mails that it sent."""
    mail.outbox.clear()
    send_due(now=now)
    return cast(list[EmailMultiAlternatives], list(mail.outbox))


def one_sent(now: datetime) -> EmailMultiAlternatives:
    (message,) = sent(now)
    return message


def calendar_in(message: EmailMultiAlternatives) -> Any:
    (part,) = [p for p in message.message().walk() if p.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == calendar["METHOD"]
    return calendar


# --- When ---------------------------------------------------------------------------------------


@pytest.mark.promises
def test_a_booking_owes_its_confirmation_at_once_and_two_reminders_by_the_wall_clock(
    people: Cast,
) -> None:
    book(people)
    owed = {row.kind: (row.due_at, row.useless_after) for row in Email.objects.all()}
    assert owed == {
        "confirmation": (NOW, STARTS),
        "reminder_48h": (STARTS - 2 * DAY, STARTS - DAY),
        "reminder_24h": (STARTS - DAY, STARTS),
    }


@pytest.mark.promises
def test_a_visit_booked_inside_a_lead_gets_no_mail_about_that_lead(people: Cast) -> None:
    book(people, starts_at=NOW + 30 * HOUR)
    assert set(Email.objects.values_list("kind", flat=True)) == {"confirmation", "reminder_24h"}


@pytest.mark.promises
def test_a_move_waits_three_minutes_and_replaces_everything_before_it(people: Cast) -> None:
    visit = book(people)
    move(visit, STARTS + DAY)
    move(visit, STARTS + 3 * DAY)
    assert sent(NOW + 2 * MINUTE) == []
    message = one_sent(NOW + 3 * MINUTE)
    assert message.subject == (
        "Ell Pond: your appointment is now on Friday, February 12, 9:30 am EST"
    )
    assert set(Email.objects.filter(rev__lt=2).values_list("status", "reason")) == {
        ("skipped", "superseded")
    }
    for hours in range(0, 24 * 11, EVERY):
        for reminder in sent(NOW + hours * HOUR):
            assert "Friday, February 12" in reminder.body


@pytest.mark.promises
def test_a_reminder_already_taken_by_a_sender_still_sees_the_move(people: Cast) -> None:
    visit = book(people)
    Email.objects.exclude(kind="reminder_48h").delete()
    # The row was not withdrawn: a sender had claimed it while the move was written.
    Appointment.objects.filter(pk=visit.pk).update(rev=1)
    assert sent(STARTS - 2 * DAY) == []
    assert Email.objects.get().reason == "superseded"


@pytest.mark.promises
def test_a_cancelled_visit_is_mailed_once_and_never_reminded_of(people: Cast) -> None:
    visit = book(people)
    sent(NOW)
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW + HOUR))
    messages = [m for hours in range(0, 24 * 9, EVERY) for m in sent(NOW + hours * HOUR)]
    (message,) = messages
    assert "is cancelled" in message.subject
    assert calendar_in(message)["METHOD"] == "CANCEL"


@pytest.mark.promises
def test_a_cancellation_undone_in_time_is_not_mailed(people: Cast) -> None:
    visit = book(people)
    sent(NOW)
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW + HOUR))
    undo_cancel(appointment_id=visit.pk, context=Context(SYSTEM, NOW + HOUR))
    message = one_sent(NOW + HOUR)
    assert "is cancelled" not in message.subject
    assert sent(NOW + 2 * HOUR) == []
    assert len(sent(STARTS - 2 * DAY)) == 1


@pytest.mark.promises
def test_a_patient_without_reminders_is_still_told_of_changes(people: Cast) -> None:
    visit = book(people)
    sent(NOW)
    Patient.objects.update(no_reminders_since=NOW)
    assert sent(STARTS - 2 * DAY) == []
    assert Email.objects.get(kind="reminder_48h").reason == "unsubscribed"
    cancel_appointment(
        appointment_id=visit.pk, rev=0, context=Context(SYSTEM, STARTS - DAY), by_clinic=True
    )
    assert "we had to cancel" in one_sent(STARTS - DAY + HOUR).body


@pytest.mark.promises
def test_a_reminder_goes_to_the_current_address(people: Cast) -> None:
    book(people)
    sent(NOW)
    Patient.objects.filter(pk=people.patient.pk).update(email="new@example.test")
    assert one_sent(STARTS - 2 * DAY).recipients() == ["new@example.test"]


@pytest.mark.promises
def test_without_an_address_staff_see_what_was_not_sent_until_she_gives_one(people: Cast) -> None:
    Patient.objects.filter(pk=people.patient.pk).update(email="")
    people.patient.refresh_from_db()
    book(people)
    assert sent(NOW) == []
    assert Email.objects.get(kind="confirmation").reason == "no_address"
    Patient.objects.filter(pk=people.patient.pk).update(email="now@example.test")
    assert one_sent(STARTS - 2 * DAY).recipients() == ["now@example.test"]


def test_a_sender_away_for_a_day_sends_one_reminder_never_two(people: Cast) -> None:
    book(people)
    sent(NOW)
    assert "9:30" in one_sent(STARTS - 22 * HOUR).body
    states = dict(Email.objects.values_list("kind", "status"))
    assert (states["reminder_48h"], states["reminder_24h"]) == ("skipped", "sent")


def test_a_sender_away_past_the_visit_sends_nothing(people: Cast) -> None:
    book(people)
    assert sent(STARTS) == []
    assert set(Email.objects.values_list("status", "reason")) == {("skipped", "too_late")}


# --- What ---------------------------------------------------------------------------------------


def test_a_confirmation_says_when_where_with_whom_and_how_to_change_it(people: Cast) -> None:
    book_third_of_six(people)
    message = one_sent(NOW)
    assert message.subject == "Ell Pond: your appointment on Tuesday, February 9, 9:30 am EST"
    text = re.sub(r"/l/\S+", "/l/token", message.body)
    assert text == (
        "Your appointment is booked.\n"
        "\n"
        "Tuesday, February 9\n"
        "9:30 am to 10:30 am EST\n"
        "Appointment 3 of 6\n"
        "With Dr. Test\n"
        "41 Lakeview Avenue, Melrose, MA\n"
        "\n"
        "See or change this appointment:\n"
        "http://127.0.0.1:8000/l/token\n"
        "\n"
        "You can move or cancel it without charge until Monday, February 8, 9:30 am EST. "
        "Later than that, it counts as used. Opening the link changes nothing.\n"
        "Questions? Call 781-555-0142.\n"
        "\n"
        "Ell Pond. Please don’t reply with anything private.\n"
    )
    event = calendar_in(message).walk("VEVENT")[0]
    assert event.decoded("DTSTART") == STARTS
    assert str(event["SUMMARY"]) == "Appointment 3 of 6, Ell Pond"


def test_both_parts_say_the_same(people: Cast) -> None:
    book_third_of_six(people)
    for now in (NOW, STARTS - 2 * DAY):
        message = one_sent(now)
        html = str(message.alternatives[0][0])
        plain = " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())
        lines = [line for line in message.body.splitlines()[2:7] if line]
        assert len(lines) == 5
        assert [line for line in lines if line not in plain] == []
        assert set(re.findall(r"/l/[\w-]+", message.body)) == set(re.findall(r"/l/[\w-]+", html))


def test_the_link_opens_the_visit_until_it_is_over(people: Cast) -> None:
    visit = book(people)
    # Before it is the one to the questions, which she has not answered.
    *_questions, path = re.findall(r"/l/[\w-]+", one_sent(NOW).body)
    page = Client().get(path, follow=True)
    assert page.redirect_chain[-1][0] == f"/book/visit/{visit.pk}/"


def test_the_link_that_stops_reminders_is_whole_in_the_bytes_that_leave(
    people: Cast, settings: Any
) -> None:
    settings.SITE_URL = "https://appointments.ell-pond-pt.example"
    book(people)
    one_sent(NOW)
    content = one_sent(STARTS - 2 * DAY).message().as_bytes()
    # It stands alone on a line that continues the header.
    (line,) = re.findall(rb"(?m)^List-Unsubscribe:\s+(\S+)$", content)
    assert re.fullmatch(rb"<https://appointments\.ell-pond-pt\.example/l/[\w-]{32}>", line)
    # From 78 characters on Django 6 writes the address as encoded words.
    assert len(settings.SITE_URL) == 40
    assert len(line) - len("<>") < 76
    assert b"\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in content


def test_a_reminder_can_be_stopped_by_one_click_and_no_other_mail_offers_it(people: Cast) -> None:
    visit = book(people)
    assert "List-Unsubscribe" not in one_sent(NOW).message()
    reminder = one_sent(STARTS - 2 * DAY).message()
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = reminder["List-Unsubscribe"].strip("<>").partition("8000")[2]
    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 204
    assert Patient.objects.get(pk=visit.patient_id).no_reminders_since is not None


def test_a_mail_after_the_limit_does_not_promise_a_free_change(people: Cast) -> None:
    book(people)
    sent(NOW)
    sent(STARTS - 2 * DAY)
    assert "too late to move it online" in one_sent(STARTS - DAY + HOUR).body


def test_names_cannot_add_headers_lines_or_markup(people: Cast) -> None:
    people.clinician.name = "Dr. <b>Bold</b>\r\nBcc: evil@example.test\u2028{{ 7|add:7 }}"
    people.clinician.save()
    people.patient.name = "Win now http://evil.example"
    people.patient.save()
    book(people)
    message = one_sent(NOW)
    assert message.recipients() == ["patient@example.test"]
    parsed = message.message()
    assert set(parsed.keys()) >= {"Subject", "From", "To", "Message-ID"}
    assert "Bcc" not in parsed
    html = str(message.alternatives[0][0])
    assert "<b>Bold" not in html
    assert "evil.example" not in message.body + html + message.subject
    assert "With Dr. <b>Bold</b> Bcc: evil@example.test {{ 7|add:7 }}\n" in message.body
