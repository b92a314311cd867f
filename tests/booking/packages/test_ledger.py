"""Which ledger entry may follow which; no history takes the balance out of 0 to 6."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.packages import ledger
from booking.packages.ledger import Entry, balance, open_reserves, reasons_not_to_add
from booking.reasons import Reason

# What each kind moves.
DELTAS: dict[ledger.Kind, int] = {
    "grant": 6,
    "reserve": -1,
    "return": 1,
    "forfeit": 0,
    "consume": 0,
}
GRANT = Entry("grant", 6)


def entry(kind: ledger.Kind, appointment: int = 1, cycle: int = 0) -> Entry:
    return Entry(kind, DELTAS[kind], appointment, cycle)


def adjust(delta: int) -> Entry:
    return Entry("adjust", delta)


def booked(*appointments: int) -> list[Entry]:
    return [GRANT, *(entry("reserve", number) for number in appointments)]


REFUSED = [
    (ledger.NOT_GRANTED, [], entry("reserve")),
    (ledger.NOT_GRANTED, [], adjust(1)),
    (ledger.ALREADY_GRANTED, [GRANT], GRANT),
    (ledger.WRONG_DELTA, [], Entry("grant", 0)),
    (ledger.WRONG_DELTA, [GRANT], Entry("reserve", -2, 1)),
    (ledger.WRONG_DELTA, [GRANT], adjust(0)),
    (ledger.NO_VISITS_LEFT, booked(1, 2, 3, 4, 5, 6), entry("reserve", 7)),
    (ledger.NO_VISITS_LEFT, booked(1, 2), adjust(-5)),
    (ledger.TOO_MANY, [GRANT], adjust(1)),
    # The reserve may still come back: then there would be seven.
    (ledger.TOO_MANY, booked(1), adjust(1)),
    (ledger.WRITTEN_ALREADY, [*booked(1), entry("consume")], entry("consume")),
    (ledger.WRITTEN_ALREADY, [*booked(1), entry("return")], entry("return")),
    (ledger.WRITTEN_ALREADY, [*booked(1), entry("return")], entry("reserve")),
    (ledger.STILL_OPEN, booked(1), entry("reserve", cycle=1)),
    (ledger.NOTHING_OPEN, [GRANT], entry("consume")),
    (ledger.NOTHING_OPEN, [GRANT], entry("return")),
    (ledger.NOTHING_OPEN, [*booked(1), entry("return")], entry("forfeit")),
    (ledger.NOTHING_OPEN, [*booked(1), entry("forfeit")], entry("consume")),
    (ledger.NOTHING_OPEN, booked(1), entry("return", cycle=1)),
]


@pytest.mark.parametrize(("reason", "entries", "new"), REFUSED)
def test_what_does_not_fit_is_refused(reason, entries, new):
    assert reasons_not_to_add(entries, new) == [reason]


def test_every_refusal_has_a_case():
    declared = {value for value in vars(ledger).values() if isinstance(value, Reason)}
    assert declared == {reason for reason, _, _ in REFUSED}


STORIES = {
    "completed": ([entry("reserve"), entry("consume")], 5),
    "completed, undone, completed again": (
        [
            *(entry("reserve"), entry("consume"), entry("return")),
            *(entry("reserve", cycle=1), entry("consume", cycle=1)),
        ],
        5,
    ),
    "cancelled in time": ([entry("reserve"), entry("return")], 6),
    "cancelled, undone": ([entry("reserve"), entry("return"), entry("reserve", cycle=1)], 5),
    "cancelled late": ([entry("reserve"), entry("forfeit")], 5),
    "cancelled late, forgiven": ([entry("reserve"), entry("forfeit"), entry("return")], 6),
    "two taken away, one given back": ([adjust(-2), adjust(1)], 5),
    "all six used": ([entry(k, n) for n in range(6) for k in ("reserve", "consume")], 0),
}


@pytest.mark.parametrize(("story", "left"), STORIES.values(), ids=STORIES)
def test_stories_that_happen(story, left):
    entries = [GRANT]
    for new in story:
        assert reasons_not_to_add(entries, new) == []
        entries.append(new)
    assert balance(entries) == left


some_entry = st.builds(
    Entry,
    st.sampled_from([*DELTAS, "adjust"]),
    st.integers(-3, 3) | st.just(6),
    st.integers(1, 7),
    st.integers(0, 2),
)
fitting_entry = st.builds(
    entry,
    st.sampled_from(["reserve", "reserve", "return", "forfeit", "consume"]),
    st.integers(1, 7),
    st.integers(0, 2),
)


@given(st.lists(fitting_entry | some_entry, max_size=60))
def test_no_history_takes_the_balance_out_of_bounds_or_loses_a_credit(attempts):
    entries: list[Entry] = []
    for new in [GRANT, *attempts]:
        if not reasons_not_to_add(entries, new):
            entries.append(new)
        assert 0 <= balance(entries) <= 6
    opened = open_reserves(entries)
    assert max(Counter(appointment for appointment, _ in opened).values(), default=0) <= 1
    # Whatever is open can still be decided either way: cancelling in time never fails.
    for appointment, cycle in opened:
        for kind in ("return", "consume", "forfeit"):
            assert reasons_not_to_add(entries, entry(kind, appointment, cycle)) == []
        entries.append(entry("return", appointment, cycle))
    assert 0 <= balance(entries) <= 6
