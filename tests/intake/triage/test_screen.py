"""One line, one reply: what screening answers, whatever is on the line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.triage.screening import screen_line
from tests.intake.samples import Raw, case, checkin, hurting, intake, leaking
from tests.intake.strategies import UNTIMED, json_values, raw_answers

INTAKE_KEYS = [
    *("id", "level", "flags", "actions", "next_step", "bookable", "scores"),
    *("weeks_since_birth", "visible"),
]
CHECKIN_KEYS = ["id", "level", "flags", "actions", "outcome", "scores", "visible"]


def checkin_case(*changes: Raw, **others: object) -> Raw:
    """Return a check-in's case."""
    return case(checkin(*changes), kind="checkin", **others)


def screened(sent: object) -> Raw:
    """Return the reply to one case."""
    return replied(json.dumps(sent))


def replied(line: str | bytes) -> Raw:
    """Return the reply to one line, read strictly."""
    reply = screen_line(line)
    assert "\n" not in reply
    assert reply.isascii()
    return json.loads(reply, parse_constant=pytest.fail)


# --- The contract ---------------------------------------------------------------------------------


def test_an_intake() -> None:
    reply = screened(case(intake(leaking(), hurting(worst=6), {"bg.tear": "severe"})))
    assert list(reply) == INTAKE_KEYS
    visible = reply.pop("visible")
    assert visible[:4] == ["safety.emergency", "safety.body", "safety.mind", "bg.birth_date"]
    assert {"leak.amount", "leak.bother", "pain.worst", "pain.signs"} <= set(visible)
    assert not {"heavy.bother", "ready.run_response"} & set(visible)
    assert reply == {
        "id": "a1",
        "level": "red",
        "flags": ["C-LEAK-MILD", "C-PAIN-MOD", "R-TEAR-SEVERE"],
        "actions": [],
        "next_step": "evaluation",
        "bookable": ["evaluation"],
        "scores": {"leak": 20, "heaviness": 0, "pain": 60, "readiness": 23},
        "weeks_since_birth": 20,
    }


def test_a_page_of_an_intake() -> None:
    reply = screened(case({"safety.emergency": ["headache", "vision"]}, mode="partial"))
    assert list(reply) == INTAKE_KEYS
    assert reply["flags"] == ["U-HEADACHE", "U-PREECLAMPSIA", "U-VISION"]
    assert (reply["level"], reply["actions"]) == ("urgent", ["call_911", "go_er"])
    assert (reply["next_step"], reply["bookable"]) == ("emergency", [])
    assert (reply["scores"], reply["weeks_since_birth"]) == (None, None)


def test_a_check_in() -> None:
    sent = checkin_case(
        {"ci.leak_frequency": "weekly", "ci.leak_bother": 6},
        previous_scores={"leak": 28, "heaviness": None},
        first_scores=None,
        last_leak_amount="soak",
    )
    reply = screened(sent)
    assert list(reply) == CHECKIN_KEYS
    assert reply["scores"] == {"leak": 48, "heaviness": 0, "pain": 0, "readiness": 23}
    assert reply["flags"] == ["CC-LEAK", "CC-RISE"]
    assert (reply["level"], reply["outcome"]) == ("caution", "repeat_stage")


def test_a_check_in_is_always_final() -> None:
    reply = screened(checkin_case({"ci.warning": None}, mode="partial"))
    assert reply["flags"] == ["CR-DATA"]
    assert reply["scores"] is not None


@pytest.mark.parametrize(
    "sent", ["a1", "", "é\u2028\ud800", 7, -1, 1.5, 0, None, True, ["a"], {"a": 1}]
)
def test_the_id_comes_back_as_it_was(sent: object) -> None:
    assert screened(case(id=sent))["id"] == sent
    assert screened(case(id=sent, kind="other")) == {
        "id": sent,
        "error": "kind must be one of: intake, checkin.",
    }


def test_a_case_without_an_id_is_judged() -> None:
    sent = case()
    del sent["id"]
    reply = screened(sent)
    assert (reply["id"], reply["level"]) == (None, "clear")


# --- Whole numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["7", "10", "0"])
def test_a_whole_number_counts(written: str) -> None:
    assert "C-DATA-MISSING" not in worried(written)["flags"]


@pytest.mark.parametrize(
    "written",
    ["7.0", "7e0", "70E-1", "0.7e1", "7.5", '"7"', "true", "11", "-1", "1e999", "9" * 100_000],
)
def test_a_number_written_otherwise_is_missing(written: str) -> None:
    reply = worried(written)
    assert "C-DATA-MISSING" in reply["flags"]
    assert "C-WORRY" not in reply["flags"]


def worried(written: str) -> Raw:
    """Return the reply to an intake whose worry is written this way."""
    return replied(json.dumps(case(intake({"ready.worry": "?"}))).replace('"?"', written))


# --- Refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("kind", [None, "", "Intake", "check-in", 1, ["intake"], {}]),
        ("mode", [None, "", "full", True, ["final"], {}]),
        (
            "as_of",
            [
                None,
                "",
                "today",
                "20251122",
                "2025-W47-6",
                "2025-02-30",
                "2025-11-22T10:00",
                20251122,
                {},
            ],
        ),
        ("answers", [[], "none", 7, False]),
    ],
)
@pytest.mark.parametrize("kind", ["intake", "checkin"])
def test_a_case_without_what_it_needs_is_refused(
    kind: str, name: str, values: list[object]
) -> None:
    for value in values:
        sent = case({}, kind=kind) | {name: value}
        assert set(screened(sent)) == {"id", "error"}
    del sent[name]
    reply = screened(sent)
    assert (set(reply), reply["id"]) == ({"id", "error"}, "a1")


def test_null_answers_are_refused_and_empty_ones_judged() -> None:
    assert "error" in screened(case() | {"answers": None})
    assert screened(case({}))["flags"] == ["C-DATA-MISSING", "R-DATA-SAFETY"]


@pytest.mark.parametrize("name", ["previous_scores", "first_scores"])
def test_earlier_scores_have_one_shape(name: str) -> None:
    for right in (None, {}, {"leak": 0, "heaviness": 100, "pain": None, "readiness": 42}):
        assert "error" not in screened(checkin_case(**{name: right}))
    wrong_points = (101, -1, 20.0, "20", True, [], {})
    for wrong in (0, [], "none", {"leaks": 20}, *({"leak": points} for points in wrong_points)):
        reply = screened(checkin_case(**{name: wrong}))
        assert (set(reply), reply["id"]) == ({"id", "error"}, "a1")


def test_the_last_leak_amount_is_one_of_three() -> None:
    for right in (None, "drops", "wet", "soak"):
        assert "error" not in screened(checkin_case(last_leak_amount=right))
    for wrong in ("", "Wet", "none", 2, ["wet"], {}):
        assert "error" in screened(checkin_case(last_leak_amount=wrong))


def test_an_intake_does_not_look_at_what_belongs_to_a_check_in() -> None:
    assert "error" not in screened(case(previous_scores=7, last_leak_amount="all"))


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            " ",
            "\n",
            "not json",
            "{",
            '{"id": 1,}',
            '{"id": "a1"} {}',
            "{'id': 1}",
            "\x00",
            '"\x01"',
        ),
        *('{"id": NaN}', '{"id": Infinity}', '{"id": 1, "answers": {"ready.worry": -Infinity}}'),
        *("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, '{"a":[' * 50_000),
        *(b"\xff\xfe", b'{"id": "\xc3"}', b'{"id": "\xed\xa0\x80"}'),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_an_unreadable_line_gets_an_error_with_id_null(line: str | bytes) -> None:
    assert replied(line) == {"id": None, "error": "This line cannot be read as JSON."}


@pytest.mark.parametrize(
    "line", ["null", "7", '"a1"', "[]", "true", '[{"id": "a1"}]', '{"id": 1, "id": 2}']
)
def test_a_line_that_is_no_object_gets_an_error_with_id_null(line: str) -> None:
    reply = replied(line)
    assert (set(reply), reply["id"]) == ({"id", "error"}, None)


def test_an_answer_given_twice_is_not_guessed_at() -> None:
    twice = '{"safety.mind": ["self_harm"], "safety.mind": ["none"]}'
    line = json.dumps(case("?")).replace('"?"', twice)
    reply = replied(line)
    assert (set(reply), reply["id"]) == ({"id", "error"}, "a1")


def test_an_id_that_cannot_be_repeated_is_null() -> None:
    for written in ("1e999", "9" * 5000):
        line = json.dumps(case(id="?")).replace('"?"', written)
        reply = replied(line)
        assert (reply["id"], reply["level"]) == (None, "clear")


def test_an_error_repeats_no_answer() -> None:
    secret = {"care.note": "wordnotforlogs", "safety.mind": ["wordnotforlogs"]}
    for wrong in (
        case(secret, mode="wordnotforlogs"),
        case("wordnotforlogs"),
        case(secret, as_of="wordnotforlogs"),
    ):
        assert "wordnotforlogs" not in screen_line(json.dumps(wrong))


# --- Whatever is sent -----------------------------------------------------------------------------


@UNTIMED
@given(raw=raw_answers(), mode=st.sampled_from(["partial", "final"]))
def test_any_answers_get_a_judgment(raw: Raw, mode: str) -> None:
    reply = replied(
        json.dumps(case(raw, mode=mode)).replace("NaN", "0").replace("Infinity", "1e999")
    )
    assert list(reply) == INTAKE_KEYS
    assert reply["flags"] == sorted(set(reply["flags"]))


@UNTIMED
@given(
    st.dictionaries(st.sampled_from([*case(), "previous_scores", "last_leak_amount"]), json_values)
)
def test_any_object_gets_a_reply(sent: Raw) -> None:
    assert "id" in replied(json.dumps(case() | sent))


@UNTIMED
@given(st.text() | st.binary())
def test_any_line_gets_a_reply(line: str | bytes) -> None:
    assert "id" in replied(line)
