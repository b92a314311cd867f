"""Requests that a page makes by itself ("unattended"). They do not keep a session alive.

A part of a page that refreshes itself sends the version it shows and gets 304 while that has not
changed. If the session ended, it gets an event for its script instead of a sign-in page.
"""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

HEADER = "X-Unattended"
# static/clinic/refreshing.js listens for it.
SIGNED_OUT = "signed-out"


def is_unattended(request: HttpRequest) -> bool:
    """Return whether the page made the request by itself.

    The header is trusted, as it can only shorten a session.
    """
    return HEADER in request.headers


def wants_part(request: HttpRequest) -> bool:
    """Return whether htmx made the request, so that the view returns a part and not a page."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def version_of(text: str) -> str:
    """Return a version of this text, for a part that is rendered before it is compared."""
    return sha256(text.encode()).hexdigest()[:24]


def seen_version(request: HttpRequest) -> str:
    """Return the version that an unattended request says is shown, or an empty string."""
    return request.headers.get("If-None-Match", "").strip('"') if is_unattended(request) else ""


def led_to(request: HttpRequest, url: str) -> HttpResponse:
    """Return a redirect that also works when htmx made the request.

    The browser would follow a plain redirect, and htmx would swap in the page at its end. An
    unattended request is not redirected: it gets 204 and the event SIGNED_OUT.
    """
    if not wants_part(request):
        answer: HttpResponse = HttpResponseRedirect(url)
    elif is_unattended(request):
        answer = trigger_client_event(HttpResponse(status=204), SIGNED_OUT)
    else:
        answer = HttpResponseClientRedirect(url)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
