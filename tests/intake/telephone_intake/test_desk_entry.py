"""The desk asks the questions on the telephone: it sees answers while entering, never after."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.audit.details import fields_of
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.security.private_links import issue
from intake.intakes.draft_terms import RESUME, about
from intake.models import Intake, UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_manager, make_patient
from tests.intake.online_intake.test_flow import fill, post, send

pytestmark = pytest.mark.django_db
AGREES = {"adult": "on", "record": "on", "contact": "on"}
CHEST = {"safety_emergency": "chest_pain"}
TEAR = {"bg_tear": "severe"}
NOTE = "canary: tell me before each step"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def begin(cast: Cast, patient: Patient | None = None, **given: str) -> Client:
    """Let the manager begin the questions for a patient."""
    desk = client_for(cast.manager)
    path = f"/intake/desk/{(patient or cast.patient).pk}/"
    assert desk.post(path, {**AGREES, **given})["Location"] == "/intake/safety/"
    return desk


def test_the_desk_gets_there_from_the_patients_page_and_asks_for_what_is_missing(
    cast: Cast,
) -> None:
    bare = make_patient(email="", phone="+17815550177", name="Bare Example", born_on=None)
    desk = client_for(cast.manager)
    path = f"/intake/desk/{bare.pk}/"
    assert path in desk.get(f"/desk/patient/{bare.pk}/").content.decode()
    page = desk.get(path).content.decode()
    assert 'name="phone"' not in page
    assert 'name="email"' in page
    wrong = desk.post(path, AGREES)
    assert wrong.status_code == 422
    assert b"Enter the date of birth" in wrong.content
    born = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "1992"}
    assert desk.post(path, {**born, "adult": "on", "record": "on"}).status_code == 422
    assert not Intake.objects.exists()
    assert desk.post(path, {**AGREES, **born})["Location"] == "/intake/safety/"
    bare.refresh_from_db()
    assert (bare.born_on.year, bare.email) == (1992, "")  # type: ignore[union-attr]
    intake = Intake.objects.get()
    assert (intake.patient, intake.entered_by) == (bare, cast.manager)
    assert fields_of(AuditEvent.objects.get(action="add contact")) == ["born_on"]


def test_what_is_known_is_neither_asked_nor_changed(cast: Cast) -> None:
    begin(cast, phone="781 555 0999", email="else@example.test")
    patient = Patient.objects.get(pk=cast.patient.pk)
    assert (patient.phone, patient.email) == (cast.patient.phone, cast.patient.email)


def test_nobody_under_18_is_asked(cast: Cast) -> None:
    child = make_patient(email="", born_on=timezone.now().date() - timedelta(days=11 * 365))
    page = client_for(cast.manager).post(f"/intake/desk/{child.pk}/", AGREES)
    assert page.status_code == 422
    assert b"18 or older" in page.content


def test_the_desk_sees_the_answers_while_entering_and_each_page_is_recorded(cast: Cast) -> None:
    desk = fill(begin(cast), birth=TEAR, care={"care_note": NOTE})
    page = desk.get("/intake/check/").content.decode()
    assert "You are filling this in for" in page
    assert NOTE in page
    seen = AuditEvent.objects.filter(action="enter answers", patient=str(cast.patient.pk))
    assert "care.note" in fields_of(seen.order_by("-at", "-pk")[0])
    assert all("bg.tear" not in fields_of(one) for one in seen.order_by("at")[:2])


def test_once_sent_the_desk_sees_the_level_and_what_may_be_booked_and_no_answer(
    cast: Cast,
) -> None:
    desk = fill(begin(cast), birth=TEAR, care={"care_note": NOTE})
    send(desk)
    intake = Intake.objects.get()
    assert (intake.level, intake.entered_by) == ("red", cast.manager)
    paths = ("result", "check", "birth", "care", "summary", "later")
    for path in paths:
        page = desk.get(f"/intake/{path}/", follow=True).content.decode()
        for hidden in (NOTE, "3rd or 4th", "goes into the muscle", "R-TEAR"):
            assert hidden not in page, path
    page = desk.get("/intake/result/").content.decode()
    assert "Red" in page
    assert "Run Ready closed" in page
    assert f"/desk/patient/{cast.patient.pk}/book/" in page
    desk.post("/intake/change/")
    assert Intake.objects.count() == 1


def test_an_urgent_answer_speaks_to_the_desk_at_once_and_to_no_patient(cast: Cast) -> None:
    desk = begin(cast)
    page = desk.post("/intake/safety/", CHEST, follow=True).content.decode()
    for words in ("Tell the patient to call 911 now", "Stay with the patient", "tel:911"):
        assert words in page
    assert "Don’t drive yourself" not in page
    call = UrgentCall.objects.get()
    assert call.patient == cast.patient
    assert Email.objects.filter(kind="call_now").exists()
    assert desk.get("/intake/birth/")["Location"] == "/intake/emergency/"
    back = desk.post("/intake/emergency/", {"answer": "mistake"})
    assert back["Location"] == "/intake/safety/"
    desk.post("/intake/safety/", CHEST)
    helped = desk.post("/intake/emergency/", {"answer": "help"})
    assert helped["Location"] == f"/review/tasks/{call.task_id}/"
    call.refresh_from_db()
    assert call.help_on_the_way_at is not None


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"safety_mind": "self_harm"}, "Stay on the line with the patient"),
        ({"safety_body": "fever"}, "Tell the patient to"),
    ],
)
def test_each_action_has_its_words_for_the_desk(
    cast: Cast, answers: dict[str, str], words: str
) -> None:
    page = begin(cast).post("/intake/safety/", answers, follow=True).content.decode()
    assert words in page


def test_later_leads_back_to_the_patient_and_the_same_person_goes_on(cast: Cast) -> None:
    desk = begin(cast)
    answer = desk.post("/intake/safety/", {"safety_body": "none", "later": "1"})
    assert answer["Location"] == f"/desk/patient/{cast.patient.pk}/"
    assert desk.get("/intake/safety/")["Location"] == "/intake/closed/"
    page = desk.get(f"/intake/desk/{cast.patient.pk}/").content.decode()
    assert "Go on where you stopped" in page
    assert desk.post(f"/intake/desk/{cast.patient.pk}/")["Location"] == "/intake/safety/"
    assert Intake.objects.count() == 1
    assert re.search(r'value="none" id="\w+" checked', desk.get("/intake/safety/").content.decode())


def test_nobody_else_opens_what_somebody_at_the_desk_enters(cast: Cast) -> None:
    desk = begin(cast)
    post(desk, "safety", {"safety_body": "none"})
    draft = Intake.objects.get()
    colleague = make_manager(email="second@example.test", name="Second Desk")
    for user in (colleague, cast.clinician.user, cast.patient.user, None):
        other = client_for(user)
        session = other.session
        session["intake"] = str(draft.pk)
        session.save()
        assert other.get("/intake/safety/")["Location"] == "/intake/closed/", user
    until = timezone.now() + timedelta(days=70 * 365)
    link = issue(purpose=RESUME, about=about(draft), patient=draft.patient, expires_at=until)
    stranger = Client()
    landing = stranger.get("/l/" + link.rsplit("/", 1)[1])
    assert stranger.get(landing["Location"]).status_code == 404
    Client().post("/intake/link/", {"email": cast.patient.email})
    assert not Email.objects.filter(kind="resume_link").exists()


def test_somebody_who_is_no_longer_a_manager_reads_nothing(cast: Cast) -> None:
    desk = begin(cast)
    type(cast.manager).objects.filter(pk=cast.manager.pk).update(is_manager=False)
    assert desk.get("/intake/safety/")["Location"] == "/intake/closed/"


@pytest.mark.parametrize("field", ["phone", "email"])
def test_bad_contact_data_is_shown_as_an_error(cast: Cast, field: str) -> None:
    bare: Any = make_patient(email="", phone="", name="Bare Example")
    given = {"phone": "781 555 0133", "email": "", field: "nonsense"}
    page = client_for(cast.manager).post(f"/intake/desk/{bare.pk}/", {**AGREES, **given})
    assert page.status_code == 422
    assert b"nonsense" in page.content
