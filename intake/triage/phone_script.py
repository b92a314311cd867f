"""Words for a telephone call: the danger signs a patient ticked, for her to read out.

They complete the sentence "I gave birth on August 20 and I have …". The answers are those of
docs/clinical.md that make an urgent rule fire; the wording here is OWN.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from intake.questionnaire.answers import Answers
from intake.questionnaire.conditions import Facts, Value
from intake.questionnaire.definition import msg
from intake.triage.rules import ACTIONS, Action, FiredRule, rule

# As many as somebody can say at once.
MOST_SAID = 3

# By (question, choice). Of signs that ask for the same action, the first one here is said first.
# Only "had a seizure" is no noun: in front of others it still makes a sentence.
SIGNS: Mapping[tuple[str, str], str] = {
    ("safety.emergency", "seizure"): msg("had a seizure"),
    ("safety.emergency", "stroke"): msg("signs of a stroke"),
    ("safety.emergency", "chest_pain"): msg("chest pain or a racing heart"),
    ("safety.emergency", "breathing"): msg("trouble breathing"),
    ("safety.emergency", "faint"): msg("fainting or bad dizziness"),
    ("safety.emergency", "headache"): msg("a bad headache"),
    ("safety.emergency", "vision"): msg("changes in how I see"),
    ("safety.body", "swelling"): msg("sudden swelling of my face or hands"),
    ("safety.body", "heavy_bleeding"): msg("heavy bleeding"),
    ("safety.body", "leg"): msg("a swollen or sore leg or arm"),
    ("safety.body", "belly_pain"): msg("very bad belly pain"),
    ("safety.body", "vomiting"): msg("vomiting that does not stop"),
    ("safety.emergency", "saddle"): msg("new numbness between my legs"),
    ("safety.emergency", "legs_weak"): msg("new weakness or numbness in both legs"),
    ("safety.emergency", "cannot_pee"): msg("a bladder I cannot empty"),
    ("pain.signs", "nerve"): msg("numbness or weakness down one leg"),
    ("bg.now", "hard_empty"): msg("trouble emptying my bladder"),
    ("leak.when", "no_reason"): msg("leaking pee without feeling it"),
    ("leak.when", "stool"): msg("leaking poop"),
    ("heavy.bulge", "stuck"): msg("a bulge that hurts or will not go back"),
    ("safety.body", "fever"): msg("a fever"),
    ("safety.body", "very_tired"): msg("sudden extreme weakness"),
    ("safety.body", "bad_discharge"): msg("blood or fluid that smells bad"),
    ("safety.body", "wound"): msg("a wound that may be infected"),
    ("safety.body", "breast"): msg("a hot red breast and feeling sick"),
    ("safety.body", "pregnancy_sign"): msg("a danger sign in pregnancy"),
    ("bg.history", "high_bp"): msg("a history of high blood pressure"),
    ("safety.mind", "psychosis"): msg("confusion or things I see or hear that others don’t"),
    ("safety.mind", "self_harm"): msg("thoughts of harming myself"),
    ("safety.mind", "baby_harm"): msg("thoughts of harming my baby or someone else"),
    ("ci.warning", "chest_breath"): msg(
        "chest pain, trouble breathing, fainting, a seizure or signs of a stroke"
    ),
    ("ci.warning", "head_vision"): msg("a bad headache, changes in how I see or sudden swelling"),
    ("ci.warning", "heavy_bleeding"): msg("heavy bleeding"),
    ("ci.warning", "leg"): msg("a swollen or sore leg or arm"),
    ("ci.warning", "belly"): msg("very bad belly pain or vomiting that does not stop"),
    ("ci.warning", "saddle"): msg(
        "numbness between my legs, weakness in both legs or a bladder I cannot empty"
    ),
    ("ci.warning", "nerve"): msg("numbness or weakness down one leg"),
    ("ci.warning", "stool"): msg("leaking poop"),
    ("ci.warning", "bulge_stuck"): msg("a bulge that hurts or will not go back"),
    ("ci.warning", "infection"): msg("signs of an infection"),
    ("ci.warning", "weak"): msg("sudden extreme weakness"),
    ("ci.warning", "preg_sign"): msg("a danger sign in pregnancy"),
    ("ci.warning", "psychosis"): msg("confusion or things I see or hear that others don’t"),
    ("ci.warning", "self_harm"): msg("thoughts of harming myself or someone else"),
}
_PLACE = {ticked: place for place, ticked in enumerate(SIGNS)}


@dataclass(frozen=True)
class Sign:
    """A danger sign that was ticked, in English words, with the most urgent action it asks for."""

    words: str
    action: Action


def signs_of(flags: Iterable[FiredRule]) -> list[Sign]:
    """Return the signs that made these urgent flags fire, the most dangerous first, each once.

    A sign that belongs to several flags has the most urgent of their actions.
    """
    actions: dict[tuple[str, str], Action] = {}
    for flag in flags:
        for question, answer in flag.evidence:
            ticked = question, str(answer)
            if flag.action is None or ticked not in SIGNS:
                continue
            before = actions.get(ticked, flag.action)
            actions[ticked] = min(before, flag.action, key=ACTIONS.index)
    found = sorted(actions, key=lambda one: (ACTIONS.index(actions[one]), _PLACE[one]))
    return [Sign(SIGNS[one], actions[one]) for one in found]


def flags_behind(
    rules: Iterable[str], answers: Mapping[str, object], now: Answers | None = None
) -> list[FiredRule]:
    """Return the flags of these rules, from the answers that were stored when they fired.

    `answers` maps question ids to JSON values. A rule that does not fire on them is looked for in
    the answers as they stand `now`; one that fires on neither is left out.
    """
    facts = [_facts(answers), *([now.facts("partial")] if now else [])]
    asked = [rule(rule_id) for rule_id in rules]
    found = [next(filter(None, (one.evaluate(each) for each in facts)), None) for one in asked]
    return [flag for flag in found if flag is not None]


def _facts(answers: Mapping[str, object]) -> Facts:
    values: dict[str, Value] = {}
    for question, answer in answers.items():
        if isinstance(answer, list):
            values[question] = tuple(map(str, answer))
        elif isinstance(answer, str):
            values[question] = answer
    chosen = {
        question: frozenset(value if isinstance(value, tuple) else (str(value),))
        for question, value in values.items()
    }
    return Facts(values=values, chosen=chosen)
