"""Charts: every dot at its position, a gap for what was not asked, and a sentence that is true."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.progress.charts import BOTTOM, LEFT, RIGHT, TOP, Moment, charts
from intake.visit_records.walk_run import STAGES

values = st.lists(st.none() | st.integers(0, 100), min_size=1, max_size=9)


def chart_of(drawn: list[int | None]) -> Any:
    return charts([Moment(str(n), {"leak": value}) for n, value in enumerate(drawn)])[0]


@given(values)
def test_every_known_value_is_a_dot_in_the_frame_and_every_other_a_gap(
    drawn: list[int | None],
) -> None:
    chart = chart_of(drawn)
    assert [dot.value for dot in chart.dots] == drawn
    assert len(chart.known) + len(chart.gaps) == len(drawn)
    for dot in chart.known:
        assert LEFT <= dot.x <= RIGHT
        assert TOP <= dot.y <= BOTTOM
    assert [dot.x for dot in chart.dots] == sorted({dot.x for dot in chart.dots})


@given(values)
def test_lower_is_drawn_lower(drawn: list[int | None]) -> None:
    known = chart_of(drawn).known
    assert all((a.value < b.value) == (a.y > b.y) for a in known for b in known)


@given(values)
def test_lines_connect_only_neighbors_and_never_cross_a_gap(drawn: list[int | None]) -> None:
    chart = chart_of(drawn)
    connected = sum(len(re.findall(r"[ML]", path)) - 1 for path in chart.paths)
    pairs = pairwise(drawn)
    assert connected == sum(a is not None and b is not None for a, b in pairs)


@given(values)
def test_the_sentence_and_the_mark_follow_first_and_last(drawn: list[int | None]) -> None:
    chart = chart_of(drawn)
    known = [value for value in drawn if value is not None]
    said = chart.said.text % chart.said.values
    if not known:
        assert said == "Not asked yet."
        return
    assert said.startswith("Down") == (known[-1] < known[0])
    assert said.startswith("Up") == (known[-1] > known[0])
    assert str(known[-1]) in said
    assert chart.is_changed == (abs(known[-1] - known[0]) >= 20)


@pytest.mark.parametrize(("last", "is_changed"), [(60, False), (41, False), (40, True), (80, True)])
def test_twenty_is_a_change(last: int, is_changed: bool) -> None:
    assert chart_of([60, last]).is_changed is is_changed


def test_there_is_a_chart_for_each_score_and_none_without_a_form() -> None:
    assert [chart.score for chart in charts([Moment("Start", {})])] == [
        "leak",
        "heaviness",
        "pain",
        "readiness",
    ]
    assert charts([]) == []


def test_many_moments_name_only_the_first_and_the_last() -> None:
    assert [dot.label for dot in chart_of([1] * 7).labels] == ["0", "6"]
    assert len(chart_of([1] * 4).labels) == 4


def test_the_stages_are_those_of_the_protocol() -> None:
    # Run minutes and total minutes of stages 0 to 9.
    assert [(one.number, one.total_run_minutes, one.total_minutes) for one in STAGES] == [
        (0, 0, 30), (1, 6, 18), (2, 8, 16), (3, 12, 18), (4, 15, 20),
        (5, 20, 24), (6, 24, 27), (7, 24, 26), (8, 25, 25), (9, 30, 30),
    ]  # fmt: skip
