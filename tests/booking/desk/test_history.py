"""What happened stands on the visit, the patient, the package and the case, for staff."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit.record import Actor, record
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from tests.booking.desk.test_desk_move import form_for, monday, path
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.review.reviewing import TORN, decide, make_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def history(client: Client, address: str) -> list[str]:
    """Return the lines of the page's history as text, the newest first."""
    body = client.get(address).content.decode()
    part = body.partition("<summary>History</summary>")[2].partition("</details>")[0]
    lines = re.findall(r"<li>(.*?)</li>", part, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in lines]


def test_a_visit_says_who_moved_it_from_when_and_that_a_mail_was_sent(cast: Cast) -> None:
    desk, at = client_for(cast.manager), monday(3)
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at)
    assert desk.post(path(visit), form_for(visit, at + timedelta(days=1))).status_code == 302
    mail = Email.objects.get(kind="moved")
    Email.objects.filter(pk=mail.pk).update(status="sent", sent_at=NOW - timedelta(days=900))
    desk.post(path(visit, "mark/arrived"), {"rev": 9})
    lines = history(desk, path(visit, "").replace("//", "/"))
    assert "10:00 am" in lines[0]
    assert lines[0].startswith("Moved from Mon")
    assert "Mara Desk" in lines[0]
    assert lines[-1].startswith("Mail sent: ")
    # The reading of the page itself is no part of what happened.
    assert not any("See visit" in line for line in lines)


def test_a_patients_page_says_nothing_of_reviews(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **TORN)
    assert decide(client_for(cast.clinician.user), intake) == 302
    desk = Actor(f"user:{cast.manager.pk}", "manager")
    record(desk, "change contact", cast.patient, patient=cast.patient)
    lines = history(client_for(cast.manager), reverse("desk_patient", args=[cast.patient.pk]))
    assert any(one.startswith("Contact data changed") and "Mara Desk" in one for one in lines)
    assert any(one.startswith("Answers sent") for one in lines)
    for words in ("ecision", "eview", "oncern", "lag"):
        assert not any(words in one for one in lines), words


def test_a_package_says_what_was_paid_and_why_visits_were_adjusted(cast: Cast) -> None:
    enrollment = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    desk = Actor(f"user:{cast.manager.pk}", "manager")
    record(desk, "enroll", enrollment, patient=cast.patient)
    record(desk, "adjust credits", enrollment, patient=cast.patient, words="A flood closed us")
    lines = history(client_for(cast.manager), reverse("desk_package", args=[enrollment.pk]))
    assert lines[0].startswith("Visits adjusted")
    assert lines[0].endswith("Mara Desk : A flood closed us")
    assert lines[1].startswith("Joined Run Ready")


def test_a_case_says_who_signed_what_when(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **TORN)
    clinician = client_for(cast.clinician.user)
    assert decide(clinician, intake) == 302
    lines = history(clinician, reverse("review_case", args=[intake.pk]))
    assert lines[0].startswith("Decision signed")
    assert "Dr. Test" in lines[0]
    assert any(one.startswith("Answers sent") for one in lines)


def test_a_code_that_was_mailed_is_no_part_of_it(cast: Cast) -> None:
    owe(kind="sign_in_code", about=f"patient:{cast.patient.pk}", patient=cast.patient, due_at=NOW)
    Email.objects.update(status="sent", sent_at=NOW)
    assert history(client_for(cast.manager), reverse("desk_patient", args=[cast.patient.pk])) == []
