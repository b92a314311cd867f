"""Refuse by plain http what no person opens by hand: a redirect would hide that it is not safe."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Calendar addresses: a program that asks by http would send its key in the clear each hour.
_FOR_PROGRAMS = "/calendar/"
PLAIN = "text/plain; charset=utf-8"
_SAFE = ("GET", "HEAD")


class PlainHttpMiddleware:
    """Answer 403 by http to programs, and to whatever was posted; pages are led to https."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and _is_unsafe(request):
            return HttpResponse("https only\n", status=403, content_type=PLAIN)
        return self.get_response(request)


def _is_unsafe(request: HttpRequest) -> bool:
    return request.method not in _SAFE or request.path_info.startswith(_FOR_PROGRAMS)
