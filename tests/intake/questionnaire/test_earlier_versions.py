"""What was sent in earlier words is shown in them, and a draft begun in them goes on in the new."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.fhir.imports import import_intake
from intake.fhir.record import record_bundle
from intake.fhir.response import NotAResponse, read_response
from intake.intakes.corrections import start_correction
from intake.models import Intake
from intake.questionnaire.definition import CHECKIN, INTAKE, Questionnaire
from intake.questionnaire.earlier_versions import VERSIONS, form_in
from tests.cast import client_for, make_cast
from tests.factories import NOW, make_clinician, make_offer
from tests.intake.online_intake.test_flow import PAGES, SAFE, birth, post, start
from tests.intake.review.reviewing import make_intake
from tests.intake.triage.fingerprints import fingerprint, listed

# Typed from the forms as they were: version 1.1, and the words of 1.2.
FAINT_1_1 = "Fainting, or so dizzy you could not stand"
FAINT_1_2 = "Fainting, or dizziness that made you stop or sit down"
HINT_1_1 = "We ask everyone. Most people check “None of these.”"
HINT_1_2 = (
    "For chest pain, trouble breathing and fainting, please count the last 4 weeks, and any run or "
    "workout since the birth. We ask everyone. Most people check “None of these.”"
)
CHEST_1_1 = (
    "Chest pain, trouble breathing, a pounding heart, fainting, or a seizure. Or a drooping face, "
    "weakness on one side, or trouble speaking"
)
CHEST_1_2 = (
    "Chest pain, trouble breathing, a pounding heart, fainting, dizziness that made you stop or "
    "sit down, or a seizure. Or a drooping face, weakness on one side, or trouble speaking"
)


def words(form: Questionnaire, question: str, choice: str) -> str:
    return next(one.text for one in form.question(question).choices if one.id == choice)


@pytest.mark.parametrize("form_id", ["intake", "checkin"])
def test_every_version_that_was_ever_in_force_is_kept_as_it_was(form_id: str) -> None:
    kept = {form.version: fingerprint(form.sections) for form in VERSIONS[form_id]}
    assert kept == listed()[form_id]
    assert VERSIONS[form_id][-1] is {"intake": INTAKE, "checkin": CHECKIN}[form_id]


def test_each_version_has_its_own_words() -> None:
    before, now = form_in("intake", "1.1"), form_in("intake", "1.2")
    assert words(before, "safety.emergency", "faint") == FAINT_1_1
    assert words(now, "safety.emergency", "faint") == FAINT_1_2
    assert before.question("safety.emergency").hint == HINT_1_1
    assert now.question("safety.emergency").hint == HINT_1_2
    assert words(form_in("checkin", "1.1"), "ci.warning", "chest_breath") == CHEST_1_1
    assert words(form_in("checkin", "1.2"), "ci.warning", "chest_breath") == CHEST_1_2
    assert form_in("intake", "0.9") is INTAKE


def sent_in_1_1(**answers: Any) -> Intake:
    intake = make_intake(**{"safety.emergency": ["faint"], **answers})
    Intake.objects.filter(pk=intake.pk).update(questionnaire_version="1.1")
    intake.refresh_from_db()
    return intake


@pytest.mark.django_db
def test_the_case_and_the_record_show_a_form_in_the_words_it_was_sent_in() -> None:
    intake = sent_in_1_1()
    page = client_for(make_cast().clinician.user).get(f"/review/{intake.pk}/").content.decode()
    assert FAINT_1_1 in page
    assert FAINT_1_2 not in page
    assert "questionnaire version 1.1" in page
    bundle, _ = record_bundle(intake.patient, now=NOW, with_team_notes=False)
    text = json.dumps(bundle, ensure_ascii=False)
    assert "/fhir/Questionnaire/intake|1.1" in text
    assert FAINT_1_1 in text
    assert FAINT_1_2 not in text


@pytest.mark.django_db
def test_her_own_page_to_print_shows_it_in_those_words() -> None:
    make_offer()
    client = start()
    for slug, answers in [("safety", SAFE), ("birth", birth()), *PAGES]:
        post(client, slug, answers)
    client.post("/intake/check/")
    intake = Intake.objects.get()
    intake.answers = {**(intake.answers or {}), "safety.emergency": ["faint"]}
    intake.questionnaire_version = "1.1"
    intake.save()
    page = client.get("/intake/summary/").content.decode()
    assert FAINT_1_1 in page
    assert FAINT_1_2 not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/fhir/CodeSystem/1.1", FAINT_1_1),
        ("/fhir/CodeSystem/1.2", FAINT_1_2),
        ("/fhir/Questionnaire/intake", FAINT_1_2),
        ("/fhir/Questionnaire/intake-1.1", FAINT_1_1),
        ("/fhir/Questionnaire/intake|1.1", FAINT_1_1),
        ("/fhir/Questionnaire/checkin-1.1", CHEST_1_1),
        ("/fhir/Questionnaire/checkin|1.2", CHEST_1_2),
    ],
)
def test_a_name_in_an_export_leads_to_the_words_of_its_version(address: str, says: str) -> None:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert says in json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["CodeSystem/1.0", "CodeSystem/9.9", "Questionnaire/intake-9"])
def test_a_version_that_never_was_has_no_page(address: str) -> None:
    assert Client().get(f"/fhir/{address}").status_code == 404


def response(version: str, **more: Any) -> bytes:
    coding = {"system": f"https://clinic.example/fhir/CodeSystem/{version}", "code": "faint"}
    item = {"linkId": "safety.emergency", "answer": [{"valueCoding": coding}]}
    return json.dumps(
        {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": f"https://clinic.example/fhir/Questionnaire/intake|{version}",
            "status": "completed",
            "item": [item],
            **more,
        }
    ).encode()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_response_is_read_in_the_version_it_names(version: str) -> None:
    received = read_response(response(version), INTAKE)
    assert received.version == version
    assert received.raw == {"safety.emergency": ["faint"]}


def test_a_response_of_a_version_that_never_was_is_refused() -> None:
    with pytest.raises(NotAResponse, match=r"another version than 1\.1, 1\.2"):
        read_response(response("1.7"), INTAKE)


@pytest.mark.django_db
def test_an_imported_form_keeps_the_version_it_was_answered_in() -> None:
    received = read_response(response("1.1"), INTAKE)
    context = Context(SYSTEM, NOW)
    intake = import_intake(received=received, patient_id=None, as_of=NOW.date(), context=context)
    intake.refresh_from_db()
    assert (intake.questionnaire_version, intake.level) == ("1.1", "urgent")


def begun_in_1_1() -> tuple[Client, Intake]:
    """Begin a draft in version 1.1: three pages are saved."""
    make_offer()
    make_clinician()
    client = start()
    for slug, answers in [("safety", SAFE), ("birth", birth()), PAGES[0]]:
        post(client, slug, answers)
    draft = Intake.objects.get()
    assert draft.saved_sections == ["safety", "birth", "running"]
    Intake.objects.filter(pk=draft.pk).update(questionnaire_version="1.1")
    return client, draft


@pytest.mark.django_db
def test_a_draft_begun_before_is_asked_section_1_again_and_keeps_its_answers() -> None:
    client, draft = begun_in_1_1()
    before = draft.raw
    for ahead in ("/intake/leaking/", "/intake/check/"):
        assert client.get(ahead)["Location"] == "/intake/safety/"
    # Not sent either, from a check page that stood open while the version changed.
    assert client.post("/intake/check/")["Location"] == "/intake/safety/"
    page = client.get("/intake/safety/").content.decode()
    assert "Some words on this page have changed since you began." in page
    assert page.count("checked") == 3
    answer = post(client, "safety", SAFE)
    assert answer["Location"] == "/intake/birth/"
    draft.refresh_from_db()
    assert draft.questionnaire_version == "1.2"
    assert draft.raw == before
    assert sorted(draft.saved_sections) == ["birth", "running", "safety"]
    assert "Some words on this page" not in client.get("/intake/safety/").content.decode()
    assert client.get("/intake/leaking/").status_code == 200


@pytest.mark.django_db
def test_a_later_page_saved_first_does_not_skip_section_1() -> None:
    client, draft = begun_in_1_1()
    post(client, "birth", birth())
    draft.refresh_from_db()
    assert (draft.questionnaire_version, "safety" in draft.saved_sections) == ("1.2", False)
    assert client.get("/intake/check/")["Location"] == "/intake/safety/"


@pytest.mark.django_db
def test_who_corrects_a_form_of_1_1_answers_section_1_in_the_new_words() -> None:
    intake = sent_in_1_1(**{"safety.emergency": ["none"]})
    draft = start_correction(intake_id=intake.pk, context=Context(SYSTEM, timezone.now()))
    assert draft.questionnaire_version == "1.1"
    assert draft.raw == intake.answers
