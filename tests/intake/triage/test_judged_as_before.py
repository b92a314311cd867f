"""A version that changes only words judges as the one before: `screen` prints the same bytes."""

import hashlib
import json
from datetime import date, timedelta
from random import Random

from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire
from intake.triage.rules import RULES_VERSION
from intake.triage.screening import screen_line

CASES = 4000
# SHA-256 of everything printed, by the version of the rules. "1.1" was taken before questionnaire
# 1.2 gave the questions other words. A line is typed once and never again; rules that judge
# otherwise get a new version and a line of their own.
PRINTED = {"1.1": "3f8138ead24168f28d038343e70cda28315e20ad89d6045643288ade5e857751"}
# Around the days at which a rule begins or ends, and the oldest date that counts.
DAYS = (0, 20, 41, 42, 55, 56, 83, 84, 120, 200, 7305, 7306)
SCORES = ("leak", "heaviness", "pain", "readiness")


def test_the_same_is_printed_for_four_thousand_cases() -> None:
    printed = hashlib.sha256()
    levels = set()
    for number in range(CASES):
        line = screen_line(json.dumps(case(number)))
        levels.add(json.loads(line)["level"])
        printed.update(line.encode() + b"\n")
    assert levels == {"urgent", "red", "caution", "clear"}
    assert printed.hexdigest() == PRINTED[RULES_VERSION]


def case(number: int) -> dict[str, object]:
    """Return one case: mostly answers that can be read, some that cannot, and some missing."""
    draw = Random(number)
    as_of = date(2026, 1, 1) + timedelta(days=draw.randrange(365))
    is_intake = draw.randrange(3) > 0
    found: dict[str, object] = {
        "id": number,
        "kind": "intake" if is_intake else "checkin",
        "mode": "partial" if draw.randrange(6) == 0 else "final",
        "as_of": as_of.isoformat(),
        "answers": answers(INTAKE if is_intake else CHECKIN, as_of, draw),
    }
    if not is_intake:
        found["previous_scores"] = {one: draw.randrange(101) for one in SCORES}
        found["first_scores"] = {one: draw.choice([None, 0, 40]) for one in SCORES}
        found["last_leak_amount"] = draw.choice([None, "drops", "wet", "soak"])
    return found


def answers(form: Questionnaire, as_of: date, draw: Random) -> dict[str, object]:
    """Return raw answers by question id."""
    # How much this person feels: without calm ones nearly every case would be urgent.
    calm = draw.choice([0.5, 0.9, 1.0])
    return {
        question.id: answer(question, as_of, draw, calm)
        for question in form.questions
        if draw.randrange(30)
    }


def answer(question: Question, as_of: date, draw: Random, calm: float) -> object:
    """Return a raw answer; one in forty cannot be read."""
    if draw.randrange(40) == 0:
        return draw.choice(["none", ["none", "unknown"], 7.0, True, "2026-13-01", {}])
    if question.kind == "date":
        return (as_of - timedelta(days=draw.choice(DAYS))).isoformat()
    if question.kind == "multi":
        if draw.random() < calm:
            return [draw.choice(question.exclusive_ids)]
        return draw.sample(question.choice_ids, draw.randrange(1, 4))
    if question.kind == "single":
        return (
            question.choice_ids[0] if draw.random() < calm / 2 else draw.choice(question.choice_ids)
        )
    if question.kind == "text":
        return "A note."
    assert question.minimum is not None
    assert question.maximum is not None
    return draw.randint(question.minimum, question.maximum)
