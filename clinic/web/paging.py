"""Where a page of a list begins: after a row, not at a number. And the page of a form."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

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


def after_of(request: HttpRequest) -> UUID | None:
    """Return the id of the row the page begins after, or None. Raises Http404 if it is no id."""
    value = request.GET.get("after")
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None


def form_page(request: HttpRequest, template: str, form: object, **context: object) -> HttpResponse:
    """Render a page with a form. The status is 422 if the form has errors."""
    has_errors = bool(getattr(form, "errors", None))
    context |= {"form": form, "has_errors": has_errors}
    return render(request, template, context, status=422 if has_errors else 200)
