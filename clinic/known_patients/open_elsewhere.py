"""Other rows that may be hers and on which something is open. Staff pages ask here.

Which rows have something open is known to apps above this one: they register who answers it.
Nothing here is for a page that a patient sees. Decided in
docs/decisions/0079-open-on-another-record.md.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

from clinic.known_patients.queries import LikelyMatch, likely_matches
from clinic.models.people import Patient

# Returns which of the patients with these ids have something open.
WhoHas = Callable[[Collection[UUID]], set[UUID]]

_ANSWERED_BY: list[WhoHas] = []


def register(who_has: WhoHas) -> None:
    """Register who answers on which rows something is open. Called once, when Django starts."""
    _ANSWERED_BY.append(who_has)


def open_elsewhere(patients: Iterable[Patient]) -> dict[UUID, list[Patient]]:
    """Return by id of each row the other rows that may be hers and have something open.

    Rows that staff compared are not among them: one of the two is unmatched. Rows without such
    another one are left out. One statement for all of them, and one more if rows agree.
    """
    rows = list(patients)
    return open_among(rows, likely_matches(rows))


def open_among(
    patients: Iterable[Patient], matches: Mapping[UUID, Sequence[LikelyMatch]]
) -> dict[UUID, list[Patient]]:
    """Return what `open_elsewhere` does, for a page that has the likely matches already."""
    found = {row.pk: _not_compared(row, matches[row.pk]) for row in patients}
    asked = {other.pk for others in found.values() for other in others}
    with_open = with_something_open(asked)
    kept = {key: [one for one in others if one.pk in with_open] for key, others in found.items()}
    return {key: others for key, others in kept.items() if others}


def has_open_elsewhere(patient: Patient) -> bool:
    """Return whether another row that may be hers has something open."""
    return bool(open_elsewhere([patient]))


def not_compared(patients: Iterable[Patient]) -> set[Patient]:
    """Return the other rows that may be any of these and were not compared with it yet."""
    rows = list(patients)
    matches = likely_matches(rows)
    return {one for row in rows for one in _not_compared(row, matches[row.pk])}.difference(rows)


def compared_with(patients: Iterable[Patient]) -> set[Patient]:
    """Return the other rows that agree with any of these and were compared with all of those.

    Two statements.
    """
    rows = list(patients)
    alike = {one.patient for found in likely_matches(rows).values() for one in found}
    return alike.difference(rows) - not_compared(rows)


def with_something_open(patient_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these patients have something open."""
    if not patient_ids:
        return set()
    return set().union(*(who_has(patient_ids) for who_has in _ANSWERED_BY))


def _not_compared(row: Patient, matches: Sequence[LikelyMatch]) -> list[Patient]:
    return [one.patient for one in matches if row.is_unmatched or one.patient.is_unmatched]
