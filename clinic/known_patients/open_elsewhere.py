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
    another one are left out. One statement for all of them, and two more if rows agree.
    """
    rows = list(patients)
    return open_among(rows, likely_matches(rows))


def open_among(
    patients: Iterable[Patient], matches: Mapping[UUID, Sequence[LikelyMatch]]
) -> dict[UUID, list[Patient]]:
    """Return what `open_elsewhere` does, for a page that has the likely matches already."""
    found = {
        row.pk: [one.patient for one in matches[row.pk] if _is_not_compared(row, one.patient)]
        for row in patients
    }
    asked = {other.pk for others in found.values() for other in others}
    with_open: set[UUID] = set()
    if asked:
        with_open = set().union(*(who_has(asked) for who_has in _ANSWERED_BY))
    kept = {key: [one for one in others if one.pk in with_open] for key, others in found.items()}
    return {key: others for key, others in kept.items() if others}


def has_open_elsewhere(patient: Patient) -> bool:
    """Return whether another row that may be hers has something open."""
    return bool(open_elsewhere([patient]))


def _is_not_compared(one: Patient, other: Patient) -> bool:
    return one.is_unmatched or other.is_unmatched
