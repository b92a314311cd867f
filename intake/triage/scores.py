"""The four scores of the trend charts, from 0 to 100 points; lower is better.

They are the clinic's own scales, not validated, and never named after an instrument. A score is
None when a part it needs is missing: a gap in the chart, not a zero. Scores never decide a level,
except that a rise at a check-in is a caution. Source: docs/clinical.md, "Scores".
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping

from intake.questionnaire.answers import Answers
from intake.questionnaire.definition import msg

Scores = dict[str, int | None]

SCORES = ("leak", "heaviness", "pain", "readiness")
RISING_SCORES = ("leak", "heaviness", "pain")  # the ones whose rise a check-in rule looks at

# Points of each choice. The weights in the formulas below make the worst answers add up to 100.
LEAK_FREQUENCY = {"monthly": 1, "weekly": 2, "several_weekly": 3, "daily": 4, "many_daily": 5}
LEAK_AMOUNT = {"drops": 1, "wet": 2, "soak": 3}
HEAVINESS_FREQUENCY = {"monthly": 1, "weekly": 2, "several_weekly": 3, "daily": 4, "constant": 5}
LOAD = {"impact_ok": 0, "walk30": 1, "impact_symptoms": 2, "short_walk": 3, "walk_symptoms": 4}

# The highest score of each band, and its name.
_BANDS = (
    (0, msg("none")),
    (24, msg("low")),
    (49, msg("some")),
    (74, msg("high")),
    (100, msg("very high")),
)


def intake_scores(answers: Answers) -> Scores:
    """Return the four scores of an intake that is judged as final, in points."""
    return {
        "leak": _intake_leak(answers),
        "heaviness": _heaviness(answers, "heavy.frequency", "heavy.bother"),
        "pain": 0 if answers.has("pain.areas", "none") else _weighted(answers, 10, "pain.worst"),
        "readiness": _readiness(answers, "ready.load", "ready.worry"),
    }


def checkin_scores(answers: Answers, last_leak_amount: str | None = None) -> Scores:
    """Return the four scores of a check-in, in points.

    A check-in does not ask how much leaks: `last_leak_amount` is the amount of the latest intake
    that has one, and None counts as "wet".
    """
    return {
        "leak": _checkin_leak(answers, last_leak_amount or "wet"),
        "heaviness": _heaviness(answers, "ci.heavy_frequency", "ci.heavy_bother"),
        "pain": _weighted(answers, 10, "ci.pain_worst"),
        "readiness": _readiness(answers, "ci.load", "ci.worry"),
    }


def rises(scores: Scores, *earlier: Mapping[str, int | None] | None) -> dict[str, int]:
    """Return the largest rise of each rising score over the earlier scores, in points.

    A rise may be negative. A score without a comparison (either side None or absent) is left out.
    """
    return {name: now - before for name, (before, now) in compared(scores, *earlier).items()}


def compared(
    scores: Mapping[str, int | None], *earlier: Mapping[str, int | None] | None
) -> dict[str, tuple[int, int]]:
    """Return (before, now) of each rising score, `before` being the lowest of the earlier ones.

    A score without a comparison (either side None or absent) is left out.
    """
    found: dict[str, tuple[int, int]] = {}
    for domain in RISING_SCORES:
        now = scores.get(domain)
        befores = [before.get(domain) for before in earlier if before]
        known = [value for value in befores if value is not None]
        if now is not None and known:
            found[domain] = min(known), now
    return found


def band(score: int) -> str:
    """Return the English name of the chart band a score is in. For display only."""
    return next(name for top, name in _BANDS if score <= top)


def _intake_leak(answers: Answers) -> int | None:
    if answers.has("leak.when", "none"):
        return 0
    # Gas alone has no amount: the question is hidden and counts as drops.
    hidden = "leak.amount" not in answers.visible
    amount = 1 if hidden else _look_up(answers, LEAK_AMOUNT, "leak.amount")
    return _leak(answers, "leak.frequency", amount, "leak.bother")


def _checkin_leak(answers: Answers, amount: str) -> int | None:
    if answers.has("ci.leak_frequency", "never"):
        return 0
    return _leak(answers, "ci.leak_frequency", LEAK_AMOUNT[amount], "ci.leak_bother")


def _leak(answers: Answers, frequency: str, amount: int | None, bother: str) -> int | None:
    often = _look_up(answers, LEAK_FREQUENCY, frequency)
    bothered = answers.num(bother)
    if often is None or amount is None or bothered is None:
        return None
    return 4 * often * amount + 4 * bothered


def _heaviness(answers: Answers, frequency: str, bother: str) -> int | None:
    if answers.has(frequency, "never"):
        return 0
    often = _look_up(answers, HEAVINESS_FREQUENCY, frequency)
    bothered = answers.num(bother)
    if often is None or bothered is None:
        return None
    return 10 * often + 5 * bothered


def _readiness(answers: Answers, load: str, worry: str) -> int | None:
    step = _look_up(answers, LOAD, load)
    worried = answers.num(worry)
    if step is None or worried is None:
        return None
    return 15 * step + 4 * worried


def _weighted(answers: Answers, weight: int, question: str) -> int | None:
    number = answers.num(question)
    return None if number is None else weight * number


def _look_up(answers: Answers, points: Mapping[str, int], question: str) -> int | None:
    return points.get(str(answers.values.get(question)))
