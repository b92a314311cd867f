"""A column of the calendar: every quarter hour in exactly one cell, no visit out of sight."""

from hypothesis import given
from hypothesis import strategies as st

from booking.calendar.table import BUFFER, FREE, OFF, PAST, QUARTER, VISIT, Block, column_cells

FIRST, LAST = 480, 1080
minutes = st.integers(400, 1150)
blocks = st.lists(
    st.builds(
        lambda begins, length, kind, name: Block(begins, begins + length, kind, name),
        minutes,
        st.integers(1, 200),
        st.sampled_from([VISIT, OFF, BUFFER, PAST]),
        st.integers(0, 999),
    ),
    max_size=12,
)


@given(blocks)
def test_the_cells_fill_the_column_without_gap_or_overlap(found: list[Block[int]]) -> None:
    cells = column_cells(found, first=FIRST, last=LAST)
    assert [cells[0].begins, *(cell.ends for cell in cells)] == [
        *(cell.begins for cell in cells),
        LAST,
    ]
    assert cells[0].begins == FIRST
    assert all(cell.rows > 0 and cell.begins % QUARTER == 0 for cell in cells)


@given(blocks)
def test_each_visit_is_seen_once_over_all_its_time(found: list[Block[int]]) -> None:
    cells = column_cells(found, first=FIRST, last=LAST)
    visits = [b for b in found if b.kind == VISIT and b.begins < LAST and b.ends > FIRST]
    shown = sorted(name for cell in cells if cell.kind == VISIT for name in cell.things)
    assert shown == sorted(visit.thing for visit in visits)
    for visit in visits:
        holding = [c for c in cells if c.begins < visit.ends and c.ends > visit.begins]
        assert [visit.thing in cell.things for cell in holding] == [True]


@given(blocks)
def test_free_is_what_nothing_touches(found: list[Block[int]]) -> None:
    for cell in column_cells(found, first=FIRST, last=LAST):
        if cell.kind == FREE:
            assert not any(b.begins < cell.ends and b.ends > cell.begins for b in found)


def test_time_off_hides_a_buffer_and_a_visit_hides_both() -> None:
    found = [
        Block(480, 540, VISIT, "visit"),
        Block(540, 555, BUFFER),
        Block(525, 570, OFF, "lunch"),
    ]
    cells = column_cells(found, first=480, last=600)
    assert [(cell.kind, cell.begins, cell.ends) for cell in cells] == [
        (VISIT, 480, 540),
        (OFF, 540, 570),
        (FREE, 570, 600),
    ]
