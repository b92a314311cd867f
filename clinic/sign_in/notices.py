"""Mail about a person's own sign-in: a code, a link to choose a password, notices of changes.

A notice says what was done, but not where nor to which account. Links go to staff only. What
anybody can ask for is answered here, by the sender and not in the request.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.messages import asked
from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.sign_in.codes import user_for_code
from clinic.sign_in.guessing.mailed_codes import CODE
from clinic.sign_in.guessing.tries import CLOSED

# What the sender is asked for.
PASSWORD_LINK = "password_link"  # noqa: S105 a name
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
    CLOSED: _(
        "Somebody typed a wrong password or code five times. Signing in was closed there for 15"
        " minutes. Your own computers are not closed."
    ),
}


def owe_notice(change: str, user: User, *, about: str = "") -> None:
    """Owe the user a notice of one of CHANGES. The same `about` is owed once."""
    now = timezone.now()
    owe(
        kind="access_notice",
        about=about or f"notice:{uuid.uuid4()}",
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


def _mail_code(content: Any, asked_at: datetime) -> None:
    """Owe the code to whoever it signs in; nobody else gets a mail."""
    user = user_for_code(content["email"])
    if user is None:
        return
    owe(
        kind="sign_in_code",
        # Each request for a code is a mail of its own, so none is taken for one owed before.
        about=f"code:{uuid.uuid4()}",
        user=user,
        due_at=asked_at,
        useless_after=asked_at + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
        payload={"code": content["code"]},
    )


def _mail_password_link(content: Any, asked_at: datetime) -> None:
    """Owe the link to a member of staff. A patient has no password and gets nothing."""
    user = _staff_with(content["email"])
    if user is not None:
        owe_password_link(user, now=asked_at)


def _tell_of_closing(content: Any, asked_at: datetime) -> None:
    """Owe a member of staff a notice that the sign-in was closed, one in an hour at most."""
    user = _staff_with(content["email"])
    if user is not None:
        owe_notice(CLOSED, user, about=f"closed:{user.pk}:{asked_at:%Y-%m-%dT%H}")


def _staff_with(email: str) -> User | None:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    return user if user is not None and user.is_staff else None


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
    """Register these kinds of mail, and what anybody can ask for, with the sender."""
    asked.register(CODE, _mail_code)
    asked.register(PASSWORD_LINK, _mail_password_link)
    asked.register(CLOSED, _tell_of_closing)
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
