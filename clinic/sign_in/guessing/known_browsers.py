"""Browsers in which somebody signed in before: no stranger's tries close the account for them."""

import hashlib
import secrets
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clinic.models.people import User
from clinic.models.sign_in import KnownBrowser
from clinic.web.cookies import cookie_name, set_cookie

COOKIE = cookie_name("known_browser")
_SALT = "clinic.sign_in.known_browser"
# A browser that was not used for so long is unknown again.
KNOWN_FOR = timedelta(days=180)


def known_browser(request: HttpRequest, email: str) -> str:
    """Return what stands for this browser if the account of this e-mail was signed in to here.

    Else "". The present session plays no part in it.
    """
    token = _token(request)
    if not token:
        return ""
    rows = KnownBrowser.objects.filter(
        token_hash=_hash(token),
        user__email=email.strip().lower(),
        last_at__gt=timezone.now() - KNOWN_FOR,
    )
    return _hash(token) if rows.exists() else ""


def note_browser(request: HttpRequest, answer: HttpResponse, user: User) -> None:
    """Note that this user has signed in wholly in this browser."""
    now, token = timezone.now(), _token(request) or secrets.token_urlsafe(32)
    KnownBrowser.objects.update_or_create(
        token_hash=_hash(token),
        user=user,
        defaults={"last_at": now},
        create_defaults={"first_at": now, "last_at": now},
    )
    set_cookie(answer, COOKIE, token, int(KNOWN_FOR.total_seconds()), salt=_SALT)


def forget_other_browsers(request: HttpRequest, user: User) -> None:
    """Make every browser of the user unknown, except the one of this request."""
    token = _token(request)
    KnownBrowser.objects.filter(user=user).exclude(token_hash=_hash(token)).delete()


def _token(request: HttpRequest) -> str:
    age = int(KNOWN_FOR.total_seconds())
    found = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=age)
    return found or ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
