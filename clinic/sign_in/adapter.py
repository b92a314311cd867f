"""Adapters for django-allauth: nobody signs up, codes are for patients, mail goes by the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.audit.client_address import client_address
from clinic.database.sealed import open_text, seal_text
from clinic.models.people import User
from clinic.sign_in.guessing.known_browsers import note_browser
from clinic.sign_in.guessing.tries import Try, give_back, note_wrong, take_try
from clinic.sign_in.notices import CHANGES, owe_notice

# What the library calls the ways to prove who one is, and what we call them.
PASSWORD = "reauthenticate"  # noqa: S105
WAYS = {
    PASSWORD: _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    """Staff sign in with a password and a second factor, patients with a six-digit mailed code."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that tries are counted for, not from a header anybody can write."""
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try at the password before it is judged. Raises ValidationError if none may be.

        This takes the place of the library's own count, which stands in a cache.
        """
        self._try: Try | None = take_try(request, credentials.get("email", ""))
        if self._try is None:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user whose password this is, or None. A right one counts as no try."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and self._try is not None:
            give_back(self._try)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the try counted."""
        if self._try is not None:
            note_wrong(self._try)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Redirect somebody who has signed in wholly, and note that she did so in this browser."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        note_browser(request, answer, user)
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: codes and links are asked for, and the sender decides who gets one."""

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Owe one of the library's notices, in our own neutral words."""
        change = template_prefix.rpartition("/")[2]
        if change in CHANGES:
            owe_notice(change, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Return whether the newest proof is older than ACCOUNT_REAUTHENTICATION_TIMEOUT.

        Who has a second factor proves it by a code or a passkey; a password alone is no proof.
        """
        user = self.request.user
        records = get_authentication_records(self.request, user)
        if is_mfa_enabled(user):
            records = [one for one in records if one["method"] == "mfa"]
        newest = max((one["at"] for one in records), default=0)
        return timezone.now().timestamp() - newest > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return the ways to prove it again, the usual one first; no password if there is more."""
        methods = super().get_reauthentication_methods(user)
        strong = [one for one in methods if one["id"] != PASSWORD]
        if strong and not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            # A passkey, then the recovery codes that were made with it.
            strong.reverse()
        return [one | {"description": WAYS[one["id"]]} for one in strong or methods]

    def add_message(self, *args: object, **kwargs: object) -> None:
        """Add no message: each of our pages says itself what happened."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Store the secrets of authenticator apps and recovery codes encrypted; name the site."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what a passkey is bound to: the site's host name, and the name devices show."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def encrypt(self, text: str) -> str:
        return seal_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_text(encrypted_text)
