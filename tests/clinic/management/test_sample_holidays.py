"""The sample clinic is closed on the federal holidays of the library `holidays`."""

from datetime import date

import pytest
from holidays import US

from clinic.management.sample.federal_holidays import federal_holidays

YEARS = range(2024, 2051)


def test_every_holiday_is_on_the_day_it_is_observed() -> None:
    ours = {day for year in YEARS for day in federal_holidays(year)}
    # Of the country, not of a state: a state's list leaves out the Friday for a Saturday. A day on
    # a weekend stands in it beside the day it is observed on. The last New Year's Eve belongs to a
    # year that is not asked for here.
    theirs = {day for day in US(years=YEARS) if day.weekday() < 5}
    first = date(YEARS.start, 1, 1)
    last = date(YEARS.stop - 1, 12, 31)
    assert {day for day in ours if first <= day < last} == {
        day for day in theirs if first <= day < last
    }


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 6, 19), "Juneteenth"),
        (date(2026, 7, 3), "Independence Day"),
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2027, 7, 5), "Independence Day"),
        (date(2027, 12, 24), "Christmas Day"),
    ],
)
def test_the_days_have_the_names_that_the_calendar_shows(day: date, name: str) -> None:
    assert federal_holidays(day.year)[day] == name
