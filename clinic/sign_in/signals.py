"""Receivers for signals: somebody signed in or out, failed to, or changed how to sign in."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import (
    password_changed,
    password_reset,
    user_logged_in,
    user_logged_out,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed as wrong_factor
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.client_address import client_address
from clinic.audit.record import Actor, record
from clinic.audit.sign_ins import record_failed_sign_in, record_sign_out
from clinic.models.people import Patient, User
from clinic.ownership.mailbox import prove
from clinic.sign_in import session_limits
from clinic.sign_in.guessing.known_browsers import forget_other_browsers
from clinic.sign_in.guessing.tries import forget_tries
from clinic.sign_in.guessing.used_steps import use_code
from clinic.sign_in.notices import owe_notice
from clinic.sign_in.own_sessions.actions import end_all_but, note_sign_in, note_sign_out


def _actor(user: User, request: HttpRequest) -> Actor:
    return Actor(f"user:{user.pk}", user.role, client_address(request))


def _proofs(request: HttpRequest, user: User) -> str:
    """Return how the user proved who it is: "password, totp" for example."""
    records = get_authentication_records(request, user)
    return ", ".join(str(one.get("type") or one["method"]) for one in records)


@receiver(user_logged_in)
def after_sign_in(request: HttpRequest, user: User, **kwargs: object) -> None:
    """Record it, start and list the session, and note that a patient reads her mail."""
    record(_actor(user, request), "sign in", reason=_proofs(request, user))
    session_limits.begin(request)
    note_sign_in(request, user, now=timezone.now())
    forget_tries(request, user.email)
    own = None if user.is_staff else Patient.objects.current().filter(user=user).first()
    if own is not None:
        # Patients sign in by a mailed code and by nothing else.
        prove(own, timezone.now())


@receiver(user_login_failed)
def after_wrong_password(
    credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: object
) -> None:
    """Record it, with the same work for an e-mail that nobody has."""
    if request is not None:
        email = str(credentials.get("email") or credentials.get("username") or "")
        whose = User.objects.filter(email=email.strip().lower()).first()
        record_failed_sign_in(request, "password", whose)


@receiver(wrong_factor)
def after_wrong_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Record it, with the kind of the second step."""
    record_failed_sign_in(request, str(authenticator.type), user)


@receiver(user_logged_out)
def after_sign_out(request: HttpRequest, user: User | None, **kwargs: object) -> None:
    """Record it, and take the session off the list of its owner."""
    note_sign_out(request, now=timezone.now())
    if user is not None:
        record_sign_out(request, user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def after_factor_change(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """End all other sessions of the user: they did not pass the factor there is now."""
    # An app that was taken away has no row any more, and no code to use up.
    if authenticator.type == Authenticator.Type.TOTP and authenticator.pk is not None:
        # Counts the code that set the app up as used, so that it does not work a second time.
        use_code(authenticator, request.POST.get("code", ""))
    end_all_but(request, user)
    record(_actor(user, request), "change second factor", reason=authenticator.type)


@receiver(authenticator_added)
def after_factor_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Count setting up an app or a passkey as a proof: its owner has just shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver([password_changed, password_reset])
def after_password_change(request: HttpRequest, user: User, **kwargs: object) -> None:
    """Record it. The other sessions ended with the old password, other browsers are unknown."""
    if request.user.is_authenticated:
        end_all_but(request, user)
    else:
        user.end_sessions()
    forget_other_browsers(request, user)
    record(_actor(user, request), "change password")


@receiver(authenticator_used)
def after_recovery_code(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Record it, and tell the owner, in case it was somebody else."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record(_actor(user, request), "use recovery code")
        owe_notice("recovery_code_used", user)
