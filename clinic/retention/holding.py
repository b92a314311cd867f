"""What the apps above say about a patient: what keeps her from being erased, and for how long.

They register it when they are ready, as this app must not know them.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise

from clinic.audit.context import Context
from clinic.models.people import Patient

# Takes the ids of her rows and the time; returns a sentence for each thing that is still open.
Obstacle = Callable[[Collection[UUID], datetime], list["Promise | str"]]
# Takes a time; returns which patients' rows say that something of this kind happened since.
Since = Callable[[datetime], Q]

# Takes the ids of her rows; ends what would be an obstacle.
Ending = Callable[[Collection[UUID], Context], None]

_OBSTACLES: list[Obstacle] = []
_ENDINGS: list[Ending] = []
_TREATED: list[Since] = []
_USED: list[Since] = []


def register_obstacle(obstacle: Obstacle) -> None:
    """Register what must be closed by staff before a patient can be erased."""
    _OBSTACLES.append(obstacle)


def register_ending(ending: Ending) -> None:
    """Register what ends the obstacles that a restored backup brought back."""
    _ENDINGS.append(ending)


def register_treated(since: Since) -> None:
    """Register what shows that a patient was treated: from then the law counts its years."""
    _TREATED.append(since)


def register_used(since: Since) -> None:
    """Register what shows that a row is in use, treated or not."""
    _USED.append(since)


def obstacles(rows: Collection[UUID], now: datetime) -> list["Promise | str"]:
    """Return a sentence for each thing that staff must close before these rows can be erased."""
    return [sentence for obstacle in _OBSTACLES for sentence in obstacle(rows, now)]


def end_obstacles(rows: Collection[UUID], context: Context) -> None:
    """End what staff had closed before these rows were erased. Runs in the caller's transaction."""
    for ending in _ENDINGS:
        ending(rows, context)


def was_treated(rows: Collection[UUID], since: datetime) -> bool:
    """Return whether the patient of these rows was treated since then."""
    return any(Patient.objects.filter(one(since), pk__in=rows).exists() for one in _TREATED)


def used_since(since: datetime, rows: Collection[UUID] | None = None) -> set[UUID]:
    """Return the ids of the rows that are newer or in use since then, and of those they went into.

    With `rows` only those are looked at. One statement for each thing registered, and one more.
    """
    patients = Patient.objects.all() if rows is None else Patient.objects.filter(pk__in=rows)
    found: set[UUID] = set()
    for is_used in (Q(created_at__gte=since), *(one(since) for one in (*_TREATED, *_USED))):
        pairs = patients.filter(is_used).values_list("pk", "merged_into_id").distinct()
        found.update(key for pair in pairs for key in pair if key is not None)
    return found
