"""How often a code or a link may be asked for, and the pages of signing in be posted to.

Asking is counted for an address and a place first, and for the address alone only much later: a
stranger cannot use up what is somebody else's.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.audit.client_address import client_network
from clinic.security.rate_limits import is_over
from clinic.sign_in.guessing.known_browsers import known_browser


def asked_too_often(request: HttpRequest, what: str, email: str) -> bool:
    """Count that `what` was asked for at this address; return whether it was too often.

    A browser in which the address signed in before counts by itself.
    """
    email = email.strip().lower()
    browser = known_browser(request, email)
    who = f"{what} {email} {browser or client_network(request)}"
    # What is refused here does not count against the address.
    if is_over("asked_from_one_place", who) or is_over("asked_from_one_place_a_day", who):
        return True
    return not browser and is_over("asked_for_an_address", f"{what} {email}")


def limited(limit: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Refuse a POST with 429 when its network, or its user once signed in, is over this limit."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            is_known = request.user.is_authenticated
            who = f"user {request.user.pk}" if is_known else client_network(request)
            if request.method == "POST" and is_over(limit, who):
                return render(request, "429.html", status=429)
            return view(request, *args, **kwargs)

        return inner

    return decorate
