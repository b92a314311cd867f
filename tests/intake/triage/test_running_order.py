"""No result gives two orders about running: every pair of rules, and what each page shows."""

import re
from collections.abc import Iterable
from itertools import combinations_with_replacement

import pytest
from hypothesis import given

from intake.questionnaire.answers import FINAL
from intake.triage.evaluate import evaluate_checkin, evaluate_intake
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, LEVELS, Rule, rule
from intake.triage.running_order import (
    LINES,
    ORDERS,
    listed_text,
    once_each,
    order_of,
    strictest,
)
from tests.intake.samples import AS_OF, Raw
from tests.intake.strategies import UNTIMED, complete_checkin, complete_intake

# Typed from what the clinicians decided, never from the code: the lines, and who carries an order.
# Every red rule waits, too; rules that are not named carry none.
TYPED_LINES = {
    "wait": (
        "Running and jumping: please wait until you have heard from us. Easy walking is fine if it "
        "feels good."
    ),
    "walk": "Please stick to walking and rest until you have heard from us.",
    "same": "Running: stay where you are, or take a step back, until runs feel easy.",
    "easy": "Running: keep it short and easy.",
}
CARRIED = {
    "C-LOAD-IMPACT": "wait", "C-LOAD-WALK": "wait", "C-PAIN-LIMP": "wait",
    "C-PAIN-IMPACT": "wait", "C-PAIN-PINPOINT": "wait", "C-TIME-LT6": "walk",
    "C-RUN-SETTLES": "same", "CC-PAIN": "same", "CC-HEAVY": "same", "CC-LEAK": "same",
    "CC-LOAD": "same", "CC-RISE": "same", "C-TIME-RUN": "easy",
}  # fmt: skip
# Every sentence about running, jumping, walking or stages in the texts of the rules, with the order
# that a reader takes from it; None explains or promises and orders nothing.
SENTENCES = {
    "Please hold off on running until we have it.": "wait",
    "We will go over them with you before any impact.": None,
    "Please stick to walking and rest until we have seen you.": "walk",
    "Then we talk about running.": None,
    "We want your cut or stitches to heal before you run or jump.": None,
    "Please call your OB or midwife this week, and hold off on impact.": "wait",
    "Please call your OB or midwife today, and rest from impact.": "wait",
    "We check this before any impact.": None,
    "Leaking for no clear reason needs a closer look before you run.": None,
    "Let’s treat that first so running feels good again.": None,
    "Daily heaviness tells us your support needs care before impact.": None,
    "Easy walking is fine if it feels OK.": "walk",
    "We check this before impact.": None,
    "Let’s get you support before impact.": None,
    "Your pessary needs a check before you run.": None,
    "Please hold off on running until we find the cause.": "wait",
    "Pain that does not ease with rest needs a closer look before any impact.": None,
    "Please stop running and jumping until you are checked.": "wait",
    "Let’s look at that with you before adding impact.": None,
    "Please pause running until we see you.": "wait",
    "Enjoy rest, easy walks, and gentle pelvic floor work.": "walk",
    "Some people run this early.": None,
    "A check now helps you keep going safely.": "easy",
    "Until then, keep it short and easy.": "easy",
    "We hold running and jumping tests until 12 weeks.": None,
    "We will look at how your repair is doing before impact.": None,
    "A past stress fracture means we build up impact with extra care.": None,
    "Many people run well with one.": None,
    "Low iron can make running feel hard.": None,
    "Trouble emptying your bladder is worth a check before impact.": None,
    "We will train for them as you build up to running.": None,
    "Heaviness that shows up each week is a sign to check your support before impact.": None,
    "You can run with prolapse.": None,
    "We will first check how your support copes with impact.": None,
    "Pain of 4 or more means we adjust before you run.": None,
    "Pain when you land needs a look before more running.": None,
    "If you are limping, please don’t run on it yet.": "wait",
    "A sore spot on a bone needs a check before running.": None,
    "Let’s make walking feel good first.": None,
    "Running comes next.": None,
    "Build up to a 30-minute walk.": None,
    "Symptoms with impact are what this program is made for.": None,
    "Hold off on running for now.": "wait",
    "Stay at this level, or drop back a little, until runs feel clear.": "same",
    "Feeling worn out is a reason to go slower.": None,
    "Your body needs enough food to heal, feed, and run.": None,
    "A few things together raise your chance of pain with running.": None,
    "No impact until we check it.": "wait",
    "Stop running.": "wait",
    "Rest from impact until your visit.": "wait",
    "No impact.": "wait",
    "No impact tests.": "wait",
    "No impact until we check your support.": "wait",
    "No impact until we check why.": "wait",
    "Let’s make walking feel good again first.": None,
    "Repeat your stage.": "same",
    "Repeat your stage and we will look at why.": "same",
}
ABOUT_RUNNING = re.compile(
    r"\b(run|runs|running|jump\w*|impact|walk\w*|stage|level|slower|keep going|short and easy)\b",
    re.IGNORECASE,
)
PAIRS = [
    pair
    for rules in (INTAKE_RULES, CHECKIN_RULES)
    for pair in combinations_with_replacement(rules, 2)
]


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text) if text else []


def shown(rules: Iterable[Rule], *, offers_program: bool = False) -> tuple[str, list[str]]:
    """Return the line and the list of a result in which these rules fired."""
    fired = sorted(set(rules), key=lambda one: (LEVELS.index(one.level), one.id))
    level = min((one.level for one in fired), key=LEVELS.index, default="clear")
    line = strictest(fired, level)
    texts = [listed_text(one, line, level=level, offers_program=offers_program) for one in fired]
    return (LINES[line] if line else ""), [text for text in once_each(texts) if text]


def orders_in(line: str, texts: Iterable[str]) -> set[str]:
    """Return the orders that a reader takes from the line and from the sentences of the list."""
    found = {name for name, words in TYPED_LINES.items() if words == line}
    said = {SENTENCES.get(one) for text in texts for one in sentences(text)}
    return found | {one for one in said if one}


def test_the_lines_are_those_that_were_decided() -> None:
    assert dict(LINES) == TYPED_LINES
    assert ORDERS == ("wait", "walk", "same", "easy")


@pytest.mark.parametrize("one", [*INTAKE_RULES, *CHECKIN_RULES], ids=lambda one: one.id)
def test_each_rule_carries_the_order_that_was_decided(one: Rule) -> None:
    expected = CARRIED.get(one.id, "wait" if one.level == "red" else None)
    assert order_of(one) == expected


def test_every_sentence_about_running_is_sorted_by_hand() -> None:
    told = {part for one in (*INTAKE_RULES, *CHECKIN_RULES) for part in sentences(one.told)}
    assert {one for one in told if ABOUT_RUNNING.search(one)} <= set(SENTENCES)
    # What is cut from a text adds no new sentence about running.
    for one in (*INTAKE_RULES, *CHECKIN_RULES):
        for level in LEVELS:
            for line in (None, *ORDERS):
                for part in sentences(listed_text(one, line, level=level)):
                    assert (
                        part in SENTENCES
                        or not ABOUT_RUNNING.search(part)
                        or (part == "Symptoms with impact are something we can work on with you.")
                    )


def test_no_pair_of_rules_gives_two_orders() -> None:
    for pair in PAIRS:
        line, texts = shown(pair)
        orders = orders_in(line, texts)
        ids = [one.id for one in pair]
        assert len(orders) <= 1, (ids, line, texts)
        levels = {one.level for one in pair}
        if "urgent" in levels:
            assert (line, orders) == ("", set()), (ids, texts)
        elif "red" in levels:
            assert line == TYPED_LINES["wait"], ids
        else:
            carried = [CARRIED[one] for one in ids if one in CARRIED]
            expected = next((one for one in TYPED_LINES if one in carried), None)
            assert line == (TYPED_LINES[expected] if expected else ""), ids


def test_no_pair_of_rules_says_a_sentence_twice() -> None:
    for pair in PAIRS:
        _, texts = shown(pair)
        said = [part for text in texts for part in sentences(text)]
        assert len(said) == len(set(said)), texts


@UNTIMED
@given(raw=complete_intake())
def test_no_intake_gives_two_orders(raw: Raw) -> None:
    flags = evaluate_intake(raw, as_of=AS_OF, mode=FINAL).flags
    assert len(orders_in(*shown(rule(one.rule_id) for one in flags))) <= 1


@UNTIMED
@given(raw=complete_checkin())
def test_no_check_in_gives_two_orders(raw: Raw) -> None:
    flags = evaluate_checkin(raw, as_of=AS_OF, previous_scores={"pain": 0}).flags
    assert len(orders_in(*shown(rule(one.rule_id) for one in flags))) <= 1


def of(*ids: str, offers_program: bool = False) -> tuple[str, list[str]]:
    return shown((rule(one) for one in ids), offers_program=offers_program)


def test_nine_weeks_forceps_running_and_small_leaks() -> None:
    fired = ("C-DOMING", "C-LOAD-IMPACT", "C-RUN-SETTLES", "C-TIME-RUN", "C-LOAD-SHORT")
    assert of(*fired) == (
        TYPED_LINES["wait"],
        [
            "Doming is common. We will check your belly wall and teach you how to manage pressure.",
            "Symptoms with impact are something we can work on with you.",
            "Build up to a 30-minute walk. That is the first step.",
            "Some people run this early. A check now helps.",
        ],
    )


def test_running_at_five_weeks() -> None:
    assert of("R-TIME-RUN") == (TYPED_LINES["wait"], ["Your body is still in early healing."])


def test_a_check_in_with_daily_heaviness_that_rose() -> None:
    assert of("CR-HEAVY", "CC-LEAK", "CC-RISE") == (
        TYPED_LINES["wait"],
        ["No impact until we check your support.", "Something got worse. We will look at why."],
    )


def test_a_sentence_that_begins_like_one_above_is_shown_once_and_the_rest_stays() -> None:
    assert of("CR-BULGE", "CR-NERVE", "CR-STOOL") == (
        TYPED_LINES["wait"],
        [
            "No impact until we check it.",
            "If it spreads to both legs or between your legs, go to the emergency room.",
        ],
    )
    assert once_each(["One is here. Two is there.", "One is here and more.", "Two. Three."]) == [
        "One is here. Two is there.",
        "One is here and more.",
        "Three.",
    ]


def test_what_calls_the_doctor_is_never_left_out() -> None:
    _, texts = of("R-BLEED-8WK", "R-BLEED-BACK", "C-URINE-BURN")
    said = " ".join(texts)
    assert "Please call your OB or midwife this week." in said
    assert "Please call your OB or midwife today." in said
    assert of("CR-BLEED", "CR-PAIN")[1] == [
        "Call your OB or midwife today.",
        "We will find the cause first.",
    ]


def test_a_text_names_the_program_only_where_it_was_offered() -> None:
    assert of("C-LOAD-IMPACT", offers_program=True)[1] == [
        "Symptoms with impact are what this program is made for."
    ]
    for one in (*INTAKE_RULES, *CHECKIN_RULES):
        for level in LEVELS:
            for line in (None, *ORDERS):
                assert "this program" not in listed_text(one, line, level=level)
