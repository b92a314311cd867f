"""The two forms as data: their size, their order, and who sees which question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.questionnaire.answers import clean
from intake.questionnaire.conditions import Always, AnyOf, Either, Lacks
from intake.questionnaire.definition import CHECKIN, INTAKE, KINDS, Question, Questionnaire
from tests.intake.samples import AS_OF, Raw, heavy, hurting, intake, leaking, running
from tests.intake.strategies import UNTIMED, raw_answers

ALL_QUESTIONS = [*INTAKE.questions, *CHECKIN.questions]
DEPENDENT = [question for question in INTAKE.questions if question.shown.reads]

CESAREAN: Raw = {"bg.delivery": "cesarean"}
GAS = leaking("gas")
PROLAPSE: Raw = {"bg.history": ["prolapse"], "heavy.bulge": "no"}


# What somebody with these answers sees.
SEEN: list[tuple[list[Raw], int]] = [
    ([CESAREAN], 20),
    ([], 21),
    ([CESAREAN, heavy()], 22),
    ([CESAREAN, hurting()], 22),
    ([CESAREAN, GAS], 22),
    ([leaking()], 24),
    ([CESAREAN, heavy(), hurting()], 24),
    ([leaking(), hurting()], 26),
    ([CESAREAN, GAS, heavy(), hurting()], 26),
    ([leaking(), heavy(), hurting()], 28),
    ([running()], 22),
    ([PROLAPSE], 22),
    ([leaking(), heavy(), hurting(), running()], 29),
    ([leaking(), heavy(), hurting(), running(), PROLAPSE], 29),
]


def test_how_many_questions_the_forms_have_and_how_many_somebody_sees() -> None:
    """The only test that counts questions, so that a new question changes no other test."""
    asked = {section.slug: len(section.questions) for section in INTAKE.sections}
    assert asked == {
        "safety": 3,
        "birth": 7,
        "running": 2,
        "leaking": 4,
        "heaviness": 3,
        "pain": 3,
        "ready": 6,
        "care": 1,
    }
    assert len(CHECKIN.questions) == 8
    found = [len(clean(INTAKE, intake(*changes), AS_OF).visible) for changes, _ in SEEN]
    assert found == [seen for _, seen in SEEN]


def test_which_questions_are_optional() -> None:
    optional = [question.id for question in ALL_QUESTIONS if not question.required]
    assert optional == ["bg.goal", "care.note"]


def test_which_questions_of_the_check_in_are_conditional() -> None:
    conditional = [question.id for question in CHECKIN.questions if question.shown.reads]
    assert conditional == ["ci.leak_bother", "ci.heavy_bother"]


def test_the_sections_are_the_pages_in_order() -> None:
    pages = [(section.number, section.slug) for section in INTAKE.sections]
    assert pages == [
        (1, "safety"),
        (2, "birth"),
        (3, "running"),
        (4, "leaking"),
        (5, "heaviness"),
        (6, "pain"),
        (7, "ready"),
        (8, "care"),
    ]


@pytest.mark.parametrize("question", ALL_QUESTIONS, ids=lambda question: question.id)
def test_each_question_is_complete(question: Question) -> None:
    assert question.kind in KINDS
    assert bool(question.choices) == (question.kind in ("single", "multi"))
    assert (question.minimum is not None) == (question.kind in ("scale", "integer"))
    assert len(set(question.choice_ids)) == len(question.choice_ids)
    # In a single choice "none" and "prefer_not" are ordinary answers.
    marked = (
        {"none", "prefer_not"} & set(question.choice_ids) if question.kind == "multi" else set()
    )
    assert set(question.exclusive_ids) == marked


def test_ids_are_unique_and_found() -> None:
    ids = [question.id for question in ALL_QUESTIONS]
    assert len(set(ids)) == len(ids)
    assert INTAKE.question("bg.tear").kind == "single"
    with pytest.raises(KeyError):
        INTAKE.question("bg.unknown")


@pytest.mark.parametrize("questionnaire", [INTAKE, CHECKIN], ids=lambda form: form.id)
def test_what_shows_a_question_comes_before_it(questionnaire: Questionnaire) -> None:
    before: set[str] = set()
    for question in questionnaire.questions:
        assert before >= set(question.shown.reads)
        before.add(question.id)
        parts = question.shown.parts if isinstance(question.shown, Either) else (question.shown,)
        for part in parts:
            # Only these can be exported as "shown when".
            assert isinstance(part, (Always, AnyOf, Lacks))
            if isinstance(part, Always):
                continue
            named = part.choices if isinstance(part, AnyOf) else (part.choice,)
            assert set(named) <= set(questionnaire.question(part.question).choice_ids)


@UNTIMED
@given(raw=raw_answers(), question=st.sampled_from(DEPENDENT))
def test_without_the_answers_it_depends_on_a_question_is_hidden(
    raw: Raw, question: Question
) -> None:
    for parent in question.shown.reads:
        raw.pop(parent, None)
    answers = clean(INTAKE, raw, AS_OF)
    assert question.id not in answers.visible
    assert question.id not in answers.values


@pytest.mark.parametrize(
    ("shown_by", "hidden_by", "question"),
    [
        ({"bg.delivery": "vaginal"}, {"bg.delivery": "cesarean"}, "bg.tear"),
        ({"bg.delivery": "assisted"}, {"bg.delivery": "prefer_not"}, "bg.tear"),
        ({"leak.when": ["gas"]}, {"leak.when": ["none"]}, "leak.frequency"),
        ({"leak.when": ["stool"]}, {"leak.when": ["gas"]}, "leak.amount"),
        ({"leak.when": ["urge"]}, {"leak.when": ["none"]}, "leak.bother"),
        ({"heavy.frequency": "monthly"}, {"heavy.frequency": "never"}, "heavy.bulge"),
        ({"bg.history": ["prolapse"]}, {"bg.history": ["pessary_ok"]}, "heavy.bulge"),
        ({"heavy.frequency": "constant"}, {"bg.history": ["prolapse"]}, "heavy.bother"),
        ({"pain.areas": ["other"]}, {"pain.areas": ["none"]}, "pain.worst"),
        ({"pain.areas": ["knee"]}, {"pain.areas": ["none"]}, "pain.signs"),
        ({"bg.running": "walk_run"}, {"bg.running": "paused"}, "ready.run_response"),
    ],
)
def test_what_shows_a_follow_up(shown_by: Raw, hidden_by: Raw, question: str) -> None:
    assert question in clean(INTAKE, intake(shown_by), AS_OF).visible
    assert question not in clean(INTAKE, intake(hidden_by), AS_OF).visible


def test_the_check_in_asks_for_bother_only_when_something_is_there() -> None:
    asked = clean(CHECKIN, {"ci.leak_frequency": "monthly"}, AS_OF).visible
    assert "ci.leak_bother" in asked
    assert "ci.heavy_bother" not in asked
    assert "ci.leak_bother" not in clean(CHECKIN, {"ci.leak_frequency": "never"}, AS_OF).visible
