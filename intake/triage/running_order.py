"""One order about running: what a result says above its list, and what the list then leaves out.

The texts of the rules are true alone and can contradict each other side by side ("hold off for
now", "stay at this level", "keep it short and easy"). So a rule whose text says something about
running, jumping or walking has an order here. A result shows the strictest one once, above its
list, and in the list no sentence with another order. The rules themselves do not change. Source:
docs/clinical.md, "One order about running" (OWN).
"""

# mypy: disallow-any-explicit

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from intake.questionnaire.definition import msg
from intake.triage.rules import RED, URGENT, Level, Rule

Order = Literal["wait", "walk", "same", "easy"]
WAIT: Order = "wait"
WALK: Order = "walk"
SAME: Order = "same"
EASY: Order = "easy"
ORDERS = (WAIT, WALK, SAME, EASY)  # the strictest first

LINES: Mapping[Order, str] = {
    WAIT: msg(
        "Running and jumping: please wait until you have heard from us. Easy walking is fine if it "
        "feels good."
    ),
    WALK: msg("Please stick to walking and rest until you have heard from us."),
    SAME: msg("Running: stay where you are, or take a step back, until runs feel easy."),
    EASY: msg("Running: keep it short and easy."),
}


@dataclass(frozen=True)
class Ordered:
    """The order of a rule, and what is left of its text beside the line above the list.

    `own` is what the list says when the line is this rule's own order; None is the whole text.
    `under` is what it says when no order may stand in it, below a stricter line or in an urgent
    result; None is `own` where that is given to a rule that waits, else nothing. Both are cut from
    the rule's text: what explains the flag stays, what gives the order goes.
    """

    order: Order
    own: str | None = None
    under: str | None = None


# Red rules that are not listed say nothing that has to be left out; their order is wait all the
# same.
ORDERED: Mapping[str, Ordered] = {
    "R-DATA-BIRTH": Ordered(WAIT, msg("We need the date you gave birth to know what is safe.")),
    "R-TIME-RUN": Ordered(WAIT, msg("Your body is still in early healing.")),
    "R-BLEED-8WK": Ordered(
        WAIT,
        msg(
            "Bleeding from birth that lasts 8 weeks or more needs a check. Please call your OB or "
            "midwife this week."
        ),
    ),
    "R-BLEED-BACK": Ordered(
        WAIT,
        msg(
            "Bleeding that comes back or gets heavier with activity needs a check. Please call "
            "your OB or midwife today."
        ),
    ),
    "R-HEAVY-DAILY": Ordered(
        WAIT, msg("Daily heaviness tells us your support needs care before impact.")
    ),
    "R-PAIN-SEVERE": Ordered(WAIT, msg("Your pain is strong.")),
    "R-PAIN-BONE": Ordered(
        WAIT, msg("This pattern can be a bone stress injury. You may need a scan.")
    ),
    "R-RUN-LASTS": Ordered(WAIT, msg("Your body is telling us the load is too high.")),
    "C-LOAD-IMPACT": Ordered(WAIT, msg("Symptoms with impact are what this program is made for.")),
    "C-LOAD-WALK": Ordered(WAIT, msg("Let’s make walking feel good first.")),
    "C-PAIN-LIMP": Ordered(WAIT),
    "C-PAIN-IMPACT": Ordered(
        WAIT, under=msg("Pain when you land needs a look before more running.")
    ),
    "C-PAIN-PINPOINT": Ordered(
        WAIT, under=msg("A sore spot on a bone needs a check before running.")
    ),
    "C-TIME-LT6": Ordered(
        WALK,
        under=msg(
            "You are in early healing. You can book an evaluation now; 6 weeks or later is usually "
            "best."
        ),
    ),
    "C-RUN-SETTLES": Ordered(SAME, own=""),
    "C-TIME-RUN": Ordered(
        EASY,
        own=msg("Some people run this early. A check now helps you keep going safely."),
        under=msg("Some people run this early. A check now helps."),
    ),
    "CR-BULGE": Ordered(WAIT),
    "CR-STOOL": Ordered(WAIT),
    "CR-NERVE": Ordered(
        WAIT,
        under=msg("If it spreads to both legs or between your legs, go to the emergency room."),
    ),
    "CR-PREGNANT": Ordered(WAIT, under=msg("A clinician will adjust your plan.")),
    "CR-HEAVY": Ordered(WAIT),
    "CR-LEAK": Ordered(WAIT, under=msg("You are leaking many times a day.")),
    "CR-LOAD": Ordered(WAIT, under=msg("Let’s make walking feel good again first.")),
    "CR-BONE": Ordered(WAIT, msg("You may need a scan.")),
    "CR-LINGER": Ordered(WAIT, own=""),
    "CR-BLEED": Ordered(WAIT, msg("Call your OB or midwife today.")),
    "CR-PAIN": Ordered(WAIT, msg("We will find the cause first.")),
    "CC-PAIN": Ordered(SAME),
    "CC-HEAVY": Ordered(SAME),
    "CC-LEAK": Ordered(SAME),
    "CC-LOAD": Ordered(SAME),
    "CC-RISE": Ordered(
        SAME,
        own=msg("Something got worse. We will look at why."),
        under=msg("Something got worse. We will look at why."),
    ),
}
# Texts that name the program, and what they say on a page that has not offered it.
WITHOUT_PROGRAM: Mapping[str, str] = {
    "C-LOAD-IMPACT": msg("Symptoms with impact are something we can work on with you."),
}


def order_of(rule: Rule) -> Order | None:
    """Return what the rule says about running; None for a rule that says nothing."""
    if rule.id in ORDERED:
        return ORDERED[rule.id].order
    return WAIT if rule.level == RED else None


def strictest(rules: Iterable[Rule], level: Level) -> Order | None:
    """Return the order of a result of this level in which these rules fired, or None.

    An urgent result shows none: getting care comes first. A red one is at least wait.
    """
    if level == URGENT:
        return None
    found = {order_of(rule) for rule in rules} | ({WAIT} if level == RED else set())
    return next((order for order in ORDERS if order in found), None)


def listed_text(
    rule: Rule, line: Order | None, *, level: Level, offers_program: bool = False
) -> str:
    """Return what the list says about this rule below `line`, "" when nothing is left to say.

    `level` is that of the whole result. With `offers_program` the page has offered the program
    before the list, so a text may name it. The text is English and not yet translated.
    """
    ordered = ORDERED.get(rule.id)
    if ordered is None:
        return rule.told
    if not offers_program and rule.id in WITHOUT_PROGRAM:
        return WITHOUT_PROGRAM[rule.id]
    # An urgent result shows no order at all, so nothing of one may stand in its list either.
    if level == URGENT or (line is not None and ORDERS.index(line) < ORDERS.index(ordered.order)):
        return ordered.under if ordered.under is not None else _without_order(ordered)
    return rule.told if ordered.own is None else ordered.own


def _without_order(ordered: Ordered) -> str:
    # `own` of a wait rule is free of its order; a stricter line than wait there is none.
    return ordered.own or "" if ordered.order == WAIT else ""


def once_each(texts: Sequence[str]) -> list[str]:
    """Return the texts without the sentences that a text above begins with or contains.

    A sentence that another one above begins with adds nothing and is left out; the rest of its text
    stays. A text of which nothing is left becomes "". Works in any language that ends a sentence
    with a full stop and a space.
    """
    above: list[str] = []
    shown = []
    for text in texts:
        kept = []
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            if not any(_begins_like(sentence, earlier) for earlier in above):
                kept.append(sentence)
                above.append(sentence)
        shown.append(" ".join(kept))
    return shown


def _begins_like(sentence: str, earlier: str) -> bool:
    """Tell whether everything the sentence says stands at the beginning of an earlier one."""
    words = sentence.rstrip(".!?").split()
    return words == earlier.rstrip(".!?").split()[: len(words)]
