"""Cleaning: what counts as an answer, what is missing, and what is dropped because it is hidden."""

from datetime import date

import pytest

from intake.questionnaire.answers import clean, parse_date
from intake.questionnaire.definition import CHECKIN, INTAKE
from tests.intake.samples import AS_OF, Raw, born, checkin, intake


def cleaned(question: str, sent: object, *others: Raw) -> object:
    """Return the effective answer to one question of an otherwise quiet intake."""
    return clean(INTAKE, intake(*others) | {question: sent}, AS_OF).values.get(question)


# --- Single ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["assisted", ["assisted"]])
def test_a_single_answer_is_one_listed_id(sent: object) -> None:
    assert cleaned("bg.delivery", sent) == "assisted"


@pytest.mark.parametrize(
    "sent",
    [
        *("Assisted", " assisted", "forceps", "", 1, True, None, {}, {"id": "assisted"}),
        *(
            [],
            ["assisted", "vaginal"],
            ["assisted", "assisted"],
            [["assisted"]],
            [None],
            ["forceps"],
        ),
    ],
)
def test_a_single_answer_of_another_shape_is_missing(sent: object) -> None:
    assert cleaned("bg.delivery", sent) is None


def test_in_a_single_question_none_is_an_ordinary_choice() -> None:
    assert cleaned("bg.bleeding", "none") == "none"
    assert cleaned("bg.bleeding", ["prefer_not"]) == "prefer_not"


# --- Multi ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["cough"], ("cough",)),
        ("cough", ("cough",)),
        (["urge", "cough", "urge"], ("cough", "urge")),
        (["none", "cough"], ("cough",)),
        (["none", "none"], ("none",)),
        ("none", ("none",)),
        (["cough", "sneeze", 7, None, ["urge"], {"a": 1}, True], ("cough",)),
        # Not a danger sign: an unlisted member is dropped, what is left stands.
        (["sneeze", "none"], ("none",)),
    ],
)
def test_a_multi_answer_keeps_the_listed_ids(sent: object, kept: tuple[str, ...]) -> None:
    assert cleaned("leak.when", sent) == kept


@pytest.mark.parametrize(
    "sent",
    [
        [],
        "",
        "sneeze",
        ["sneeze"],
        ["Cough"],
        ["cough "],
        7,
        7.5,
        True,
        None,
        {},
        {"cough": 1},
        [["cough"]],
    ],
)
def test_a_multi_answer_of_another_shape_is_missing(sent: object) -> None:
    assert cleaned("leak.when", sent) is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["none", "prefer_not"], ("prefer_not",)),
        (["prefer_not"], ("prefer_not",)),
        (["prefer_not", "self_harm"], ("self_harm",)),
        (["none", "prefer_not", "psychosis"], ("psychosis",)),
        # A dropped member leaves "I'd rather not" as it is.
        (["prefer_not", "self-harm"], ("prefer_not",)),
        (["none", "prefer_not", "self-harm"], ("prefer_not",)),
    ],
)
def test_exclusive_choices_stand_alone(sent: object, kept: tuple[str, ...]) -> None:
    assert cleaned("safety.mind", sent) == kept


@pytest.mark.parametrize("question", ["safety.emergency", "safety.body", "safety.mind"])
@pytest.mark.parametrize("unlisted", ["chest_pains", 7, None, True, [], {}, "None"])
def test_none_beside_something_unreadable_is_not_none(question: str, unlisted: object) -> None:
    assert cleaned(question, ["none", unlisted]) is None
    assert cleaned(question, [unlisted, "none"]) is None
    assert cleaned(question, ["none"]) == ("none",)


def test_the_check_in_warning_is_a_danger_sign_too() -> None:
    answers = clean(CHECKIN, checkin({"ci.warning": ["chest_pain", "none"]}), AS_OF)
    assert answers.missing("ci.warning", "final")


def test_a_real_sign_beside_something_unreadable_stands() -> None:
    assert cleaned("safety.emergency", ["chest_pain", "chest_pains", "none"]) == ("chest_pain",)


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "number"),
    [("ready.worry", 0), ("ready.worry", 10), ("ready.sleep", 0), ("ready.sleep", 24)],
)
def test_a_whole_number_in_range_counts(question: str, number: int) -> None:
    assert cleaned(question, number) == number


@pytest.mark.parametrize("question", ["ready.worry", "ready.sleep"])
@pytest.mark.parametrize("sent", [-1, 25, 7.0, 7.5, "7", True, False, None, [7], {}, float("nan")])
def test_any_other_number_is_missing(question: str, sent: object) -> None:
    assert cleaned(question, sent) is None


def test_a_scale_ends_at_ten() -> None:
    assert cleaned("ready.worry", 11) is None


# --- Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 1, 7305])
def test_a_birth_date_up_to_twenty_years_ago_counts(days: int) -> None:
    assert cleaned("bg.birth_date", born(days)) == born(days)


@pytest.mark.parametrize("days", [-1, 7306])
def test_a_birth_date_outside_is_missing(days: int) -> None:
    assert cleaned("bg.birth_date", born(days)) is None


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "20250526",
            "2025-W22-1",
            "2025-146",
            "2025-5-26",
            "05/26/2025",
            "2025-02-29",
            "2025-13-01",
        ),
        *(
            " 2025-05-26",
            "2025-05-26 ",
            "2025-05-26\n",
            "2025-05-26T00:00",
            "2025-05-26x",
            "0000-01-01",
        ),
        *("２０２５-05-26", "٢٠٢٥-٠٥-٢٦", "2025−05−26", "", "none"),
        *(20250526, 2025.5, True, None, {}, ["2025-05-26"]),
    ],
)
def test_a_date_is_written_one_way_only(sent: object) -> None:
    assert parse_date(sent) is None
    assert cleaned("bg.birth_date", sent) is None


def test_a_leap_day_is_a_day() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("days", "weeks"),
    [(0, 0), (6, 0), (7, 1), (41, 5), (42, 6), (55, 7), (56, 8), (83, 11), (84, 12)],
)
def test_weeks_are_whole_weeks(days: int, weeks: int) -> None:
    assert clean(INTAKE, {"bg.birth_date": born(days)}, AS_OF).weeks_since_birth == weeks


def test_weeks_are_unknown_without_a_birth_date() -> None:
    answers = clean(INTAKE, {}, AS_OF)
    assert (answers.birth_date, answers.weeks_since_birth) == (None, None)


# --- Text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  slowly, please \n", "slowly, please"),
        (" \n\t", None),
        ("", None),
        (7, None),
        (["a"], None),
    ],
)
def test_text_is_trimmed(sent: object, kept: str | None) -> None:
    assert cleaned("care.note", sent) == kept


# --- Missing, sent, hidden ------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_empty_is_not_sent(empty: object) -> None:
    assert not clean(INTAKE, {"bg.tear": empty}, AS_OF).sent("bg.tear")
    assert not clean(INTAKE, {}, AS_OF).sent("bg.tear")


@pytest.mark.parametrize("value", [0, False, " ", "unlisted", [None], {"a": None}, 0.0])
def test_everything_else_is_sent(value: object) -> None:
    assert clean(INTAKE, {"bg.tear": value}, AS_OF).sent("bg.tear")


def test_missing_is_a_visible_required_question_without_an_answer() -> None:
    answers = clean(INTAKE, {"bg.delivery": "cesarean"}, AS_OF)
    assert answers.missing("bg.clearance", "final")
    assert not answers.missing("bg.clearance", "partial")
    assert not answers.missing("bg.delivery", "final")
    assert not answers.missing("bg.tear", "final")  # hidden
    assert not answers.missing("bg.goal", "final")  # optional


def test_the_atoms_are_false_for_a_missing_question() -> None:
    answers = clean(INTAKE, {}, AS_OF)
    assert not answers.has("leak.when", "none")
    assert not answers.any("leak.when", "none", "gas")
    assert not answers.lacks("leak.when", "gas")
    assert answers.num("pain.worst") is None


def test_the_atoms_read_the_effective_answers() -> None:
    answers = clean(INTAKE, intake({"leak.when": ["gas", "urge"]}), AS_OF)
    assert answers.has("leak.when", "gas")
    assert answers.has("bg.running", "paused")
    assert answers.any("leak.when", "stool", "urge")
    assert not answers.any("leak.when", "stool", "none")
    assert answers.lacks("leak.when", "stool")
    assert not answers.lacks("leak.when", "gas")
    assert answers.num("ready.sleep") == 7


def test_an_answer_to_a_hidden_question_is_dropped_and_its_follow_ups_with_it() -> None:
    sent = intake({"leak.when": ["none"], "leak.frequency": "daily", "leak.bother": "x"})
    answers = clean(INTAKE, sent, AS_OF)
    assert "leak.frequency" not in answers.values
    assert answers.dropped == {"leak.frequency": "daily", "leak.bother": None}
    assert answers.raw == sent
