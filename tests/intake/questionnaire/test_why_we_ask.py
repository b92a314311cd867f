"""What she reads behind "Why we ask": a sentence to her, never the column for staff."""

import re
import tomllib
from pathlib import Path

import pytest
from django.utils.html import escape

from intake.clinical_doc import clinical_doc
from intake.questionnaire.definition import CHECKIN, INTAKE, Question
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import PAGES, SAFE, birth, post, start

INTAKE_TABLE = tomllib.loads(Path(__file__).with_name("why_we_ask.toml").read_text())
# Words of staff: none of them stands on a page of hers.
STAFF_WORDS = re.compile(
    r"\b(score|triage|CDC|crisis path|risk factor|red flag|the rules?)\b|\(W\)"
)
QUESTIONS = (*INTAKE.questions, *CHECKIN.questions)


def test_each_question_of_the_intake_says_what_was_decided() -> None:
    said = {question.id: question.why_we_ask for question in INTAKE.questions}
    assert said == INTAKE_TABLE


def test_the_column_for_staff_stays_beside_it() -> None:
    assert INTAKE.question("safety.mind").why == (
        "Self-harm, harm to others and possible psychosis. Sets the crisis path."
    )
    assert all(question.why for question in INTAKE.questions)
    doc = clinical_doc()
    assert "Why: Self-harm, harm to others and possible psychosis. Sets the crisis path." in doc
    assert "She reads behind “Why we ask”: Thoughts like these are more common" in doc


@pytest.mark.parametrize("question", CHECKIN.questions, ids=lambda one: one.id)
def test_each_question_of_the_check_in_has_one_sentence(question: Question) -> None:
    assert re.fullmatch(r"[A-Z][^.!?]{20,120}\.", question.why_we_ask)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.id)
def test_no_word_of_staff_stands_in_it(question: Question) -> None:
    assert not STAFF_WORDS.search(question.why_we_ask)


@pytest.mark.django_db
def test_her_pages_show_it_and_nothing_of_the_column_for_staff() -> None:
    make_offer()
    make_clinician()
    client = start()
    pages = ""
    for slug, answers in [("safety", SAFE), ("birth", birth()), *PAGES]:
        pages += client.get(f"/intake/{slug}/").content.decode()
        post(client, slug, answers)
    for question in INTAKE.questions:
        if question.shown.reads:
            continue
        assert f'id="div_id_{question.id.replace(".", "_")}"' in pages
        assert escape(INTAKE_TABLE[question.id]) in pages
        assert escape(question.why) not in pages
