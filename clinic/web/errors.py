"""What a person sees when something under the page fails: never a trace, always a way on."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from clinic.database.sealed import SealBroken

log = logging.getLogger("run_ready.errors")


# Asked before any refusal is shown; intake answers here when what was posted is an emergency.
_FIRST_SAY: list[Callable[[HttpRequest, int], HttpResponse | None]] = []


def register_emergency_first(ask: Callable[[HttpRequest, int], HttpResponse | None]) -> None:
    """Register somebody who may answer in place of a refusal with this status."""
    _FIRST_SAY.append(ask)


def emergency_first(request: HttpRequest, status: int) -> HttpResponse | None:
    """Return the page that has to be shown instead of a refusal, or None."""
    for ask in _FIRST_SAY:
        if (page := ask(request, status)) is not None:
            return page
    return None


class DatabaseErrorMiddleware:
    """Turns a database that is down, locked or out of space into a 503 page with the telephone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_passing(error) else None


def is_passing(error: BaseException | None) -> bool:
    """Tell whether the fault lies under the product: the same request may work in a minute."""
    return isinstance(error, OperationalError | InterfaceError | SealBroken)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Return the 503 page, which needs no database, session or template context."""
    log.error("unavailable: %s on %s", type(error).__name__, request.method)
    if (page_first := emergency_first(request, 503)) is not None:
        return page_first
    page = render_to_string(
        "clinic/web/cannot_answer.html", {"clinic_phone": settings.CLINIC_PHONE}
    )
    return HttpResponse(
        page, status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"}
    )
