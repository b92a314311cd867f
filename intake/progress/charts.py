"""The four scores as small charts: the position of each dot, and the chart in a sentence.

Every chart has the same axis, 0 to 100, and lower is better. A value that is not known is a gap,
never a zero. A change of 20 or more is drawn as changed.

Source: docs/clinical.md, "Scores".
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from intake.questionnaire.definition import msg
from intake.triage.scores import SCORES, band

# The frame of the dots in the units of the SVG, whose y grows downward.
LEFT, RIGHT = 10, 280
TOP, BOTTOM = 16, 112
CHANGE = 20

NAMES: Mapping[str, str] = {
    "leak": msg("Leaking"),
    "heaviness": msg("Heaviness"),
    "pain": msg("Pain"),
    "readiness": msg("Running worries"),
}
# More labels than this would be too close together under a chart.
MOST_LABELS = 4

Number = float


@dataclass(frozen=True)
class Moment:
    """One form of the episode: its label on the axis, and its scores by name, None if not known."""

    label: str
    scores: Mapping[str, int | None]


@dataclass(frozen=True)
class Dot:
    """One moment in one chart. `y` and `value` are None where the score is not known."""

    x: Number
    y: Number | None
    value: int | None
    label: str


@dataclass(frozen=True)
class Said:
    """A sentence to be translated, with the numbers to put into it."""

    text: str
    values: Mapping[str, int]


@dataclass(frozen=True)
class Chart:
    """The chart of one score. `paths` are lines for the SVG, `band` is that of the last value."""

    score: str
    name: str
    band: str
    dots: tuple[Dot, ...]
    paths: tuple[str, ...]
    said: Said
    is_changed: bool

    @property
    def known(self) -> Sequence[Dot]:
        """The dots with a value."""
        return [dot for dot in self.dots if dot.value is not None]

    @property
    def gaps(self) -> Sequence[Dot]:
        """The dots without one: the score was not asked for."""
        return [dot for dot in self.dots if dot.value is None]

    @property
    def labels(self) -> Sequence[Dot]:
        """The dots that have a label: all of them if they are few, else the first and the last."""
        return self.dots if len(self.dots) <= MOST_LABELS else [self.dots[0], self.dots[-1]]


def charts(moments: Sequence[Moment]) -> list[Chart]:
    """Return a chart for each score, in the order of SCORES; none without a moment."""
    return [_chart(score, moments) for score in SCORES] if moments else []


def _chart(score: str, moments: Sequence[Moment]) -> Chart:
    # A single moment stands at the left, without a division by zero.
    step = (RIGHT - LEFT) / max(len(moments) - 1, 1)
    dots = tuple(
        _dot(LEFT + number * step, moment.scores.get(score), moment.label)
        for number, moment in enumerate(moments)
    )
    values = [dot.value for dot in dots if dot.value is not None]
    change = values[-1] - values[0] if values else 0
    return Chart(
        score=score,
        name=NAMES[score],
        band=band(values[-1]) if values else "",
        dots=dots,
        paths=_paths(dots),
        said=_said(values),
        is_changed=abs(change) >= CHANGE,
    )


def _dot(x: Number, value: int | None, label: str) -> Dot:
    """Return the dot of a value from 0 to 100, to a tenth of a unit."""
    y = None if value is None else BOTTOM - (BOTTOM - TOP) * value / 100
    return Dot(round(x, 1), None if y is None else round(y, 1), value, label)


def _paths(dots: Sequence[Dot]) -> tuple[str, ...]:
    """Return a line through each run of known values; a value alone between gaps has none."""
    runs = [list(run) for known, run in groupby(dots, lambda dot: dot.y is not None) if known]
    return tuple("M" + "L".join(f"{dot.x} {dot.y}" for dot in run) for run in runs if len(run) > 1)


def _said(values: Sequence[int]) -> Said:
    """Return the sentence that compares the last known value with the first."""
    if not values:
        return Said(msg("Not asked yet."), {})
    first, last = values[0], values[-1]
    if len(values) == 1:
        return Said(msg("%(last)s at the start."), {"last": last})
    if first == last:
        return Said(msg("At %(last)s, as at the start."), {"last": last})
    numbers = {"first": first, "last": last}
    if last < first:
        return Said(msg("Down from %(first)s to %(last)s since the start."), numbers)
    return Said(msg("Up from %(first)s to %(last)s since the start."), numbers)
