"""Requests that a page makes by itself, with nobody there: they keep no session alive."""

from django.http import HttpRequest

HEADER = "X-Unattended"


def is_unattended(request: HttpRequest) -> bool:
    """Tell whether the page asked by itself. Anybody may say so: it only shortens a session."""
    return HEADER in request.headers
