"""A patient booked by the desk is asked the questions: by which mails, once, and what is said."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.messages.health_words import health_words
from clinic.models.audit import AuditEvent
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.security.submission_keys import new_key
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_patient, make_referral

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STARTS = NOW + 8 * DAY
LINK = re.compile(r"/l/[\w-]{32}")
ASKS = "Please answer our questions"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def cast(clock: Any) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def book(cast: Cast, *, patient: Patient | None = None) -> Appointment:
    """Book an evaluation on the telephone."""
    return book_by_staff(
        patient=patient or cast.patient,
        service_code="evaluation",
        starts_at=STARTS,
        clinician_id=None,
        staff=cast.manager,
        context=Context(SYSTEM, NOW),
    )


def text_of(message: Any) -> str:
    return str(message.body)


def press(desk: Client, address: str) -> Any:
    """Press the button of a page that was just opened."""
    return desk.post(address, {"form_key": new_key()})


def pages_of(visit: Appointment) -> tuple[str, str]:
    return f"/desk/patient/{visit.patient_id}/", f"/desk/appointment/{visit.pk}/"


def said(desk: Client, page: str) -> str:
    body = desk.get(page).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_confirmation_of_a_visit_booked_by_telephone_carries_her_own_link(cast: Cast) -> None:
    visit = book(cast)
    assert send_due(now=NOW) == 1
    (message,) = mail.outbox
    assert ASKS in text_of(message)
    assert len(set(LINK.findall(text_of(message)))) == 2
    link = AccessLink.objects.get(purpose="questions")
    assert (link.patient_id, link.expires_at) == (cast.patient.pk, visit.starts_at)
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert ASKS in html
    for part in (str(message.subject), text_of(message), html):
        assert not health_words(part)


def test_the_reminders_ask_her_too_until_she_has_answered(cast: Cast) -> None:
    visit = book(cast)
    send_due(now=NOW)
    mail.outbox.clear()
    assert send_due(now=visit.starts_at - 2 * DAY) == 1
    assert ASKS in text_of(mail.outbox.pop())
    make_referral(patient=cast.patient)
    assert send_due(now=visit.starts_at - DAY) == 1
    assert ASKS not in text_of(mail.outbox.pop())


def test_who_has_answered_or_gave_no_date_of_birth_is_not_asked_by_mail(cast: Cast) -> None:
    make_referral(patient=cast.patient)
    book(cast)
    undated = make_patient(email="undated@example.test", born_on=None)
    make_appointment(patient=undated, clinician=cast.clinician, starts_at=STARTS + DAY)
    send_due(now=NOW)
    assert [ASKS in text_of(one) for one in mail.outbox] == [False]
    assert not AccessLink.objects.filter(purpose="questions").exists()


@pytest.mark.parametrize("which", [0, 1])
def test_the_desk_reads_what_was_mailed_and_sends_the_link_again_once(
    cast: Cast, desk: Client, clock: Any, which: int
) -> None:
    visit = book(cast)
    page = pages_of(visit)[which]
    assert "Her link goes with the next run, within seconds: Confirmation." in said(desk, page)
    assert "Send the questions" not in said(desk, page)
    # The page was opened before the booking: two mails at once would be one too many.
    assert press(desk, f"{page}questions/")["Location"] == page
    assert "Nothing was sent" in said(desk, page)
    send_due(now=NOW)
    clock.shift(5 * MINUTE)
    assert "Her link was last mailed on Monday, February 1, 9:00 am EST: Confirmation." in said(
        desk, page
    )
    form = {"form_key": new_key()}
    for _ in range(2):  # a double click
        assert desk.post(f"{page}questions/", form)["Location"] == page
    assert "The link goes with the next run" in said(desk, page)
    press(desk, f"{page}questions/")  # from another window, which was open before
    mail.outbox.clear()
    assert send_due(now=NOW + 6 * MINUTE) == 1
    desk.post(f"{page}questions/", form)  # Back, and pressed once more
    assert send_due(now=NOW + 7 * MINUTE) == 0
    (message,) = mail.outbox
    assert "before your appointment on Tuesday, February 9" in str(message.subject)
    assert len(set(LINK.findall(text_of(message)))) == 1
    assert not health_words(text_of(message))
    assert "Link to the questions." in said(desk, page)
    assert "Send the questions again" in said(desk, page)
    press(desk, f"{page}questions/")
    assert send_due(now=NOW + 8 * MINUTE) == 1
    rows = Email.objects.filter(kind="questions_link").order_by("rev")
    assert list(rows.values_list("rev", "status")) == [(0, "sent"), (1, "sent")]
    events = AuditEvent.objects.filter(action="send questions", patient=str(cast.patient.pk))
    assert events.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "None can be mailed: there is no address that works."),
        ({"mail_bounced_at": NOW}, "None can be mailed: there is no address that works."),
        ({"born_on": None}, "the page asks for her date of birth, and it is not entered."),
    ],
)
def test_where_no_link_can_be_mailed_the_desk_reads_why(
    cast: Cast, desk: Client, fields: dict[str, Any], words: str
) -> None:
    Patient.objects.filter(pk=cast.patient.pk).update(**fields)
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=STARTS)
    for page in pages_of(visit):
        assert words in said(desk, page)
        assert "Send the questions" not in said(desk, page)
        assert "Ask them on the telephone" in said(desk, page)
        press(desk, f"{page}questions/")
    assert not Email.objects.exists()


def test_nothing_is_sent_to_who_has_answered(cast: Cast, desk: Client) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=STARTS)
    page = pages_of(visit)[0]
    press(desk, f"{page}questions/")
    make_referral(patient=cast.patient)
    assert send_due(now=NOW) == 0
    assert Email.objects.get().reason == "sent_meanwhile"
    for one in pages_of(visit):
        assert "She has sent her answers, so no link is sent." in said(desk, one)
        press(desk, f"{one}questions/")
    assert Email.objects.count() == 1


def test_without_a_visit_ahead_the_link_works_for_thirty_days(cast: Cast, desk: Client) -> None:
    press(desk, f"/desk/patient/{cast.patient.pk}/questions/")
    assert send_due(now=NOW) == 1
    assert "appointment" not in text_of(mail.outbox[0])
    assert AccessLink.objects.get().expires_at == NOW + 30 * DAY


def test_a_visit_that_is_over_offers_no_questions(cast: Cast, desk: Client) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW - DAY)
    assert "Send the questions" not in said(desk, pages_of(visit)[1])


def test_the_list_says_when_her_link_was_mailed(cast: Cast, desk: Client) -> None:
    for days, name, email in ((1, "Asked", "a@example.test"), (2, "Unreached", "")):
        patient = make_patient(name=name, email=email)
        make_appointment(
            patient=patient, clinician=cast.clinician, starts_at=NOW + days * DAY + MINUTE
        )
    assert re.findall(r"not yet|no address that works", said(desk, "/desk/lists/questions/")) == [
        "not yet",
        "no address that works",
    ]
    asked = Patient.objects.get(name="Asked")
    press(desk, f"/desk/patient/{asked.pk}/questions/")
    send_due(now=NOW)
    assert "Monday, February 1, 9:00 am EST" in said(desk, "/desk/lists/questions/")
