"""The facts that forms state: short words, nothing guessed, and "not known" for what is not."""

from typing import Any

from intake.patient_facts import facts
from intake.patient_facts.facts import said
from intake.questionnaire.definition import INTAKE

FULL: dict[str, Any] = {
    "bg.delivery": "vaginal",
    "bg.tear": "minor",
    "bg.now": ["breastfeeding"],
    "bg.clearance": "limits",
    "bg.running": "paused",
    "bg.goal": "race_later",
    "bg.history": ["none"],
    "bg.bleeding": "period",
}


def test_a_whole_intake_is_said_in_short_words() -> None:
    found = said([FULL])
    assert found.delivery == ["Vaginal"]
    assert found.tear == ["1st or 2nd degree, or a cut"]
    assert found.feeding == ["Breastfeeds or pumps"]
    assert found.cleared == ["Doctor or midwife, with limits"]
    assert found.running == ["Not since the birth"]
    assert found.goal == ["Race later on"]
    assert found.raised == ["None raised", "medicines not asked"]


def test_without_a_form_or_an_answer_nothing_is_known() -> None:
    for intakes in ([], [{}], [{"bg.delivery": "twins", "bg.now": [], "bg.goal": None}]):
        found = said(intakes)
        assert [
            found.delivery,
            found.tear,
            found.feeding,
            found.cleared,
            found.running,
            found.goal,
            found.raised,
        ] == [[]] * 7


def test_a_tear_is_not_asked_about_after_a_c_section() -> None:
    assert said([{"bg.delivery": "cesarean"}]).tear == ["Not asked"]
    assert said([{"bg.delivery": "assisted"}]).tear == []


def test_not_breastfeeding_is_said_only_where_the_question_was_answered() -> None:
    assert said([{"bg.now": ["none"]}]).feeding == ["Not breastfeeding"]
    assert said([{"bg.now": ("anemia",)}]).feeding == ["Not breastfeeding"]


def test_what_speaks_against_impact_stands_in_one_place() -> None:
    raised = said(
        [
            {
                **FULL,
                "bg.history": ["high_bp", "heart_kidney", "clot", "prolapse"],
                "bg.now": ["pregnant", "unhealed"],
                "bg.bleeding": "returned",
            }
        ]
    ).raised
    assert raised == [
        "Heart or kidney condition",
        "Earlier blood clot",
        "High blood pressure or preeclampsia",
        "May be pregnant",
        "Wound not healed",
        "Bleeding came back",
        "medicines not asked",
    ]


def test_a_question_left_out_is_never_read_as_nothing_raised() -> None:
    without = {name: value for name, value in FULL.items() if name != "bg.history"}
    assert said([without]).raised == []
    pregnant = {**without, "bg.now": ["pregnant"]}
    assert said([pregnant]).raised == [
        "May be pregnant",
        "the rest not known",
        "medicines not asked",
    ]


def test_a_check_in_adds_what_came_since() -> None:
    raised = said([FULL], [{"ci.warning": ["pregnant", "bleeding_back"]}, {}]).raised
    assert raised == ["May be pregnant", "Bleeding came back", "medicines not asked"]


def test_how_she_gave_birth_and_what_she_ever_had_an_older_form_says_too() -> None:
    older = {**FULL, "bg.history": ["clot"], "bg.goal": "regular", "bg.running": "running"}
    newer = {"bg.history": ["none"], "bg.now": ["none"], "bg.bleeding": "none"}
    found = said([newer, older])
    assert found.delivery == ["Vaginal"]
    assert found.tear == ["1st or 2nd degree, or a cut"]
    assert found.raised == ["Earlier blood clot", "medicines not asked"]
    # What changes counts only as it was said last.
    assert (found.running, found.goal, found.cleared) == ([], [], [])
    assert found.feeding == ["Not breastfeeding"]


def test_every_choice_of_the_questions_of_one_answer_has_words() -> None:
    tables = {
        "bg.delivery": facts.DELIVERY,
        "bg.tear": facts.TEAR,
        "bg.clearance": facts.CLEARED,
        "bg.running": facts.RUNNING,
        "bg.goal": facts.GOAL,
    }
    for question, words in tables.items():
        assert list(words) == list(INTAKE.question(question).choice_ids), question
    for question, some in (
        ("bg.history", facts.HISTORY),
        ("bg.now", facts.NOW),
        ("bg.bleeding", facts.BLEEDING),
    ):
        assert set(some) <= set(INTAKE.question(question).choice_ids), question
