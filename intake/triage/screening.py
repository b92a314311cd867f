"""Screen cases for other programs: one JSON line in, one JSON line out, without a database.

A line that is not a case gets an error; it is never judged as if it were empty. Replies contain ids
and codes, no texts for patients, and an error never repeats an answer.
"""

# mypy: disallow-any-explicit

import json
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from intake.questionnaire.answers import MODES, Mode, parse_date
from intake.triage.evaluate import evaluate_checkin, evaluate_intake
from intake.triage.scores import LEAK_AMOUNT, SCORES
from intake.triage.strict_json import read_json

T = TypeVar("T")
Json = dict[str, object]

KINDS = ("intake", "checkin")


class NotACase(Exception):
    """Raised when a line is not a case; the message says why."""


def screen_line(line: str | bytes) -> str:
    """Judge the case on one line and return the reply as one line of ASCII JSON.

    A case is `{"id", "kind", "mode", "as_of", "answers"}`, for a check-in also `previous_scores`,
    `first_scores` and `last_leak_amount`. Anything else gets `{"id", "error"}`, with id null when
    the line cannot be read. Bytes are UTF-8. Never raises.
    """
    try:
        case = _read(line)
    except NotACase as reason:
        return _write({"id": None, "error": str(reason)})
    try:
        reply = _judge(case)
    except NotACase as reason:
        reply = {"error": str(reason)}
    return _write({"id": case.get("id"), **reply})


def _judge(case: Json) -> Json:
    kind = _one_of(case, "kind", KINDS)
    mode = _one_of(case, "mode", MODES)
    as_of = parse_date(case.get("as_of"))
    answers = case.get("answers")
    if as_of is None:
        raise NotACase("as_of must be a date written YYYY-MM-DD.")
    if not isinstance(answers, dict):
        raise NotACase("answers must be an object that gives each name once.")
    if kind == "intake":
        return _judge_intake(answers, as_of, mode)
    return _judge_checkin(answers, as_of, case)


def _judge_intake(answers: Json, as_of: date, mode: Mode) -> Json:
    result = evaluate_intake(answers, as_of=as_of, mode=mode)
    return {
        "level": result.level,
        "flags": result.flag_ids,
        "actions": result.actions,
        "next_step": result.next_step,
        "bookable": result.bookable,
        "scores": result.scores,
        "weeks_since_birth": result.weeks_since_birth,
        "visible": result.visible,
    }


def _judge_checkin(answers: Json, as_of: date, case: Json) -> Json:
    result = evaluate_checkin(
        answers,
        as_of=as_of,
        previous_scores=_earlier_scores(case, "previous_scores"),
        first_scores=_earlier_scores(case, "first_scores"),
        last_leak_amount=_last_leak_amount(case),
    )
    return {
        "level": result.level,
        "flags": result.flag_ids,
        "actions": result.actions,
        "outcome": result.outcome,
        "scores": result.scores,
        "visible": result.visible,
    }


def _one_of(case: Json, name: str, allowed: tuple[T, ...]) -> T:
    # Returns the member of `allowed`, which has the right type; the case may hold anything.
    for value in allowed:
        if case.get(name) == value:
            return value
    raise NotACase(f"{name} must be one of: {', '.join(map(str, allowed))}.")


def _earlier_scores(case: Json, name: str) -> Mapping[str, int | None] | None:
    scores = case.get(name)
    if scores is None:
        return None
    if not isinstance(scores, dict) or not all(map(_is_score, scores, scores.values())):
        raise NotACase(f"{name} must give 0 to 100 or null for: {', '.join(SCORES)}.")
    return scores


def _is_score(name: object, points: object) -> bool:
    # `type`, not isinstance: true is an int to Python.
    return name in SCORES and (points is None or (type(points) is int and 0 <= points <= 100))


def _last_leak_amount(case: Json) -> str | None:
    if case.get("last_leak_amount") is None:
        return None
    return _one_of(case, "last_leak_amount", tuple(LEAK_AMOUNT))


def _read(line: str | bytes) -> Json:
    try:
        case = read_json(line)
    except ValueError:
        # The error of the decoder holds the text, and with it answers.
        raise NotACase("This line cannot be read as JSON.") from None
    if not isinstance(case, dict):
        raise NotACase("This line is not one JSON object that gives each name once.")
    return case


def _write(reply: Json) -> str:
    try:
        return _ENCODER.encode(reply)
    except (ValueError, RecursionError):
        # Only the id comes from the caller: an infinite number (1e999), or one nested too deeply.
        return _ENCODER.encode({**reply, "id": None})


_ENCODER = json.JSONEncoder(allow_nan=False)
