"""Health checks: whether the process answers, and whether it can do its work. No details."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.before_opening.lines import all_lines, missing
from clinic.database.sealed import SealBroken
from clinic.keys.checking import problem
from clinic.messages.upkeep import Trouble, sending
from clinic.security.access import public
from clinic.security.requests import PublicRequest

PLAIN = "text/plain; charset=utf-8"
PAGES = ("/health/live", "/health/ready", "/health/set-up")


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
    """Answer 200 if the database answers, the keys are its own and mail goes in time, else 503."""
    try:
        is_ready = problem() is None and _is_sending()
    except (DatabaseError, SealBroken):
        is_ready = False
    return HttpResponse(
        "ready\n" if is_ready else "not ready\n",
        status=200 if is_ready else 503,
        content_type=PLAIN,
    )


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


def _is_sending() -> bool:
    return sending().trouble(timezone.now()) not in (Trouble.SILENT, Trouble.LATE)
