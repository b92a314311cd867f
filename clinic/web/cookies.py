"""Set a cookie of ours: for this host only, over https only, closed to scripts and to other sites.

Nothing else sets one. Django's own cookies, of sessions and forms, have the same flags by settings.
"""

from django.conf import settings
from django.core.signing import get_cookie_signer
from django.http import HttpResponse


def cookie_name(name: str) -> str:
    """Return the name the cookie has in the browser.

    With `__Host-` a browser takes it over https only, and from no other host of the domain. A trial
    has no https.
    """
    return name if settings.TRIAL else f"__Host-{name}"


def set_cookie(
    answer: HttpResponse, name: str, value: str, seconds: int, *, salt: str = ""
) -> None:
    """Set the cookie of this name as made by `cookie_name`; with a `salt` its value is signed."""
    if salt:
        value = _signed(name, value, salt)
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        secure=not settings.TRIAL,
        samesite="Strict",
    )


def _signed(name: str, value: str, salt: str) -> str:
    # As `get_signed_cookie` of a request reads it.
    return str(get_cookie_signer(salt=name + salt).sign(value))
