"""Record what happens at the door: tries that failed, locks, and sign-outs."""

from django.http import HttpRequest

from clinic.audit.record import SYSTEM, Actor, actor_of, record
from clinic.models.people import User


def record_failed_sign_in(request: HttpRequest, how: str, user: User | None = None) -> None:
    """Record that somebody gave a wrong password or code; `user` is whose sign-in it was for.

    Nothing of what was typed is written, and for an e-mail that nobody has no user.
    """
    record(actor_of(request), "sign in", user, allowed=False, reason=how)


def record_lock(what: str, request: HttpRequest | None = None, user: User | None = None) -> None:
    """Record that too many tries closed something for a while: `what` is "password" for example.

    `user` is whose sign-in is closed, if it is anybody's, and the request the one that closed it.
    """
    actor = SYSTEM if request is None else actor_of(request)
    record(actor, "lock sign-in", user, allowed=False, reason=what)


def record_sign_out(request: HttpRequest, user: User, why: str = "") -> None:
    """Record that a session of this user ended; `why` is empty if they signed out."""
    record(Actor(f"user:{user.pk}", user.role, actor_of(request).ip), "sign out", reason=why)
