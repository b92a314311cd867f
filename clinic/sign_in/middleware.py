"""Middleware: end sessions in time, and tell the browser to forget its pages when one ends."""

from collections.abc import Callable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone

from clinic.security.requests import SessionRequest
from clinic.sign_in import session_limits
from clinic.sign_in.own_sessions.actions import is_ended, note_seen
from clinic.web.unattended import is_unattended

# Pages that the browser kept, to go back to for example. Cookies stay: known browsers are one.
FORGET = '"cache", "storage"'


class SessionLimitsMiddleware:
    """End a session before any view runs: idle too long, too old, or ended by its owner elsewhere.

    A request that a page makes by itself does not keep its session alive.

    Sets `request.session_ended`, and `request.session_ends_at` for the warning on the page. A view
    marked `saves_before_ending` saves what was posted and ends the session itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        ends_at = session_limits.ends_at(request)
        if ends_at is not None and is_ended(request):
            session_limits.end(request)
            ends_at = None
        is_over = ends_at is not None and ends_at <= timezone.now()
        session_request = cast("SessionRequest", request)
        session_request.session_ended = is_over
        if is_over and not _saves_before_ending(request):
            session_limits.end(request)
        elif ends_at is not None and not is_unattended(request):
            _note(request)
        session_request.session_ends_at = session_limits.ends_at(request)
        response = self.get_response(request)
        if was_signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = FORGET
        # A session begins when a view first stores something in it.
        if not request.session.is_empty() and session_limits.BEGAN not in request.session:
            session_limits.begin(request)
        return response


def _note(request: HttpRequest) -> None:
    if not session_limits.is_noted(request):
        session_limits.renew(request)
        note_seen(request, now=timezone.now())


def _saves_before_ending(request: HttpRequest) -> bool:
    # The view is not known yet in a middleware, so the address is resolved here.
    if request.method != "POST":
        return False
    try:
        return hasattr(resolve(request.path_info).func, "saves_before_ending")
    except Http404:
        return False
