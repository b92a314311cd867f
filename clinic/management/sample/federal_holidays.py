"""US federal holidays, on which the sample clinic is closed."""

# mypy: disallow-any-explicit

from datetime import date, timedelta


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _observed(day: date) -> date:
    """Return the Friday before a holiday on a Saturday, and the Monday after one on a Sunday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def federal_holidays(year: int) -> dict[date, str]:
    """Return the eleven federal holidays of a year, by the date on which each is observed.

    New Year's Day is observed on December 31 of the year before if it is a Saturday.
    """
    return {
        _observed(date(year, 1, 1)): "New Year’s Day",
        _nth(year, 1, 0, 3): "Martin Luther King Jr. Day",
        _nth(year, 2, 0, 3): "Presidents’ Day",
        _last_monday(year, 5): "Memorial Day",
        _observed(date(year, 6, 19)): "Juneteenth",
        _observed(date(year, 7, 4)): "Independence Day",
        _nth(year, 9, 0, 1): "Labor Day",
        _nth(year, 10, 0, 2): "Columbus Day",
        _observed(date(year, 11, 11)): "Veterans Day",
        _nth(year, 11, 3, 4): "Thanksgiving",
        _observed(date(year, 12, 25)): "Christmas Day",
    }
