"""Health checks: whether the process answers, and whether it can do its work. No details."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.before_opening.lines import all_lines, missing
from clinic.database.clock import database_now
from clinic.database.sealed import SealBroken
from clinic.messages.delivery.held_back import held_back
from clinic.messages.upkeep import Trouble, sending
from clinic.operations.clock import clock_noted_at, is_clock_silent
from clinic.security.access import public
from clinic.security.requests import PublicRequest
from clinic.self_checks.checks import ready_faults

PLAIN = "text/plain; charset=utf-8"
PAGES = ("/health/live", "/health/ready", "/health/mail", "/health/clock", "/health/set-up")


class ProbeByAddressMiddleware:
    """Let a probe reach the health pages by this machine's address, which is no host of the site.

    It would be refused, and each refusal would stand in the log as an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PAGES:
            # These pages draw no link, so that nothing shows the host.
            request.META["HTTP_HOST"] = settings.SITE_HOST
        return self.get_response(request)


@public(reason="says only that the process answers")
@require_safe
def live(request: PublicRequest) -> HttpResponse:
    """Answer 200: the process is alive."""
    return HttpResponse("live\n", content_type=PLAIN)


@public(reason="says only ready or not")
@require_safe
def ready(request: PublicRequest) -> HttpResponse:
    """Answer 200 if this process can show pages, else 503.

    The database answers, the keys are its own, its schema is that of the code, and the static files
    are there. Mail that is late is not part of it: a load balancer would take the page with 911
    away for it.
    """
    try:
        is_ready = not ready_faults(database_now())
    except DatabaseError:
        is_ready = False
    return _answer("ready" if is_ready else "not ready", is_right=is_ready)


@public(reason="says only whether mail is sent in time")
@require_safe
def mail(request: PublicRequest) -> HttpResponse:
    """Answer 200 while mail is sent in time, else 503.

    The sender is silent, mail is late, or it is held back until somebody says that it may go.
    """
    try:
        trouble = sending().trouble(database_now())
        is_held_back = held_back() is not None
    except (DatabaseError, SealBroken):
        return _answer("mail: unknown", is_right=False)
    if is_held_back:
        return _answer("mail: held back", is_right=False)
    is_right = trouble not in (Trouble.SILENT, Trouble.LATE)
    return _answer("mail: in time" if is_right else f"mail: {trouble}", is_right=is_right)


@public(reason="says only whether the clock process runs")
@require_safe
def clock(request: PublicRequest) -> HttpResponse:
    """Answer 200 while the clock process runs, or where there is none, else 503."""
    try:
        is_right = not is_clock_silent(clock_noted_at(), database_now())
    except (DatabaseError, SealBroken):
        return _answer("clock: unknown", is_right=False)
    return _answer("clock: running" if is_right else "clock: silent", is_right=is_right)


@public(reason="says only how many lines are missing")
@require_safe
def set_up(request: PublicRequest) -> HttpResponse:
    """Say whether anything is missing in the list "Before you open". It is no part of `ready`."""
    try:
        count = len(missing(all_lines(timezone.now())))
    except DatabaseError:
        return HttpResponse("set-up: unknown\n", status=503, content_type=PLAIN)
    text = f"set-up: {count} missing" if count else "set-up: complete"
    return HttpResponse(f"{text}\n", content_type=PLAIN)


def _answer(text: str, *, is_right: bool) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=200 if is_right else 503, content_type=PLAIN)
