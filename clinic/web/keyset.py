"""Pages of a list that begin after a row and not at a number."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

PAGE_SIZE = 50


def beyond(order: Sequence[str], rows: QuerySet[Any], after: UUID | None) -> Q:
    """Return what comes after the row `after` in that order ("-name" is descending).

    What happens to rows on earlier pages moves nothing past the reader. None is the first page.
    `rows` are those a page may begin after; raises their DoesNotExist for another one. The order
    ends with the key, so that no two rows are alike, and none of its values may be null.
    """
    if after is None:
        return Q()
    names = [name.removeprefix("-") for name in order]
    key = rows.values(*names).get(pk=after)
    found, equal = Q(), Q()
    for name, field in zip(order, names, strict=True):
        side = "lt" if name.startswith("-") else "gt"
        found |= equal & Q(**{f"{field}__{side}": key[field]})
        equal &= Q(**{field: key[field]})
    return found
