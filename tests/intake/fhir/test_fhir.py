"""Forms and answers in FHIR R4, checked with the fhir.resources library.

The library knows R4B, not R4; our resources use no element in which the two differ.
"""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from fhir.resources.R4B.codesystem import CodeSystem as R4BCodeSystem
from fhir.resources.R4B.questionnaire import Questionnaire as R4BQuestionnaire
from fhir.resources.R4B.questionnaireresponse import (
    QuestionnaireResponse as R4BQuestionnaireResponse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.fhir.questionnaire import enable_when, questionnaire_resource
from intake.fhir.response import NotAResponse, read_response, response_resource
from intake.questionnaire.answers import Answers, clean
from intake.questionnaire.conditions import lacks, weeks
from intake.questionnaire.definition import CHECKIN, INTAKE, Questionnaire
from intake.triage.evaluate import evaluate_intake
from tests.intake.samples import AS_OF, Raw, heavy, hurting, intake, leaking
from tests.intake.strategies import UNTIMED, complete_checkin, complete_intake, raw_answers
from tests.rounds import rounds

BASE = "https://clinic.example.test"


def exported(raw: Raw, form: Questionnaire = INTAKE, as_of: date = AS_OF) -> dict[str, Any]:
    return response_resource(clean(form, raw, as_of), BASE)


def imported(resource: object, form: Questionnaire = INTAKE) -> dict[str, object]:
    return dict(read_response(json.dumps(resource).encode(), form).raw)


@pytest.mark.parametrize("form", [INTAKE, CHECKIN], ids=lambda form: form.id)
def test_a_form_is_a_valid_questionnaire_with_every_question_and_choice(
    form: Questionnaire,
) -> None:
    resource = questionnaire_resource(form, BASE)
    read = R4BQuestionnaire.model_validate(resource)
    items = [item for group in read.item for item in group.item]
    assert [item.linkId for item in items] == [question.id for question in form.questions]
    for item, question in zip(items, form.questions, strict=True):
        options = [option.valueCoding for option in item.answerOption or []]
        assert [option.code for option in options] == list(question.choice_ids)
        assert {option.system for option in options} <= {f"{BASE}/fhir/CodeSystem/{form.version}"}
        assert item.required == question.required


def test_lacks_none_is_expressed_as_not_none_and_or_as_any() -> None:
    items = {
        item["linkId"]: item
        for group in questionnaire_resource(INTAKE, BASE)["item"]
        for item in group["item"]
    }
    asked = items["pain.worst"]["enableWhen"]
    assert [(one["question"], one["operator"]) for one in asked] == [
        ("pain.areas", "exists"),
        ("pain.areas", "!="),
    ]
    assert asked[1]["answerCoding"]["code"] == "none"
    assert items["heavy.bulge"]["enableBehavior"] == "any"
    assert {one["question"] for one in items["heavy.bulge"]["enableWhen"]} == {
        "heavy.frequency",
        "bg.history",
    }
    assert "enableWhen" not in items["safety.emergency"]


@pytest.mark.parametrize("shown", [weeks(6), lacks("a", "b") & lacks("c", "d")])
def test_a_condition_that_cannot_be_expressed_is_refused_and_not_left_out(shown: Any) -> None:
    with pytest.raises(ValueError, match="enableWhen"):
        enable_when(shown, INTAKE, BASE)


def is_enabled(item: dict[str, Any], answers: Answers) -> bool:
    """Tell whether an item is shown, as another product would from the Questionnaire alone."""
    results = []
    for one in item.get("enableWhen", []):
        chosen = answers.chosen.get(one["question"], frozenset())
        code = one.get("answerCoding", {}).get("code")
        results.append(
            {"exists": bool(chosen), "=": code in chosen, "!=": code not in chosen}[one["operator"]]
        )
    if not results:
        return True
    return any(results) if item["enableBehavior"] == "any" else all(results)


@UNTIMED
@given(raw=raw_answers())
def test_another_reader_of_the_questionnaire_shows_the_same_questions(raw: Raw) -> None:
    answers = clean(INTAKE, raw, AS_OF)
    items = [
        item for group in questionnaire_resource(INTAKE, BASE)["item"] for item in group["item"]
    ]
    shown = tuple(item["linkId"] for item in items if is_enabled(item, answers))
    assert shown == answers.visible


@settings(UNTIMED, max_examples=rounds(250, 1000))
@given(raw=complete_intake())
def test_out_and_in_again_gives_the_same_level_and_flags(raw: Raw) -> None:
    resource = exported(raw)
    R4BQuestionnaireResponse.model_validate(resource)
    before = evaluate_intake(raw, as_of=AS_OF, mode="final")
    after = evaluate_intake(imported(resource), as_of=AS_OF, mode="final")
    assert (after.level, after.flag_ids) == (before.level, before.flag_ids)
    assert after.bookable == before.bookable


@UNTIMED
@given(raw=complete_checkin())
def test_a_check_in_comes_back_as_it_went(raw: Raw) -> None:
    resource = exported(raw, CHECKIN)
    R4BQuestionnaireResponse.model_validate(resource)
    assert clean(CHECKIN, imported(resource, CHECKIN), AS_OF).values == (
        clean(CHECKIN, raw, AS_OF).values
    )


def test_what_was_answered_behind_a_missing_question_is_not_exported_and_so_not_judged() -> None:
    """R-DATA-HIDDEN reads raw answers, of which a valid response holds none."""
    hidden = intake({"heavy.frequency": None, "heavy.bulge": "stuck"})
    assert "R-DATA-HIDDEN" in evaluate_intake(hidden, as_of=AS_OF, mode="final").flag_ids
    back = evaluate_intake(imported(exported(hidden)), as_of=AS_OF, mode="final")
    assert "R-DATA-HIDDEN" not in back.flag_ids
    assert "C-DATA-MISSING" in back.flag_ids
    # An import that does hold it is judged by it like any other.
    resource = exported(hidden)
    stuck = {"linkId": "heavy.bulge", "answer": [{"valueCoding": {"code": "stuck"}}]}
    resource["item"].append(stuck)
    back = evaluate_intake(imported(resource), as_of=AS_OF, mode="final")
    assert "R-DATA-HIDDEN" in back.flag_ids


def test_scores_are_not_exported() -> None:
    raw = intake(leaking(), heavy(), hurting())
    assert "score" not in json.dumps(exported(raw)).lower()


def response(*items: object, **more: object) -> dict[str, object]:
    head = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    return {**head, "item": list(items), **more}


def said(link_id: str, *answers: object) -> dict[str, object]:
    return {"linkId": link_id, "answer": list(answers)}


def code(one: str, **more: str) -> dict[str, object]:
    return {"valueCoding": {"code": one, **more}}


@pytest.mark.parametrize(
    "answers",
    [
        [code("chest_pains"), code("none")],
        [code("chest_pain", system="http://elsewhere.example/codes"), code("none")],
        [{"valueString": "none"}],
        [{"valueCoding": "none"}],
        ["none", None],
        [],
    ],
)
def test_an_unreadable_danger_sign_never_reads_as_none(answers: list[object]) -> None:
    raw = imported(response(said("safety.emergency", *answers)))
    assert "safety.emergency" not in clean(INTAKE, raw, AS_OF).values


def test_a_question_given_twice_has_every_danger_sign_and_no_single_answer() -> None:
    raw = imported(
        response(
            said("safety.body", code("none")),
            {"linkId": "other", "item": [said("safety.body", code("fever"))]},
            said("bg.tear", code("none")),
            said("bg.tear", code("severe")),
            said("bg.delivery", code("vaginal")),
        )
    )
    values = clean(INTAKE, raw, AS_OF).values
    assert values["safety.body"] == ("fever",)
    assert "bg.tear" not in values


def test_numbers_dates_and_unknown_questions() -> None:
    raw = imported(
        response(
            said("ready.worry", {"valueInteger": 7}),
            said("ready.sleep", {"valueInteger": "7"}),
            said("bg.birth_date", {"valueDate": "2025-11"}),
            said("unheard.of", {"valueInteger": 7}),
        )
    )
    assert clean(INTAKE, raw, AS_OF).values == {"ready.worry": 7}
    assert "unheard.of" not in raw


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"NaN", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "not one JSON object"),
        (b'{"resourceType": "QuestionnaireResponse", "resourceType": "x"}', "once"),
        (b'{"resourceType": "Patient"}', "not a QuestionnaireResponse"),
        (b'{"resourceType": "QuestionnaireResponse", "status": "entered-in-error"}', "status"),
        (json.dumps(response(said("care.note", {"valueString": "a\x00b"}))).encode(), "NUL"),
        (json.dumps(response({"linkId": "\x00"})).encode(), "NUL"),
        (b'{"resourceType": "QuestionnaireResponse", "a": "\\ud800"}', "half"),
        (json.dumps(response(item={})).encode(), "list"),
        (json.dumps(response(questionnaire="http://x.test/phq9")).encode(), "another form"),
        (
            json.dumps(response(questionnaire=f"{BASE}/fhir/Questionnaire/intake|0.9")).encode(),
            "another version",
        ),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "deeply"),
        (b" " * 1_000_001, "megabyte"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(NotAResponse, match=why):
        read_response(text, INTAKE)


@UNTIMED
@given(text=st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(text: bytes) -> None:
    with pytest.raises(NotAResponse):
        read_response(text, INTAKE)


def test_a_contained_patient_says_who_the_response_is_about() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"given": ["Ina"], "family": "Example"}],
        "telecom": [{"system": "phone", "value": "781 555 0144"}, {"system": "email", "value": 5}],
        "birthDate": "1990-02-01",
    }
    found = response(contained=[patient], subject={"reference": "#p"}, authored="2025-10-01")
    received = read_response(json.dumps(found).encode(), INTAKE)
    assert (received.person.name, received.person.phone) == ("Ina Example", "781 555 0144")
    assert (received.person.email, received.person.born_on) == ("", date(1990, 2, 1))
    assert received.authored == "2025-10-01"


@pytest.mark.django_db
def test_the_names_in_an_export_lead_to_what_they_mean(settings: Any) -> None:
    settings.SITE_URL = BASE
    resource = exported(intake(leaking()))
    form = Client().get(resource["questionnaire"].partition("|")[0].removeprefix(BASE))
    assert form["Content-Type"] == "application/fhir+json"
    found = R4BQuestionnaire.model_validate_json(form.content)
    assert found.url == f"{BASE}/fhir/Questionnaire/intake"
    system = resource["item"][0]["item"][0]["answer"][0]["valueCoding"]["system"]
    codes = Client().get(system.removeprefix(BASE))
    read = R4BCodeSystem.model_validate_json(codes.content)
    assert read.url == system
    concepts = {concept.code: concept.definition for concept in read.concept}
    assert len(concepts) == len(read.concept)
    assert "bg.tear: Yes, a 3rd or 4th degree tear" in concepts["severe"]
    assert concepts["R-TEAR-SEVERE"].startswith("red: ")
    for path in ("Questionnaire/phq9", "CodeSystem/0.9", "Questionnaire/"):
        assert Client().get(f"/fhir/{path}").status_code == 404
