"""Of two referrals, the one that opens less counts."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.referrals.precedence import LEVELS, Openness, stricter, strictness

DAY = date(2027, 2, 1)
CLEAR = Openness(False, False, "clear", DAY, DAY)
CAUTION = replace(CLEAR, level="caution")
RED = Openness(False, False, "red", DAY, None)
DECLINED = Openness(False, False, "caution", None, None)
URGENT = Openness(False, True, "urgent", None, None)
DESK = Openness(True, False, "clear", DAY, None)
ORDER = [DESK, CLEAR, CAUTION, RED, DECLINED, URGENT]

days = st.one_of(st.none(), st.dates(date(2027, 1, 1), date(2027, 3, 1)))
any_openness = st.builds(
    Openness, st.just(False), st.booleans(), st.sampled_from(LEVELS), days, days
)


@pytest.mark.parametrize("index", range(len(ORDER) - 1))
def test_each_is_stricter_than_the_one_before(index: int) -> None:
    looser, tighter = ORDER[index], ORDER[index + 1]
    assert stricter([looser, tighter], key=lambda one: one) is tighter
    assert stricter([tighter, looser], key=lambda one: one) is tighter


def test_of_equals_the_last_counts_and_of_none_nothing() -> None:
    twin = replace(CLEAR)
    assert stricter([CLEAR, twin], key=lambda one: one) is twin
    assert stricter([], key=lambda one: one) is None


@given(any_openness, any_openness)
def test_a_merge_never_lifts_a_stop(one: Openness, other: Openness) -> None:
    chosen = stricter([one, other], key=lambda each: each)
    assert chosen is not None
    assert strictness(chosen) == max(strictness(one), strictness(other))
    assert chosen.stops_self_booking == (one.stops_self_booking or other.stops_self_booking)
