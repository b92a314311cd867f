"""What obliges the clinic to what, who may end it and how: typed from what was decided."""

import pytest

from intake.concerns.task_kinds import (
    KINDS,
    SENSITIVE,
    danger_of,
    kind_before_review,
    kind_owed_for,
    may_close,
    tries_until_unreached,
)
from intake.triage.rules import rule

HARM = ["U-SELF-HARM", "U-BABY-HARM", "U-PSYCHOSIS", "CU-MIND", "CU-PSYCHOSIS"]
OWN_DOCTOR = ["R-BLEED-BACK", "R-URINE-BLOOD", "R-BLEED-8WK", "CR-BLEED"]
CHECK_IN = ["R-MIND-SKIP", "R-MOOD-DAILY", "CR-MOOD"]


@pytest.mark.parametrize("rule_id", HARM)
def test_what_is_about_harm_is_ended_by_a_clinician_and_loud_after_one_try(rule_id):
    assert rule(rule_id).level == "urgent"
    assert rule_id in SENSITIVE
    assert not may_close("urgent_call", is_sensitive=True, roles={"manager"})
    assert may_close("urgent_call", is_sensitive=True, roles={"manager", "clinician"})
    assert tries_until_unreached("urgent_call", is_sensitive=True) == 1


def test_nothing_else_is_about_harm():
    assert sorted(SENSITIVE) == sorted(HARM)
    assert may_close("urgent_call", is_sensitive=False, roles={"manager"})
    assert tries_until_unreached("urgent_call", is_sensitive=False) == 3


@pytest.mark.parametrize("rule_id", OWN_DOCTOR)
def test_whoever_was_sent_to_her_doctor_is_asked_whether_she_went(rule_id):
    assert kind_owed_for(rule_id, rule(rule_id).level) == "own_doctor"
    assert KINDS["own_doctor"].working_days == 2
    assert {one.id for one in KINDS["own_doctor"].outcomes} == {"went", "will_go", "declined"}
    assert kind_before_review(rule_id, rule(rule_id).level) == ""


@pytest.mark.parametrize("rule_id", CHECK_IN)
def test_a_promised_check_in_is_owed_and_comes_before_the_review(rule_id):
    assert kind_owed_for(rule_id, rule(rule_id).level) == "private_check_in"
    assert kind_before_review(rule_id, rule(rule_id).level) == "private_check_in"
    assert not may_close("private_check_in", is_sensitive=False, roles={"manager"})


@pytest.mark.parametrize(
    ("kind", "outcomes"),
    [
        ("urgent_call", {"spoke", "emergency_sent", "other_professional", "seen"}),
        ("private_check_in", {"spoke", "declined", "seen"}),
        ("call_patient", {"answered", "spoke", "withdrawn"}),
        ("ask_patient", {"answered", "spoke", "withdrawn"}),
        ("rebook", {"booked", "declined", "withdrawn"}),
        ("desk_note", {"done"}),
        ("read_message", {"answered", "no_answer_needed"}),
        ("fix_contact", {"corrected", "confirmed"}),
        ("hand_over", {"handed_over", "withdrawn"}),
    ],
)
def test_each_kind_ends_with_its_outcomes_and_no_try_is_one(kind, outcomes):
    assert {one.id for one in KINDS[kind].outcomes} == outcomes


def test_the_ways_to_help_that_cannot_wait_stand_first_alike():
    for action in ("call_911", "go_er", "crisis_988"):
        assert danger_of("urgent_call", [action, "call_provider_now"]) == 1
    assert danger_of("urgent_call", ["call_provider_now"]) == 2
    assert danger_of("own_doctor", ["call_911"]) == 3
