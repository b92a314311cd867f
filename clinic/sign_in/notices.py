"""Mail about a person's own sign-in: a link to choose a password, and notices of changes.

A notice says what was done, but not where nor to which account. Links go to staff only.
"""

import uuid
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import User

# A notice older than this is of no use, and no mail may be owed forever.
NOTICE_DAYS = 7
CHANGES = {
    "password_changed": _("Your password was changed."),
    "password_reset": _("A new password was chosen with the link we mailed."),
    "password_set": _("A password was chosen."),
    "totp_activated": _("An authenticator app was set up."),
    "totp_deactivated": _("The authenticator app was removed."),
    "second_factor_reset": _(
        "Whoever gives access took away your app, passkeys and recovery codes. Set up another one "
        "when you sign in."
    ),
    "webauthn_added": _("A passkey was added."),
    "webauthn_removed": _("A passkey was removed."),
    "recovery_codes_generated": _("New recovery codes were made. The old ones work no more."),
    "recovery_code_used": _("A recovery code was used to sign in."),
}


def owe_notice(change: str, user: User) -> None:
    """Owe the user a notice of one of CHANGES."""
    now = timezone.now()
    owe(
        kind="access_notice",
        about=f"notice:{uuid.uuid4()}",
        user=user,
        due_at=now,
        useless_after=now + timedelta(days=NOTICE_DAYS),
        payload={"change": change},
    )


def owe_password_link(user: User, *, now: datetime) -> None:
    """Owe a member of staff a link to choose a password.

    A newer link does not close an older one; choosing a password closes all of them.
    """
    owe(
        kind="access_link",
        about=f"access:{uuid.uuid4()}",
        user=user,
        due_at=now,
        useless_after=now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
        payload={"url": password_link(user)},
    )


def password_link(user: User) -> str:
    """Return an address at which the user can choose a password, once."""
    kwargs = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=kwargs)


def _notice(email: Email) -> Message:
    change = CHANGES[(email.payload or {})["change"]]
    return rendered("clinic/sign_in/email/access_notice", {"change": change})


def _link(email: Email) -> Message:
    return rendered("clinic/sign_in/email/access_link", {"url": (email.payload or {})["url"]})


def _to_active_user(email: Email, now: datetime) -> str | None:
    """Return None while the recipient may sign in, else the reason not to send."""
    return None if email.user is not None and email.user.is_active else "no_access"


def _to_active_staff(email: Email, now: datetime) -> str | None:
    """Return None while the recipient is staff and may sign in, else the reason not to send."""
    is_staff = email.user is not None and email.user.is_staff
    return _to_active_user(email, now) if is_staff else "no_access"


def register_kinds() -> None:
    """Register these kinds of mail with the sender."""
    register(
        "access_notice",
        name=_("Access was changed (staff)"),
        render=_notice,
        still_due=_to_active_user,
        needs_payload=True,
    )
    register(
        "access_link",
        name=_("Link to set a password (staff)"),
        render=_link,
        still_due=_to_active_staff,
        lane=Lane.ASKED,
        is_secret=True,
    )
