"""Dates of birth: the age they give, and which ones are impossible."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

ADULT_AGE = 18
OLDEST_AGE = 120


def age_on(born_on: date, day: date) -> int:
    """Return the age in whole years on that day; negative before the date of birth."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    # False and True count as 0 and 1.
    return day.year - born_on.year - (not had_birthday)


def check_birth(form: forms.Form, field: str, born_on: date, today: date) -> None:
    """Add an error to the form's field for a date of birth that no living person has."""
    if born_on > today or age_on(born_on, today) > OLDEST_AGE:
        form.add_error(field, _("Check the year of your date of birth"))
