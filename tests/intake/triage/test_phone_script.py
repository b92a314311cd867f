"""What she says on the telephone: the signs she ticked, the most dangerous first."""

import pytest

from intake.triage.evaluate import evaluate_checkin, evaluate_intake
from intake.triage.phone_script import SIGNS, flags_behind, signs_of
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES
from tests.intake.samples import AS_OF, checkin, intake


def said(**ticked: list[str]) -> list[str]:
    answers = intake({name.replace("_", ".", 1): value for name, value in ticked.items()})
    return [
        sign.words for sign in signs_of(evaluate_intake(answers, as_of=AS_OF, mode="final").flags)
    ]


@pytest.mark.parametrize(
    ("ticked", "words"),
    [
        ({"safety_emergency": ["breathing"]}, ["trouble breathing"]),
        (
            {"safety_emergency": ["breathing", "chest_pain"], "safety_body": ["leg"]},
            ["chest pain or a racing heart", "trouble breathing", "a swollen or sore leg or arm"],
        ),
        # Two signs of one combination are as dangerous as the combination.
        (
            {"safety_emergency": ["headache", "cannot_pee"], "safety_body": ["swelling"]},
            [
                "a bad headache",
                "sudden swelling of my face or hands",
                "a bladder I cannot empty",
            ],
        ),
        (
            {"safety_body": ["fever", "wound"], "safety_mind": ["self_harm"]},
            ["a fever", "a wound that may be infected", "thoughts of harming myself"],
        ),
        ({"safety_body": ["breast", "fever"]}, ["a fever", "a hot red breast and feeling sick"]),
        (
            {"safety_mind": ["psychosis"], "safety_emergency": ["seizure"]},
            ["had a seizure", "confusion or things I see or hear that others don’t"],
        ),
        ({"safety_emergency": ["none"]}, []),
    ],
    ids=str,
)
def test_the_signs_are_those_she_ticked_the_most_dangerous_first(
    ticked: dict[str, list[str]], words: list[str]
) -> None:
    assert said(**ticked) == words


def test_a_check_in_names_its_signs_too() -> None:
    result = evaluate_checkin(checkin({"ci.warning": ["infection", "leg", "stool"]}), as_of=AS_OF)
    assert [(one.words, one.action) for one in signs_of(result.flags)] == [
        ("a swollen or sore leg or arm", "go_er"),
        ("signs of an infection", "call_provider_now"),
    ]


def test_every_answer_that_makes_an_urgent_rule_fire_has_words() -> None:
    urgent = [one for one in (*INTAKE_RULES, *CHECKIN_RULES) if one.level == "urgent"]
    named = {pair for one in urgent for pair in pairs_of(one.condition)}
    assert named == set(SIGNS)


def pairs_of(condition: object) -> set[tuple[str, str]]:
    """Return every (question, choice) that a condition names."""
    choices = getattr(condition, "choices", ())
    found = {(getattr(condition, "question", ""), choice) for choice in choices}
    for part in getattr(condition, "parts", ()):
        found |= pairs_of(part)
    return found


def test_the_signs_behind_a_stored_call_come_from_its_answers() -> None:
    stored = {"safety.body": ["fever", "leg"]}
    assert [one.words for one in signs_of(flags_behind(["U-CLOT", "U-FEVER"], stored))] == [
        "a swollen or sore leg or arm",
        "a fever",
    ]
    # A rule whose answer is not among those stored is looked for in the answers as they stand.
    now = evaluate_intake(intake({"safety.body": ["wound"]}), as_of=AS_OF, mode="final").answers
    assert [one.words for one in signs_of(flags_behind(["U-FEVER", "U-WOUND"], stored, now))] == [
        "a fever",
        "a wound that may be infected",
    ]
    assert flags_behind(["U-BREAST"], stored) == []
