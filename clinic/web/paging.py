"""Where a page of a list begins, and the status of a page with a form."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def after_of(request: HttpRequest) -> UUID | None:
    """Return the row a page begins after. Raises Http404 for what cannot be one."""
    value = request.GET.get("after")
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None


def form_page(request: HttpRequest, template: str, form: object, **context: object) -> HttpResponse:
    """Render a page with a form: 422 when fields are wrong, with what was typed."""
    has_errors = bool(getattr(form, "errors", None))
    context |= {"form": form, "has_errors": has_errors}
    return render(request, template, context, status=422 if has_errors else 200)
