"""What the browser knows of a session that is over: whose it was, and that a form was kept.

Both are cookies that open nothing. A form that comes without a session is kept for the person whose
session this browser had last, and only if it was opened in that session: its token against forged
forms, which Django has checked, must be the one that this person had and nobody else.
"""

import json
from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from clinic.database.sealed import SealBroken, open_text, seal_text
from clinic.web.cookies import cookie_name, set_cookie

PERSON = cookie_name("last_person")
KEPT = cookie_name("kept_form")
# Longer than any page stays open: the cookie must not forget that somebody else was here.
_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class _Noted:
    """Whose session the browser had last ("user:12", "patient:<uuid>", "" if unknown).

    `token` is a hash of the token that session's forms have. `is_shared` says that another person
    had the same one, `is_alone` that nobody else had a session here at all.
    """

    person: str = ""
    token: str = ""
    is_shared: bool = False
    is_alone: bool = True


def last_person(request: HttpRequest) -> str:
    """Return whose form this is, as in the audit trail, or "" if that is not certain."""
    noted = _read(request)
    return "" if noted.is_shared or noted.token != _token_of(request) else noted.person


def is_alone(request: HttpRequest) -> bool:
    """Return whether nobody else had a session in this browser while the cookie lived."""
    return _read(request).is_alone


def _read(request: HttpRequest) -> _Noted:
    try:
        return _Noted(**json.loads(open_text(request.COOKIES[PERSON])))
    except (KeyError, ValueError, TypeError, SealBroken):
        return _Noted()


def _token_of(request: HttpRequest) -> str:
    # Where Django's check puts the secret behind the tokens, also one that is new with this answer.
    secret = request.META.get("CSRF_COOKIE") or ""
    return salted_hmac("clinic.kept_forms", secret, algorithm="sha256").hexdigest()


def note_person(request: HttpRequest, answer: HttpResponse, person: str) -> None:
    """Note in the browser whose session it has, unless that is noted already."""
    before, token = _read(request), _token_of(request)
    if (before.person, before.token) == (person, token):
        return
    is_same = before.person in ("", person)
    now = _Noted(
        person,
        token,
        is_shared=before.token == token and not is_same,
        is_alone=before.is_alone and is_same,
    )
    set_cookie(answer, PERSON, seal_text(json.dumps(asdict(now))), _SECONDS)


def note_kept(answer: HttpResponse, seconds: int) -> None:
    """Note in the browser that a form was kept: only then is one looked for."""
    set_cookie(answer, KEPT, "1", seconds)


def forget_kept(answer: HttpResponse) -> None:
    """Take that note away."""
    answer.delete_cookie(KEPT, samesite="Strict")
