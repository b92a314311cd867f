"""A number for each request, so that an error on somebody's screen is found in the log."""

import secrets
import weakref
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# Two of them are never alike, and nothing can be told from one.
_BYTES = 8
# Not the request itself: a thread that waits for its next one would keep all that was posted.
_current: ContextVar["weakref.ref[HttpRequest] | None"] = ContextVar("request", default=None)


class RequestIdMiddleware:
    """Give each request an id of ours, and say it in a header of the answer.

    What a proxy or a browser sends as an id is not taken: it would be written into the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["RUN_READY_REQUEST_ID"] = secrets.token_hex(_BYTES)
        before = _current.set(weakref.ref(request))
        try:
            response = self.get_response(request)
        finally:
            # What the thread does next is not about this request.
            _current.reset(before)
        response.headers[HEADER] = request_id(request)
        return response


def request_id(request: HttpRequest) -> str:
    """Return the id of the request, "" where the middleware did not see it."""
    found: str = request.META.get("RUN_READY_REQUEST_ID", "")
    return found


def current_request() -> HttpRequest | None:
    """Return the request that this thread works for, None outside of one."""
    found = _current.get()
    return None if found is None else found()


def route_of(request: HttpRequest) -> str:
    """Return the name of the address that was asked for, "" before it is known. Never the path."""
    match = request.resolver_match
    return "" if match is None else match.view_name or ""


def user_id_of(request: HttpRequest) -> int | None:
    """Return the id of who is signed in, as far as this request has asked already."""
    found: int | None = getattr(getattr(request, "_cached_user", None), "pk", None)
    return found
