"""The kinds of mail that belong to no app: the sign-in code, a test, "please look" to staff.

Nothing owes "please look" any more, since mails to staff say how pressing they are. Rows of it from
before may still wait after an upgrade, and stand in the list of mails.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, register
from clinic.messages.rendering import rendered
from clinic.messages.trying import KIND
from clinic.models.messages import Email


def _code(email: Email) -> Message:
    return rendered(
        "clinic/messages/email/sign_in_code", {"code": (email.payload or {}).get("code", "")}
    )


def _staff_look(email: Email) -> Message:
    sign_in_url = settings.SITE_URL + reverse("after_sign_in")
    return rendered("clinic/messages/email/staff_look", {"sign_in_url": sign_in_url})


def _mail_test(email: Email) -> Message:
    code = (email.payload or {}).get("code", "")
    return rendered("clinic/messages/email/mail_test", {"code": code})


def _to_active_user(email: Email, now: datetime) -> str | None:
    """Return None while the recipient may sign in, else the reason not to send."""
    return None if email.user is not None and email.user.is_active else "no_access"


def register_kinds() -> None:
    """Register these kinds of mail with the sender."""
    register(
        "sign_in_code",
        name=_("Sign-in code"),
        render=_code,
        still_due=_to_active_user,
        lane=Lane.ASKED,
        is_secret=True,
    )
    register(
        KIND,
        name=_("Test of the mail server"),
        render=_mail_test,
        still_due=_to_active_user,
        lane=Lane.URGENT,
        is_secret=True,
    )
    register(
        "staff_look",
        name=_("Please look (staff)"),
        render=_staff_look,
        still_due=_to_active_user,
        lane=Lane.URGENT,
    )
