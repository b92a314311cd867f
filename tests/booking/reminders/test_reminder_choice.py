"""What a visit's page says about reminders, and how the patient turns them off and on."""

import re

import pytest
from django.test import Client

from booking.models import Appointment
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.security.access import SESSION_PATIENT
from tests.booking.reminders.test_emails import DAY, STARTS, book, one_sent
from tests.booking.reminders.test_emails import clock as clock  # a fixture
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    cast = make_cast()
    # She has answered, so her mails have one link: to the page of her visit.
    make_referral(patient=cast.patient)
    return cast


def by_link(visit: Appointment) -> Client:
    """Return a client that has opened the link of the confirmation."""
    [path] = re.findall(r"/l/[\w-]+", one_sent(NOW).body)
    client = Client()
    client.get(path, follow=True)
    return client


def page_of(client: Client, visit: Appointment) -> str:
    return client.get(f"/book/visit/{visit.pk}/").content.decode()


def said(page: str) -> list[str]:
    """Return the days of the reminders that the page names."""
    [sentence] = re.findall(r"We remind you by e-mail on:([^.<]*)\.", page)
    return [day.strip() for day in sentence.split(";")]


def test_the_page_names_the_days_of_the_reminders_that_are_still_to_go(people: Cast) -> None:
    visit = book(people)
    client = by_link(visit)
    assert said(page_of(client, visit)) == ["Sunday, February 7", "Monday, February 8"]
    one_sent(STARTS - 2 * DAY)
    assert said(page_of(client, visit)) == ["Monday, February 8"]
    one_sent(STARTS - DAY)
    assert "No more reminders go out for this visit." in page_of(client, visit)


def test_she_turns_them_off_and_on_again_from_her_link(people: Cast) -> None:
    visit = book(people)
    client = by_link(visit)
    path = f"/book/visit/{visit.pk}/reminders/"
    assert client.post(path, {"reminders": "off"}).status_code == 302
    assert "You get no reminders." in page_of(client, visit)
    assert Patient.objects.get(pk=visit.patient_id).no_reminders_since is not None
    assert client.post(path, {"reminders": "maybe"}).status_code == 302
    assert "You get no reminders." in page_of(client, visit)
    client.post(path, {"reminders": "on"})
    assert "We remind you by e-mail on:" in page_of(client, visit)
    actions = AuditEvent.objects.filter(action__startswith="reminders").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["reminders off", "reminders on"]


def test_nobody_else_turns_them_off_and_reading_changes_nothing(people: Cast) -> None:
    visit = book(people)
    path = f"/book/visit/{visit.pk}/reminders/"
    assert Client().post(path, {"reminders": "off"}).status_code == 404
    assert by_link(visit).get(path, {"reminders": "off"}).status_code == 200
    assert Patient.objects.get(pk=visit.patient_id).no_reminders_since is None


def test_without_an_address_she_is_told_how_to_give_one(people: Cast) -> None:
    visit = book(people)
    client = by_link(visit)
    Patient.objects.filter(pk=visit.patient_id).update(email="")
    assert "We have no e-mail address of yours." in page_of(client, visit)


def test_the_page_after_booking_says_what_will_be_mailed(people: Cast) -> None:
    visit = book(people)
    client = Client()
    session = client.session
    session[SESSION_PATIENT] = str(visit.patient_id)
    session.save()
    page = client.get(f"/book/done/{visit.pk}/").content.decode()
    assert said(page) == ["Sunday, February 7", "Monday, February 8"]
    Patient.objects.update(no_reminders_since=NOW)
    assert "We remind you" not in client.get(f"/book/done/{visit.pk}/").content.decode()
