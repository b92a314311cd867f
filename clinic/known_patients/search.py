"""Find a patient by what she says on the telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.identity.asking import clinic_today
from clinic.identity.dates import read_date
from clinic.identity.names import folded_name
from clinic.identity.phones import read_phone
from clinic.identity.same_person import digits_of, email_key, phone_key
from clinic.models.people import Patient
from clinic.web.paging import PAGE_SIZE, beyond

# Fewer digits would match the phone numbers of half the clinic.
LEAST_DIGITS = 3
_ORDER = ("name", "pk")


@dataclass(frozen=True)
class FoundPage:
    """Up to fifty patients of those a search found.

    `count` is how many it found in all, `first` the number of the first row of this page, beginning
    at 1. `next_after` is the id of the row after which the next page begins, None on the last page.
    """

    rows: Sequence[Patient]
    count: int
    first: int
    next_after: UUID | None

    @property
    def last(self) -> int:
        """The number of the last row of this page."""
        return self.first + len(self.rows) - 1


def find_patients(words: str) -> QuerySet[Patient]:
    """Return the current patients who match, by name.

    `words` may be parts of a name in any order, a part of an e-mail or of a phone number, as dialed
    or typed, or a date of birth as people write it. Case, accents, apostrophes and hyphens make no
    difference.
    """
    match = Q(pk__in=())
    if names := folded_name(words).split():
        match |= Q(*(Q(name_key__contains=one) for one in names))
    if address := email_key(words):
        match |= Q(email_key__contains=address)
    if len(digits := digits_of(words)) >= LEAST_DIGITS:
        match |= Q(phone_key__contains=digits)
    if (number := read_phone(words)) is not None:
        match |= Q(phone_key=phone_key(number))
    if (born_on := read_date(words, clinic_today())) is not None:
        match |= Q(born_on=born_on)
    return Patient.objects.current().filter(match).order_by(*_ORDER)


def found_page(words: str, *, after: UUID | None = None, but: UUID | None = None) -> FoundPage:
    """Return a page of the patients who match, without the row `but`; nobody for no words.

    Raises Patient.DoesNotExist when there is no row with the id `after`.
    """
    if not words.strip():
        return FoundPage((), 0, 1, None)
    found = find_patients(words).exclude(pk=but) if but else find_patients(words)
    rest = found.filter(beyond(_ORDER, Patient.objects.all(), after))
    # One more than is shown, to know whether there is a next page.
    rows = list(rest[: PAGE_SIZE + 1])
    shown, count = rows[:PAGE_SIZE], found.count()
    return FoundPage(
        rows=shown,
        count=count,
        first=count - rest.count() + 1 if after else 1,
        next_after=shown[-1].pk if len(rows) > PAGE_SIZE else None,
    )
