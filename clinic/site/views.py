"""The home page, the pages about the site, and the error pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from clinic.heard_from.arriving import note_arrival
from clinic.kept_forms.actions import keep, page_of
from clinic.kept_forms.browser import is_alone
from clinic.security.access import public
from clinic.security.requests import PublicRequest
from clinic.web.errors import cannot_answer, emergency_first, is_passing, unavailable


@public(reason="what the clinic offers is for everybody")
@require_safe
def home(request: PublicRequest) -> HttpResponse:
    """Show what the clinic offers, when to come and how to reach it."""
    note_arrival(request)
    return render(request, "clinic/site/home.html")


@public(reason="how data is kept is for everybody")
@require_safe
def privacy(request: PublicRequest) -> HttpResponse:
    """Show what is stored, for how long, and who reads it."""
    return render(request, "clinic/site/privacy.html")


@public(reason="how to use the site is for everybody")
@require_safe
def accessibility(request: PublicRequest) -> HttpResponse:
    """Show how to use the site, and how to get help with it."""
    return render(request, "clinic/site/accessibility.html")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 to a request that no form of ours sends."""
    if (page_first := emergency_first(request, 400)) is not None:
        return page_first
    return render(request, "clinic/site/400.html", status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 to a signed-in user without the role for the page."""
    if (page_first := emergency_first(request, 403)) is not None:
        return page_first
    return render(request, "clinic/site/403.html", status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 for what does not exist or belongs to somebody else."""
    if (page_first := emergency_first(request, 404)) is not None:
        return page_first
    return render(request, "clinic/site/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 to an error of ours, without using the database.

    An error that may be over in a minute gets the 503 page instead.
    """
    error = sys.exc_info()[1]
    if error is not None and is_passing(error):
        return unavailable(request, error)
    if (page_first := emergency_first(request, 500)) is not None:
        return page_first
    return cannot_answer(request, 500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the CSRF token of this session."""
    if (page_first := emergency_first(request, 403)) is not None:
        return page_first
    # A page that was opened before signing in anew. Without the token only the browser can say that
    # the form is ours, and that it is hers where nobody else has signed in.
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    is_kept = is_ours and is_alone(request) and keep(request)
    context = {"page": page_of(request) if is_kept else ""}
    return render(request, "clinic/security/403_form.html", context, status=403)
