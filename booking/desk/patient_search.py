"""Find a patient by what she says on the telephone."""

from datetime import date
from functools import reduce
from operator import and_

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from clinic.identity.phones import read_phone
from clinic.models.people import Patient

# Fewer digits would match the phone numbers of half the clinic.
LEAST_DIGITS = 3


def find_patients(words: str) -> QuerySet[Patient]:
    """Return the current patients who match, by name.

    `words` may be parts of a name in any order, a part of an e-mail or of a phone number, as dialed
    or typed, or a date of birth like 5/24/1992.
    """
    # "Doe, Jane" is read as two parts.
    parts = words.replace(",", " ").split()
    match = Q(email__icontains=words)
    if parts:
        match |= reduce(and_, (Q(name__icontains=one) for one in parts))
    digits = "".join(letter for letter in words if letter.isdecimal())
    if len(digits) >= LEAST_DIGITS:
        match |= Q(phone__contains=digits)
    if (number := read_phone(words)) is not None:
        match |= Q(phone=number)
    if (born_on := _date(words)) is not None:
        match |= Q(born_on=born_on)
    return Patient.objects.current().filter(match).order_by("name", "pk")


def _date(words: str) -> date | None:
    """Return the date that a date field would read, or None."""
    try:
        day: date | None = forms.DateField(required=False).clean(words)
    except ValidationError:
        return None
    return day
