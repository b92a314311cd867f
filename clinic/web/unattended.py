"""Requests that a page makes by itself, with nobody there: they keep no session alive.

A part of a page that refreshes itself sends the version it shows, and is answered 304 while that
is still so. Whoever is signed out meanwhile is told by an event; no page to sign in is swapped in.
"""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

HEADER = "X-Unattended"
# static/clinic/refreshing.js listens for it.
SIGNED_OUT = "signed-out"


def is_unattended(request: HttpRequest) -> bool:
    """Tell whether the page asked by itself. Anybody may say so: it only shortens a session."""
    return HEADER in request.headers


def wants_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks: a view then answers with the part that is swapped, not the page."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def version_of(text: str) -> str:
    """Return the version of a part that is drawn before it is compared."""
    return sha256(text.encode()).hexdigest()[:24]


def seen_version(request: HttpRequest) -> str:
    """Return the version that the page shows which asks by itself, or an empty string."""
    return request.headers.get("If-None-Match", "").strip('"') if is_unattended(request) else ""


def led_to(request: HttpRequest, url: str) -> HttpResponse:
    """Return a redirect, in words that htmx takes for one.

    htmx would follow a plain redirect unseen and swap in the page at its end. A refresh is led
    nowhere: it gets 204 and the event that makes the page say that the session ended.
    """
    if not wants_part(request):
        answer: HttpResponse = HttpResponseRedirect(url)
    elif is_unattended(request):
        answer = trigger_client_event(HttpResponse(status=204), SIGNED_OUT)
    else:
        answer = HttpResponseClientRedirect(url)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
