"""From flags to level, next step, booking, actions and dates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.questionnaire.definition import CHECKIN
from intake.triage.evaluate import bookable_after, evaluate_checkin, evaluate_intake, told_texts
from tests.intake.samples import (
    AS_OF,
    Raw,
    born,
    checked_in,
    final,
    hurting,
    intake,
    leaking,
    partial,
    running,
    weeks_ago,
)
from tests.intake.strategies import UNTIMED, complete_intake, raw_answers

CHEST: Raw = {"safety.emergency": ["chest_pain"]}
TEAR: Raw = {"bg.tear": "severe"}
BOTH = ("evaluation", "run_ready")
ONLY_EVALUATION = ("evaluation",)

# The most serious first.
LEVELS = ("urgent", "red", "caution", "clear")
ACTIONS = ("call_911", "go_er", "crisis_988", "call_provider_now")


# --- Level, next step, bookable -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "level", "next_step", "bookable"),
    [
        ([], "clear", "run_ready", BOTH),
        ([CHEST], "urgent", "emergency", ()),
        ([CHEST, TEAR], "urgent", "emergency", ()),
        ([TEAR], "red", "evaluation", ONLY_EVALUATION),
        ([{"bg.clearance": "limits"}], "caution", "evaluation", BOTH),
        ([leaking()], "caution", "run_ready", BOTH),
        ([leaking(), {"bg.clearance": "limits"}], "caution", "evaluation", BOTH),
        ([weeks_ago(5)], "caution", "evaluation", ONLY_EVALUATION),
        ([{"bg.birth_date": None}], "caution", "evaluation", ONLY_EVALUATION),
        ([running(), {"ready.load": "impact_ok"}], "clear", "self_guided", BOTH),
        ([running("walk_run"), {"ready.load": "impact_ok"}], "clear", "run_ready", BOTH),
        ([running()], "clear", "run_ready", BOTH),
        ([running(response="settles"), {"ready.load": "impact_ok"}], "caution", "run_ready", BOTH),
        # At caution level nobody is sent off alone.
        ([running(), {"ready.load": "impact_ok", "ready.worry": 7}], "caution", "run_ready", BOTH),
    ],
)
def test_what_follows_from_the_flags(
    changes: list[Raw], level: str, next_step: str, bookable: tuple[str, ...]
) -> None:
    result = final(*changes)
    assert (result.level, result.next_step, result.bookable) == (level, next_step, bookable)


def test_a_partial_result_goes_on_unless_something_is_urgent() -> None:
    result = partial(TEAR, {"safety.body": None, "bg.birth_date": born(20)})
    assert (result.level, result.next_step, result.bookable) == ("clear", "continue", ())
    assert (result.flags, result.scores, result.weeks_since_birth) == ((), None, 2)
    urgent = partial(CHEST)
    assert (urgent.level, urgent.next_step, urgent.bookable) == ("urgent", "emergency", ())
    assert urgent.scores is None


def test_an_empty_form_is_reviewed_never_clear() -> None:
    result = evaluate_intake({}, as_of=AS_OF, mode="final")
    assert result.flag_ids == ("C-DATA-MISSING", "R-DATA-SAFETY")
    assert result.level == "red"


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        evaluate_intake(intake(), as_of=AS_OF, mode="draft")  # type: ignore[arg-type]


def test_domain_levels() -> None:
    result = final(TEAR, leaking(), {"bg.clearance": "limits"})
    assert result.domain_levels == {
        "safety": "clear",
        "background": "red",
        "leak": "caution",
        "heaviness": "clear",
        "pain": "clear",
        "readiness": "clear",
    }


def test_dates_that_follow_from_the_birth() -> None:
    result = final({"bg.birth_date": "2025-09-01"})
    assert result.birth_date == date(2025, 9, 1)
    assert result.first_visit_from == date(2025, 10, 13)
    assert result.earliest_impact_date == date(2025, 11, 24)
    unknown = final({"bg.birth_date": None})
    assert (unknown.birth_date, unknown.first_visit_from) == (None, None)
    assert unknown.earliest_impact_date is None


# --- Actions and told texts -----------------------------------------------------------------------


def test_actions_are_distinct_and_in_order() -> None:
    everything = final(
        {"safety.body": ["fever", "leg", "breast"], "safety.mind": ["self_harm"]},
        {"safety.emergency": ["stroke", "seizure"]},
    )
    assert everything.actions == ("call_911", "go_er", "crisis_988", "call_provider_now")
    some = final({"safety.body": ["fever"], "safety.mind": ["baby_harm"]})
    assert some.actions == ("crisis_988", "call_provider_now")


@UNTIMED
@given(raw_answers())
def test_actions_follow_the_urgent_flags(raw: Raw) -> None:
    result = evaluate_intake(raw, as_of=AS_OF, mode="final")
    wanted = {flag.action for flag in result.flags}
    assert result.actions == tuple(action for action in ACTIONS if action in wanted)


def test_told_texts_are_ordered_by_level_and_then_by_character_code() -> None:
    result = final(
        CHEST,
        weeks_ago(9),
        {"bg.bleeding": "lochia", "bg.clearance": "no_visit"},
        hurting("limp"),
    )
    assert result.flag_ids == (
        *("C-CLEAR-NONE", "C-PAIN-LIMP", "C-PAIN-MILD", "C-TIME-LT12"),
        *("R-BLEED-8WK", "U-CHEST"),
    )
    assert [text[:26] for text in told_texts(result.flags)] == [
        "Chest pain or a racing hea",
        "Bleeding from birth that l",
        "Please book your check-up ",
        "If you are limping, please",
        "Mild pain that settles wit",
        "You can start strength wor",
    ]


def test_a_text_shared_by_flags_is_told_once() -> None:
    result = checked_in({"ci.load": "impact_symptoms", "ci.pain_worst": 4})
    assert result.flag_ids == ("CC-LOAD", "CC-PAIN")
    assert told_texts(result.flags) == ("Repeat your stage.",)


# --- Resolved flags -------------------------------------------------------------------------------


def open_for(*changes: Raw, resolved: set[str], weeks: int | None = 20) -> tuple[str, ...]:
    """Return what may be booked with these flags resolved."""
    return bookable_after(final(*changes).flags, resolved=resolved, weeks_since_birth=weeks)


def test_booking_opens_as_flags_are_resolved() -> None:
    case = (CHEST, TEAR, {"bg.clearance": "wait"})
    assert open_for(*case, resolved=set()) == ()
    assert open_for(*case, resolved={"R-TEAR-SEVERE", "R-CLEAR-WAIT"}) == ()
    assert open_for(*case, resolved={"U-CHEST"}) == ONLY_EVALUATION
    assert open_for(*case, resolved={"U-CHEST", "R-TEAR-SEVERE"}) == ONLY_EVALUATION
    assert open_for(*case, resolved={"U-CHEST", "R-TEAR-SEVERE", "R-CLEAR-WAIT"}) == BOTH


def test_every_urgent_flag_must_be_resolved() -> None:
    two = {"safety.emergency": ["chest_pain", "stroke"]}
    assert open_for(two, resolved={"U-CHEST"}) == ()
    assert open_for(two, resolved={"U-CHEST", "U-STROKE"}) == BOTH


@pytest.mark.parametrize(
    ("weeks", "open_then"),
    [(None, ONLY_EVALUATION), (0, ONLY_EVALUATION), (5, ONLY_EVALUATION), (6, BOTH)],
)
def test_the_package_opens_at_six_weeks(weeks: int | None, open_then: tuple[str, ...]) -> None:
    assert open_for(resolved=set(), weeks=weeks) == open_then
    assert open_for(TEAR, resolved={"R-TEAR-SEVERE"}, weeks=weeks) == open_then
    # Cautions need not be resolved and close nothing.
    assert open_for(leaking(), resolved=set(), weeks=weeks) == open_then


# --- For whatever is sent -------------------------------------------------------------------------


@UNTIMED
@given(raw_answers())
def test_a_partial_result_holds_exactly_the_urgent_flags(raw: Raw) -> None:
    whole = evaluate_intake(raw, as_of=AS_OF, mode="final")
    page = evaluate_intake(raw, as_of=AS_OF, mode="partial")
    assert page.flags == tuple(flag for flag in whole.flags if flag.level == "urgent")
    assert page.visible == whole.visible


@UNTIMED
@given(raw=raw_answers(), data=st.data())
def test_the_order_in_which_answers_were_sent_changes_nothing(
    raw: Raw, data: st.DataObject
) -> None:
    shuffled = {question: raw[question] for question in data.draw(st.permutations(list(raw)))}
    one, other = (evaluate_intake(sent, as_of=AS_OF, mode="final") for sent in (raw, shuffled))
    assert one == other
    assert list(one.answers.values) == list(other.answers.values)


@UNTIMED
@given(raw_answers())
def test_flags_level_next_step_and_booking_agree(raw: Raw) -> None:
    result = evaluate_intake(raw, as_of=AS_OF, mode="final")
    assert list(result.flag_ids) == sorted(set(result.flag_ids))
    levels = [flag.level for flag in result.flags]
    assert result.level == min(levels, key=LEVELS.index, default="clear")
    assert (result.next_step == "emergency") == (result.level == "urgent") == bool(result.actions)
    assert result.next_step != "self_guided" or result.flags == ()
    assert ("run_ready" in result.bookable) <= (result.level in ("caution", "clear"))
    assert ("run_ready" in result.bookable) <= ((result.weeks_since_birth or 0) >= 6)


@UNTIMED
@given(raw=complete_intake(), note=st.text())
def test_the_note_is_never_read(raw: Raw, note: str) -> None:
    one, other = (
        evaluate_intake(sent, as_of=AS_OF, mode="final")
        for sent in (raw, raw | {"care.note": note})
    )
    assert (one.flags, one.scores) == (other.flags, other.scores)


@UNTIMED
@given(raw_answers(CHECKIN))
def test_a_check_in_reads_no_date(raw: Raw) -> None:
    one, other = (evaluate_checkin(raw, as_of=day) for day in (AS_OF, date(2030, 2, 28)))
    assert (one.flags, one.scores, one.outcome) == (other.flags, other.scores, other.outcome)
