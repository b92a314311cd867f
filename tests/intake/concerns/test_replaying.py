"""What was recorded before there were concerns and tasks, replayed: nothing open gets lost.

The expected states are typed from what the clinicians decided about the old rows.
"""

from datetime import UTC, datetime, timedelta

import pytest

from intake.concerns.replaying import (
    Moved,
    Past,
    PastChange,
    PastDecision,
    PastFiring,
    PastOutcome,
    PastVisit,
    replay,
    without_what_is_over,
)

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ROSA, LEE = 7, 8
FEVER, TEAR, BLEEDING = "U-FEVER", "R-TEAR34", "R-BLEED-BACK"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def fever(hours: float = 0, form: str = "form", call: str = "call") -> PastFiring:
    return PastFiring(at(hours), FEVER, "urgent", form, [["safety.body", ["fever"]]], call)


def tear(hours: float = 0, form: str = "form") -> PastFiring:
    return PastFiring(at(hours), TEAR, "red", form, [["bg.tear", "third"]])


def outcome(hours: float, word: str, call: str = "call", note: str | None = None) -> PastOutcome:
    return PastOutcome(at(hours), call, word, note, LEE)


def decision(hours: float, form: str = "form", **fields: object) -> PastDecision:
    given: dict[str, object] = {"marks": {}, "reasons": {}, "next_act": "none", "note": ""}
    given |= {"opened": False, "id": f"decision-{hours}", **fields}
    return PastDecision(at=at(hours), form=form, by=ROSA, **given)


def reviewed(hours: float, rule: str = FEVER, form: str = "form") -> PastDecision:
    return decision(hours, form, marks={rule: "reviewed"}, opened=True)


def visit(hours: float) -> PastVisit:
    return PastVisit(at(hours), ROSA)


def states(*past: Past) -> dict[str, str]:
    """Return the state of each rule's last concern, after these events in any order."""
    return {one.rule: one.state for one in replay(reversed(past)).concerns}


def only_call(moved: Moved) -> tuple[str, datetime | None, int | None, bool]:
    """Return outcome, end, whose it is and whether it is unreached, of the one urgent call."""
    (task,) = [one for one in moved.tasks if one.kind == "urgent_call"]
    return task.outcome, task.closed_at, task.closed_by, task.is_unreached


# --- outcomes of calls ---


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("seen", "seen"),
        ("getting_care", "other_professional"),
        ("mistake", "spoke"),
        ("emergency_sent", "emergency_sent"),
    ],
)
def test_what_an_outcome_of_then_is_now(then, now):
    moved = replay([fever(), outcome(1, then)])
    assert only_call(moved) == (now, at(1), LEE, False)
    # Nobody has looked yet.
    assert states(fever(), outcome(1, then)) == {FEVER: "open"}
    assert states(fever(), outcome(1, then), reviewed(2)) == {FEVER: "resolved"}


def test_with_whom_she_was_is_said_to_be_unknown_when_it_is():
    (task,) = replay([fever(), outcome(1, "getting_care")]).tasks
    assert task.lines[-1].words == {"note": "With whom was not recorded."}
    (task,) = replay([fever(), outcome(1, "getting_care", note="Dr. Poe")]).tasks
    assert task.lines[-1].words == {"note": "Dr. Poe"}


def test_not_reached_is_a_try_and_the_call_is_still_owed():
    past = [fever(), outcome(1, "not_reached", note="Mailbox full"), reviewed(2)]
    moved = replay(past)
    assert only_call(moved) == ("", None, None, True)
    (task,) = moved.tasks
    assert [(one.kind, one.at, one.by, one.words) for one in task.tries] == [
        ("not_reached", at(1), LEE, {"note": "Mailbox full"})
    ]
    assert states(*past) == {FEVER: "open"}
    assert moved.open_levels == {"urgent"}


def test_a_later_call_that_reached_her_ends_what_was_tried_in_vain():
    past = [fever(), outcome(1, "not_reached"), fever(5, "later", "second")]
    past += [outcome(6, "seen", "second")]
    assert only_call(replay(past)) == ("seen", at(6), LEE, False)


def test_an_earlier_contact_does_not_make_up_for_a_call_that_reached_nobody():
    past = [fever(), fever(0.1, "later", "second"), outcome(1, "seen", "second")]
    past += [outcome(2, "not_reached")]
    assert only_call(replay(past)) == ("", None, None, True)


def test_after_a_new_answer_earlier_tries_stay_listed_and_no_longer_count():
    moved = replay([fever(), outcome(1, "not_reached"), fever(5, "later", "second")])
    assert only_call(moved) == ("", None, None, False)
    assert len(moved.tasks[0].tries) == 1
    assert moved.tasks[0].tries_from == at(5)


def test_a_visit_that_took_place_after_the_tries_is_the_contact():
    moved = replay([fever(), outcome(1, "not_reached"), visit(48)])
    assert only_call(moved) == ("seen", at(48), ROSA, False)


def test_a_visit_is_no_contact_about_an_answer_that_nobody_called_about():
    assert only_call(replay([fever(), visit(48)])) == ("", None, None, False)
    before = [fever(), visit(0.5), outcome(1, "not_reached")]
    assert only_call(replay(before)) == ("", None, None, True)
    between = [fever(), outcome(1, "not_reached"), fever(5, "later", "second"), visit(48)]
    assert only_call(replay(between)) == ("", None, None, False)


def test_two_calls_are_one_task_that_is_over_when_both_have_an_outcome():
    both = [fever(), fever(1, "later", "second")]
    one = [*both, outcome(2, "seen", note="On the ward")]
    assert only_call(replay(one)) == ("", None, None, False)
    moved = replay([*one, outcome(3, "mistake", "second", note="Wrong box")])
    assert only_call(moved) == ("spoke", at(3), LEE, False)
    closed = [line for line in moved.tasks[0].lines if line.kind == "closed"]
    assert [(line.at, line.state, line.words["note"]) for line in closed] == [
        (at(2), "seen", "On the ward"),
        (at(3), "spoke", "Wrong box"),
    ]


def test_an_answer_after_the_outcome_owes_another_call():
    tasks = replay([fever(), outcome(1, "seen"), fever(2, "later", "second")]).tasks
    assert [one.closed_at for one in tasks] == [at(1), None]


# --- marks ---


def test_a_review_before_the_outcome_does_not_resolve():
    assert states(fever(), reviewed(1), outcome(2, "seen")) == {FEVER: "open"}


def test_what_was_held_stays_held_under_a_form_that_says_nothing_of_it():
    held = decision(1, marks={TEAR: "impact_held"}, reasons={TEAR: "Not before week 12"})
    past = [tear(), held, fever(2, "second"), outcome(3, "seen"), reviewed(4, form="second")]
    assert states(*past) == {TEAR: "impact_held", FEVER: "resolved"}
    assert replay(past).open_levels == {"red"}


def test_what_was_held_and_is_answered_again_is_looked_at_again():
    held = decision(1, marks={TEAR: "impact_held"})
    assert states(tear(), held, tear(2, "second")) == {TEAR: "look_again"}


def test_a_mark_on_a_form_that_a_correction_replaced_counts_for_the_rule():
    assert states(tear(), reviewed(1, TEAR)) == {TEAR: "resolved"}
    # The correction still says it when the form before it is held.
    held = decision(2, "form", marks={TEAR: "impact_held"})
    assert states(tear(), tear(1, "correction"), held) == {TEAR: "impact_held"}


def test_a_review_of_an_older_form_does_not_resolve_what_a_later_one_says():
    assert states(tear(), tear(1, "second"), reviewed(2, TEAR)) == {TEAR: "open"}


def test_a_mark_for_a_rule_of_another_form_counts_for_nothing():
    assert states(tear(), reviewed(1, TEAR, form="other")) == {TEAR: "open"}


def test_after_it_was_resolved_an_answer_opens_another_concern():
    moved = replay([tear(), reviewed(1, TEAR), tear(2, "second")])
    assert [one.state for one in moved.concerns] == ["resolved", "open"]
    assert [one.raised_at for one in moved.concerns] == [at(0), at(2)]


def test_what_was_taken_back_counts_as_red_until_call_and_review():
    taken_back = PastChange(at(1), (FEVER,), "form")
    moved = replay([fever(), taken_back])
    assert [one.state for one in moved.concerns] == ["taken_back"]
    assert moved.open_levels == {"red"}
    read = decision(3, read=(FEVER,))
    assert states(fever(), taken_back, read) == {FEVER: "taken_back"}
    assert states(fever(), taken_back, outcome(2, "mistake"), read) == {FEVER: "resolved"}


def test_what_another_form_says_too_is_not_taken_back():
    past = [fever(), fever(1, "second"), PastChange(at(2), (FEVER,), "second")]
    assert states(*past) == {FEVER: "open"}


def test_times_people_and_reasons_are_those_of_then():
    held = decision(1, marks={TEAR: "impact_held"}, reasons={TEAR: "Not before week 12"})
    (concern,) = replay([tear(), held]).concerns
    assert (concern.raised_at, concern.changed_at, concern.changed_by) == (at(0), at(1), ROSA)
    assert [(line.kind, line.at, line.by, line.state) for line in concern.lines] == [
        ("fired", at(0), None, "open"),
        ("marked", at(1), ROSA, "impact_held"),
    ]
    assert concern.lines[0].words == {"form": "form", "answers": [["bg.tear", "third"]]}
    assert concern.lines[1].words["reason"] == "Not before week 12"


# --- decisions ---


@pytest.mark.parametrize(
    ("act", "kind"),
    [("call", "call_patient"), ("ask", "ask_patient"), ("decline", "call_patient")],
)
def test_what_a_decision_promised_is_owed_until_a_later_one_stands(act, kind):
    signed = decision(1, next_act=act, note="How was the stitch checked?", id="first")
    (task,) = replay([tear(), signed]).tasks
    assert (task.kind, task.about, task.closed_at) == (kind, "decision:first", None)
    assert task.question == "How was the stitch checked?"
    (task,) = replay([tear(), signed, decision(2)]).tasks
    assert (task.outcome, task.closed_at, task.closed_by) == ("withdrawn", at(2), ROSA)
    (task,) = replay([tear(), signed, visit(2)]).tasks
    assert (task.outcome, task.closed_at) == ("spoke", at(2))


def test_a_decline_lasts_until_a_later_decision_opened_booking():
    declined = [tear(), decision(1, next_act="decline")]
    assert replay(declined).is_declined
    assert replay([*declined, tear(2, "second")]).is_declined
    assert replay([*declined, decision(2, opened=False)]).is_declined
    moved = replay([*declined, decision(2, opened=True)])
    assert not moved.is_declined
    assert [(one.ended_at, one.ended_by) for one in moved.declines] == [(at(2), ROSA)]


def test_her_own_doctor_is_asked_about_only_while_it_is_open():
    bleeding = PastFiring(START, BLEEDING, "red", "form", [])
    assert [one.kind for one in without_what_is_over(replay([bleeding, visit(1)]))] == [
        "own_doctor"
    ]
    assert without_what_is_over(replay([bleeding, reviewed(1, BLEEDING)])) == []


def test_a_private_check_in_comes_before_its_review():
    skipped = PastFiring(START, "R-MIND-SKIP", "red", "form", [])
    assert states(skipped, reviewed(1, "R-MIND-SKIP")) == {"R-MIND-SKIP": "open"}
    seen = [skipped, visit(1), reviewed(2, "R-MIND-SKIP")]
    assert states(*seen) == {"R-MIND-SKIP": "resolved"}
