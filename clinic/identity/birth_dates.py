# mypy: disallow-any-explicit
"""Dates of birth: the age they give, and which ones are impossible."""

from datetime import date

from clinic.identity.dates import YEAR
from clinic.identity.readings import Unreadable, msg

ADULT_AGE = 18
OLDEST_AGE = 120

_AHEAD = msg("This date lies ahead. Check the year of the date of birth")
_TOO_OLD = msg("Nobody is that old. Check the year of the date of birth")
_MINOR = msg("Patients are 18 or older. Check the year of the date of birth")


def age_on(born_on: date, day: date) -> int:
    """Return the age in whole years on that day; negative before the date of birth."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    # False and True count as 0 and 1.
    return day.year - born_on.year - (not had_birthday)


def check_birth(born_on: date, today: date) -> None:
    """Raise Unreadable for a date of birth that no living person has."""
    if born_on > today:
        raise Unreadable(_AHEAD, parts=frozenset({YEAR}))
    if age_on(born_on, today) > OLDEST_AGE:
        raise Unreadable(_TOO_OLD, parts=frozenset({YEAR}))


def check_adult_birth(born_on: date, today: date) -> None:
    """Raise Unreadable for a date of birth that no adult has."""
    check_birth(born_on, today)
    if age_on(born_on, today) < ADULT_AGE:
        raise Unreadable(_MINOR, parts=frozenset({YEAR}))


def is_possible_birth(born_on: date, today: date) -> bool:
    """Return whether somebody alive can be born on that date."""
    try:
        check_birth(born_on, today)
    except Unreadable:
        return False
    return True
