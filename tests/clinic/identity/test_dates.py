"""Dates as people write them: nothing that is typed fails, and what is read is a date."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.dates import PARTS, date_reading, read_date
from clinic.identity.email_addresses import email_doubt, plain_email
from clinic.identity.names import MOST_LETTERS, folded_name, read_name
from clinic.identity.readings import Unreadable

TODAY = date(2026, 11, 29)
# Near enough to a date that many are read.
LIKELY = st.text("0123456789 /.-,'MayFebth", max_size=14)


@given(st.tuples(*[st.text(max_size=80) | LIKELY] * 3))
def test_whatever_is_typed_is_a_date_or_says_which_part_is_wrong(
    typed: tuple[str, str, str],
) -> None:
    outcome = read(typed)
    if isinstance(outcome, Unreadable):
        assert set() < outcome.parts <= set(PARTS)
        assert outcome.text % outcome.values
    else:
        assert isinstance(outcome, date)


def read(typed: tuple[str, str, str]) -> date | Unreadable:
    try:
        return date_reading(typed, TODAY).value
    except Unreadable as problem:
        return problem


@given(st.dates())
def test_every_way_to_write_a_date_reads_back(day: date) -> None:
    month = f"{day:%B}"
    texts = (
        f"{day.month}/{day.day}/{day.year:04}",
        f"{day.year:04}-{day.month:02}-{day.day:02}",
        f"{month} {day.day}, {day.year:04}",
        f"{day.day} {month[:3]} {day.year:04}",
    )
    assert {read_date(text, TODAY) for text in texts} == {day}


@given(st.dates(date(1926, 11, 30), TODAY))
def test_two_digits_of_a_year_are_read_within_a_hundred_years(day: date) -> None:
    assert read_date(f"{day.month} {day.day} {day.year % 100:02}", TODAY) == day


@pytest.mark.parametrize("text", ["31 12 11", "5 26", "x", "13 13 2020", ""])
def test_one_line_that_is_no_date_is_none(text: str) -> None:
    assert read_date(text, TODAY) is None


@given(st.text(max_size=200))
def test_a_name_that_is_read_can_be_seen_and_fits(text: str) -> None:
    try:
        name = read_name(text)
    except Unreadable:
        return
    assert folded_name(name)
    assert len(name) <= MOST_LETTERS
    unseen = {one for one in name if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")}
    assert unseen <= {"\u200c", "\u200d"}
    assert read_name(name) == name


@given(st.text(max_size=80) | st.emails())
def test_an_address_is_made_plain_once(text: str) -> None:
    plain = plain_email(text)
    assert plain_email(plain) == plain
    doubt = email_doubt(plain)
    if doubt is not None:
        # What is proposed is not asked about again.
        assert email_doubt(str(doubt.values["email"])) is None
