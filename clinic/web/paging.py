"""Helpers for views: where a page of a list begins, and the page of a form."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


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
