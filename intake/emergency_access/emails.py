"""The mail to whoever gives access: somebody opened a record in an emergency."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import User
from intake.models import EmergencyAccess

KIND = "emergency_access"
LIVES = timedelta(days=7)


def owe_emergency_mail(access: EmergencyAccess, *, now: datetime) -> None:
    """Owe the mail to everybody who gives access, or to the managers when nobody does.

    Who opened it gets none, unless there is nobody else.
    """
    for user in _told(access.user):
        owe(
            kind=KIND,
            about=f"{KIND}:{access.pk}:{user.pk}",
            user=user,
            due_at=now,
            useless_after=now + LIVES,
        )


def _told(opener: User) -> list[User]:
    active = User.objects.filter(is_active=True)
    admins, managers = active.filter(is_access_admin=True), active.filter(is_manager=True)
    others = (list(one.exclude(pk=opener.pk).order_by("pk")) for one in (admins, managers))
    return next((found for found in others if found), [opener])


def _render(email: Email) -> Message:
    may_look = email.user is not None and email.user.is_access_admin
    url = settings.SITE_URL + reverse("emergency_accesses") if may_look else ""
    return rendered("intake/emergency_access/email/emergency_access", {"url": url})


def _still_due(email: Email, now: datetime) -> str | None:
    return None if email.user is not None and email.user.is_active else "no_access"


def register_kinds() -> None:
    """Register this kind of mail with the sender."""
    register(
        KIND,
        name=_("Emergency access (staff)"),
        render=_render,
        still_due=_still_due,
        lane=Lane.URGENT,
    )
