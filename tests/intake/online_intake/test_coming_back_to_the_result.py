"""The mail after sending leads back: a code, her date of birth, then what comes next."""

import re

import pytest
from django.core import mail
from django.utils import timezone

from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from intake.models import UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.intake.checkins.test_checkin_pages import BORN
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_the_mail_has_a_link_that_is_no_key_and_names_nothing(cast: Cast, settings: object) -> None:
    make_intake(patient=cast.patient, now=timezone.now(), **TORN)
    send_due(now=timezone.now())
    (sent,) = [one for one in mail.outbox if "we have your answers" in one.subject]
    body = str(sent.body)
    (link,) = re.findall(r"https?://\S+", body)
    assert link.endswith("/visits/next/")
    assert "/l/" not in body
    assert "It asks for a mailed code first, then for one thing only you know." in body
    html = str(sent.alternatives[0][0])
    assert 'visits/next/"' in html
    assert "See what comes next" in html


def test_the_result_comes_after_the_date_of_birth_and_the_reading_is_recorded(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=timezone.now(), **TORN)
    client = client_for(cast.patient.user)
    before = client.get("/visits/next/").content.decode()
    assert "date of birth" in before
    assert "Let’s see you before you run" not in before
    client.post("/visits/next/", BORN)
    page = client.get("/visits/next/").content.decode()
    assert "Let’s see you before you run" in page
    assert "Running and jumping: please wait until you have heard from us." in page
    assert AuditEvent.objects.filter(action="read own result").exists()
    # As after sending: what she sent can be printed and changed from here.
    assert "What you sent" in client.get("/intake/summary/").content.decode()
    assert 'href="/visits/next/"' in client.get("/visits/").content.decode()


def test_without_a_form_or_with_a_call_open_it_leads_to_her_visits(cast: Cast) -> None:
    client = client_for(cast.patient.user)
    client.post("/visits/next/", BORN)
    assert client.get("/visits/next/")["Location"] == "/visits/"
    make_intake(patient=cast.patient, now=timezone.now(), **FEVERISH)
    assert UrgentCall.objects.open().exists()
    assert client.get("/visits/next/")["Location"] == "/visits/"


def test_a_form_that_the_desk_filled_in_is_shown_without_what_changes_it(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, now=timezone.now(), **TORN)
    intake.entered_by = cast.manager
    intake.save()
    client = client_for(cast.patient.user)
    client.post("/visits/next/", BORN)
    page = client.get("/visits/next/").content.decode()
    assert "Let’s see you before you run" in page
    assert "Change my answers" not in page
