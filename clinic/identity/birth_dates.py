"""Dates of birth: how old somebody is, and what no date of birth can be."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

ADULT_AGE = 18
OLDEST_AGE = 120


def age_on(born_on: date, day: date) -> int:
    """Return the age in whole years on that day; negative for a date that lies ahead."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (not had_birthday)


def check_birth(form: forms.Form, field: str, born_on: date, today: date) -> None:
    """Add an error for a date of birth nobody alive has."""
    if born_on > today or age_on(born_on, today) > OLDEST_AGE:
        form.add_error(field, _("Check the year of your date of birth"))
