"""What the browser knows of a session that is over: whose it was, and that a form was kept.

Both are cookies that open nothing. A form that comes without a session is kept for the person whose
session this browser had last; Django's check against forged forms makes sure that it was rendered
in that session, since every sign-in changes the token.
"""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from clinic.database.sealed import SealBroken, open_text, seal_text

_PREFIX = "" if settings.TRIAL else "__Host-"
PERSON = f"{_PREFIX}last_person"
KEPT = f"{_PREFIX}kept_form"


def last_person(request: HttpRequest) -> str:
    """Return whose session this browser had last: "user:12", "patient:<uuid>", "" if unknown."""
    return _read(request)[0]


def is_alone(request: HttpRequest) -> bool:
    """Return whether nobody else had a session in this browser while the cookie lived."""
    return _read(request)[1]


def _read(request: HttpRequest) -> tuple[str, bool]:
    try:
        person, alone = json.loads(open_text(request.COOKIES[PERSON]))
    except (KeyError, ValueError, TypeError, SealBroken):
        return "", True
    return str(person), bool(alone)


def note_person(request: HttpRequest, answer: HttpResponse, person: str) -> None:
    """Note in the browser whose session it has, unless that is noted already."""
    before, was_alone = _read(request)
    if before == person:
        return
    value = seal_text(json.dumps([person, was_alone and not before]))
    _set(answer, PERSON, value, settings.SESSION_COOKIE_AGE)


def note_kept(answer: HttpResponse, seconds: int) -> None:
    """Note in the browser that a form was kept: only then is one looked for."""
    _set(answer, KEPT, "1", seconds)


def forget_kept(answer: HttpResponse) -> None:
    """Take that note away."""
    answer.delete_cookie(KEPT, samesite="Strict")


def _set(answer: HttpResponse, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        secure=not settings.TRIAL,
        samesite="Strict",
    )
