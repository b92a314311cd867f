"""Keyset pagination: a page begins after a row, not at a number."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

PAGE_SIZE = 50


def beyond(order: Sequence[str], rows: QuerySet[Any], after: UUID | None) -> Q:
    """Return the condition for the rows after the row `after` in that order ("-name" descends).

    `after` is the id of a row in `rows`, or None for the first page. Rows that are added to or
    removed from earlier pages do not shift this one. The order must end with a unique field, and
    none of its fields may be null. Raises DoesNotExist if `after` is not in `rows`.
    """
    if after is None:
        return Q()
    names = [name.removeprefix("-") for name in order]
    key = rows.values(*names).get(pk=after)
    # For the order (a, b): a is greater, or a is equal and b is greater.
    found, equal = Q(), Q()
    for name, field in zip(order, names, strict=True):
        side = "lt" if name.startswith("-") else "gt"
        found |= equal & Q(**{f"{field}__{side}": key[field]})
        equal &= Q(**{field: key[field]})
    return found
