"""Rows that are likely one person, for the desk's list, a patient's page and the call list."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from clinic.models.people import Patient
from intake.duplicates.matching import ComparedContact, agreement, is_likely


@dataclass(frozen=True)
class LikelyMatch:
    """Another row that is likely the same person, and the fields in which the two agree."""

    patient: Patient
    agrees_in: frozenset[str]


def contact_of(patient: Patient) -> ComparedContact:
    """Return the values of a row that are compared."""
    return ComparedContact(patient.name.strip(), patient.born_on, patient.phone, patient.email)


def likely_matches(patients: Iterable[Patient]) -> dict[UUID, list[LikelyMatch]]:
    """Return by id of each row the other rows that are likely the same person, best match first.

    One statement for all of them.
    """
    wanted = list(patients)
    if not wanted:
        return {}
    # Wider than needed: one field in common is enough here, is_likely decides below. Two of four
    # fields always include one of these three.
    alike = Q(phone__in={one.phone for one in wanted if one.phone})
    for one in wanted:
        alike |= Q(name__iexact=one.name.strip())
        alike |= Q(email__iexact=one.email) if one.email else Q()
    known = list(Patient.objects.current().filter(alike))
    return {one.pk: _matches(one, known) for one in wanted}


def _matches(patient: Patient, known: Iterable[Patient]) -> list[LikelyMatch]:
    found = [
        LikelyMatch(other, agreeing)
        for other in known
        if other.pk != patient.pk
        and is_likely(agreeing := agreement(contact_of(patient), contact_of(other)))
    ]
    # Most fields in common first, then the oldest row.
    return sorted(found, key=lambda match: (-len(match.agrees_in), match.patient.created_at))


def older_row_first(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    """Return the row to keep, then the one to merge into it.

    A row with a sign-in is kept before one without, otherwise the older one.
    """
    # False sorts before True.
    first, second = sorted((one, other), key=lambda row: (row.user_id is None, row.created_at))
    return first, second


def unmatched(most: int) -> list[tuple[Patient, list[LikelyMatch]]]:
    """Return the unmatched rows that have a likely match, with their matches, newest first.

    A row is unmatched if its e-mail or phone was known when it came, or if it came from a file,
    until staff or a mailed code match it. At most `most` rows are looked at.
    """
    rows = list(Patient.objects.current().filter(is_unmatched=True).order_by("-created_at")[:most])
    matches = likely_matches(rows)
    return [(row, matches[row.pk]) for row in rows if matches[row.pk]]
