"""The tests of a visit and what their results mean.

Source: docs/clinical.md, "Tests of a visit".

Amounts are whole repetitions, seconds or minutes, as each item's unit says; pain is 0 to 10.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from intake.questionnaire.definition import msg

Result = Literal["pass", "borderline", "fail", "not_tested"]

PASS: Result = "pass"  # noqa: S105 of a test, not a secret
BORDERLINE: Result = "borderline"
FAIL: Result = "fail"
NOT_TESTED: Result = "not_tested"

# Ids of batteries are the first part of the ids of their items ("li.hop").
LOAD, STRENGTH, PELVIC_FLOOR = "li", "st", "pf"
MOST_PAIN_AT_BORDERLINE = 3


@dataclass(frozen=True)
class Item:
    """One test. `is_sided` items need an amount for each side, others one overall."""

    id: str
    name: str
    threshold: int
    unit: str
    is_sided: bool
    source: str = "S1"

    @property
    def battery(self) -> str:
        """The id of its battery: load and impact, strength or pelvic floor."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Battery:
    """A group of tests that are shown together."""

    id: str
    name: str
    items: tuple[Item, ...]


_REPS, _SECONDS, _MINUTES = msg("reps"), msg("s"), msg("min")

BATTERIES = (
    Battery(
        LOAD,
        msg("Load and impact"),
        (
            Item("li.walk30", msg("Brisk walk"), 30, _MINUTES, is_sided=False),
            Item("li.balance", msg("Single-leg stand"), 10, _SECONDS, is_sided=True),
            Item("li.squat", msg("Single-leg squat"), 10, _REPS, is_sided=True),
            Item("li.jog", msg("Jog on the spot"), 1, _MINUTES, is_sided=False),
            Item("li.bound", msg("Forward bounds"), 10, _REPS, is_sided=False),
            Item("li.hop", msg("Hop in place"), 10, _REPS, is_sided=True),
            Item("li.runman", msg("Single-leg running man"), 10, _REPS, is_sided=True),
        ),
    ),
    Battery(
        STRENGTH,
        msg("Strength"),
        (
            Item("st.calf", msg("Single-leg calf raise"), 20, _REPS, is_sided=True),
            Item("st.bridge", msg("Single-leg bridge"), 20, _REPS, is_sided=True),
            Item("st.sitstand", msg("Single-leg sit to stand"), 20, _REPS, is_sided=True),
            Item("st.abd", msg("Side-lying leg raise"), 20, _REPS, is_sided=True),
        ),
    ),
    Battery(
        PELVIC_FLOOR,
        msg("Pelvic floor, only with consent"),
        (
            Item("pf.fast", msg("Quick squeezes with full let-go"), 10, _REPS, is_sided=False),
            Item("pf.strong", msg("Strong holds of 6 to 8 seconds"), 8, _REPS, is_sided=False),
            Item("pf.endure", msg("Gentle hold at 30 to 50% effort"), 60, _SECONDS, is_sided=False),
        ),
    ),
)
ITEMS: Mapping[str, Item] = {item.id: item for battery in BATTERIES for item in battery.items}

_LI = tuple(one for one in ITEMS if one.startswith("li."))
_ST = tuple(one for one in ITEMS if one.startswith("st."))
_PF = tuple(one for one in ITEMS if one.startswith("pf."))


@dataclass(frozen=True)
class Recorded:
    """What was seen at one test. Amounts and pain are None where they were not recorded."""

    left: int | None = None
    right: int | None = None
    overall: int | None = None
    leak: bool = False
    heaviness: bool = False
    limp: bool = False
    pain: int | None = None

    def amounts(self, item: Item) -> tuple[int | None, ...]:
        """Return the amounts that count for this item: left and right, or the overall one."""
        return (self.left, self.right) if item.is_sided else (self.overall,)

    def least(self, item: Item) -> int | None:
        """Return the smallest amount that counts, or None if one of them was not recorded."""
        amounts = [one for one in self.amounts(item) if one is not None]
        return min(amounts) if len(amounts) == len(self.amounts(item)) else None

    @property
    def has_symptom(self) -> bool:
        """Whether the patient leaked, felt heaviness or limped."""
        return self.leak or self.heaviness or self.limp


def result_of(item: Item, recorded: Recorded | None) -> Result:
    """Return what the recorded test means.

    Pass: the threshold on both sides (or overall) without leak, heaviness, limp or pain.
    Borderline: the same with pain 1 to 3. Not tested: an amount or the pain was not recorded.
    """
    # Pain decides between pass, borderline and fail: without it nothing can be said.
    if recorded is None or recorded.pain is None:
        return NOT_TESTED
    least = recorded.least(item)
    if least is None:
        return NOT_TESTED
    if least < item.threshold or recorded.has_symptom:
        return FAIL
    if recorded.pain == 0:
        return PASS
    return BORDERLINE if recorded.pain <= MOST_PAIN_AT_BORDERLINE else FAIL


def items_due(step: int | None, earlier: Mapping[str, Result]) -> tuple[str, ...]:
    """Return the ids of the tests of this visit, in the order of the batteries.

    `step` is that of the protocol, None for a follow-up: the clinician chooses what it tests.
    `earlier` are the latest results in the episode, by item: steps 3 and 4 ask again for what has
    not passed. Source: docs/clinical.md, "The six steps".
    """
    if step is None:
        due: tuple[str, ...] = ()
    elif step == 1:
        due = ("li.walk30", "li.balance", *_PF)
    elif step == 2:
        due = _ST
    elif step == 3:
        due = (*_LI, *(one for one in _ST if earlier.get(one) != PASS))
    elif step == 4:
        due = tuple(one for one in _LI if earlier.get(one) != PASS)
    elif step == 5:
        due = ("li.hop", "st.calf")
    else:
        due = (*_LI, *_ST)
    # Sorted as the page shows them, whatever the order above.
    return tuple(one for one in ITEMS if one in due)
