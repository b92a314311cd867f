"""Where a page of a list begins."""

from uuid import UUID

from django.http import Http404, HttpRequest


def after_of(request: HttpRequest) -> UUID | None:
    """Return the row a page begins after. Raises Http404 for what cannot be one."""
    value = request.GET.get("after")
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None
