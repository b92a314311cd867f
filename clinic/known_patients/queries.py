"""Rows that are likely one person, found by the keys of name, phone and e-mail."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from clinic.identity.same_person import (
    BORN_ON,
    EMAIL,
    ENOUGH,
    NAME,
    PHONE,
    ComparedContact,
    agreement,
    is_likely,
    keys_of,
)
from clinic.models.people import Patient

# The columns that hold what is compared.
_COLUMNS = {NAME: "name_key", BORN_ON: "born_on", PHONE: "phone_key", EMAIL: "email_key"}


@dataclass(frozen=True)
class LikelyMatch:
    """Another row that is likely the same person, and the fields in which the two agree."""

    patient: Patient
    agrees_in: frozenset[str]


def contact_of(patient: Patient) -> ComparedContact:
    """Return the values of a row that are compared."""
    return ComparedContact(patient.name, patient.born_on, patient.phone, patient.email)


def likely_matches(patients: Iterable[Patient]) -> dict[UUID, list[LikelyMatch]]:
    """Return by id of each row the other rows that are likely the same person, best match first.

    One statement for all of them.
    """
    wanted = {one.pk: contact_of(one) for one in patients}
    # By each of their values, so that a long list is not compared with all that was found.
    near: dict[tuple[str, object], list[Patient]] = defaultdict(list)
    for row in rows_near(wanted.values()):
        for value in _values(contact_of(row)):
            near[value].append(row)
    return {
        key: _likely(contact, [one for value in _values(contact) for one in near[value]], but=key)
        for key, contact in wanted.items()
    }


def _values(contact: ComparedContact) -> set[tuple[str, object]]:
    """Return (field, key) of everything in the contact that can agree with another one."""
    keys = asdict(keys_of(contact))
    return {(field, key) for field, key in keys.items() if key}


def likely_matches_of(contact: ComparedContact, *, but: UUID | None = None) -> list[LikelyMatch]:
    """Return the rows that are likely the person with this contact, best match first.

    The row with the id `but` is left out: her own.
    """
    return _likely(contact, rows_near([contact]), but=but)


def rows_near(contacts: Collection[ComparedContact]) -> list[Patient]:
    """Return the rows that agree in enough fields with any of the contacts.

    One statement. A row may share one field with one contact and another with the next; callers
    sort that out.
    """
    if not contacts:
        return []
    fields = _fields([keys_of(one) for one in contacts])
    return list(Patient.objects.current().filter(_enough_of(fields)))


def is_known(contact: ComparedContact) -> bool:
    """Tell whether a row has this e-mail, this phone, or this name and date of birth.

    Always one statement, so that how long it takes says nothing to whoever typed the contact.
    """
    fields = _fields([keys_of(contact)])
    alike = fields[EMAIL] | fields[PHONE] | (fields[NAME] & fields[BORN_ON])
    return Patient.objects.current().filter(alike).exists()


def has_likely_match() -> Exists:
    """Return the condition that another row is likely the same person, for a query of patients."""
    fields = {field: Q(**{column: OuterRef(column)}) for field, column in _COLUMNS.items()}
    for field in (NAME, PHONE, EMAIL):
        # An empty text agrees with nothing. No date of birth is NULL, which equals nothing anyway.
        fields[field] &= Q(**{f"{_COLUMNS[field]}__gt": ""})
    others = Patient.objects.current().exclude(pk=OuterRef("pk"))
    return Exists(others.filter(_enough_of(fields)))


def _fields(keys: Collection[ComparedContact]) -> dict[str, Q]:
    """Return by field the condition that a row agrees in it with any of these."""
    return {
        field: Q(**{f"{column}__in": {getattr(one, field) for one in keys} - {"", None}})
        for field, column in _COLUMNS.items()
    }


def _enough_of(fields: Mapping[str, Q]) -> Q:
    """Return the condition that enough of these hold."""
    return reduce(or_, (reduce(Q.__and__, some) for some in combinations(fields.values(), ENOUGH)))


def _likely(
    contact: ComparedContact, rows: Iterable[Patient], *, but: UUID | None
) -> list[LikelyMatch]:
    found = [
        LikelyMatch(row, agreeing)
        # Each once, however many of its values led to it.
        for row in {row.pk: row for row in rows}.values()
        if row.pk != but and is_likely(agreeing := agreement(contact, contact_of(row)))
    ]
    # Most fields in common first, then the oldest row.
    return sorted(found, key=lambda match: (-len(match.agrees_in), match.patient.created_at))
