"""The answer when the database fails: a 503 page with the phone number, and no details."""

import logging
from collections.abc import Callable, Mapping

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from clinic.database.sealed import SealBroken
from clinic.practice.facts import clinic_facts
from clinic.request_ids import request_id

log = logging.getLogger("run_ready.errors")


# Asked before any refusal is shown. The intake app answers if what was posted is an emergency.
_EMERGENCY_PAGES: list[Callable[[HttpRequest, int], HttpResponse | None]] = []


def register_emergency_first(ask: Callable[[HttpRequest, int], HttpResponse | None]) -> None:
    """Register a function that may return a page in place of a refusal with that status."""
    _EMERGENCY_PAGES.append(ask)


def emergency_first(request: HttpRequest, status: int) -> HttpResponse | None:
    """Return the page to show instead of a refusal with this status, or None."""
    for ask in _EMERGENCY_PAGES:
        if (page := ask(request, status)) is not None:
            return page
    return None


class DatabaseErrorMiddleware:
    """Answer 503 when the database is down, locked or out of space while a view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_passing(error) else None


def is_passing(error: BaseException | None) -> bool:
    """Return whether the cause lies outside our code, so that a later try may work."""
    return isinstance(error, OperationalError | InterfaceError | SealBroken)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Log the error and return the 503 page, which needs no database, session or context."""
    # The formatter adds the route. The method is a word that the visitor chooses.
    log.error("unavailable", exc_info=error)
    if (page_first := emergency_first(request, 503)) is not None:
        return page_first
    return cannot_answer(request, 503, {"Retry-After": "30", "Cache-Control": "no-store"})


def cannot_answer(
    request: HttpRequest, status: int, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return the page that says that the site cannot answer; it needs no database and no session.

    It names the request, so that who runs the site finds the error in the log.
    """
    context = {"clinic_phone": clinic_facts().phone, "request_id": request_id(request)}
    page = render_to_string("clinic/web/cannot_answer.html", context)
    return HttpResponse(page, status=status, headers=headers)
