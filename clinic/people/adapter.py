"""How signing in fits this clinic: nobody signs up, codes are for patients, mail is owed."""

import uuid
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from clinic.mail.outbox import owe
from clinic.people.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Staff sign in by password and second factor, patients by a six-digit mailed code."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe the mail with the code; strangers and other occasions get none."""
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        if template_prefix != "account/email/login_code" or user is None:
            return
        now = timezone.now()
        owe(
            kind="sign_in_code",
            about=f"code:{uuid.uuid4()}",
            user=user,
            due_at=now,
            useless_after=now + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
            payload={"code": context["code"]},
        )

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing on the next page: each page says itself what happened."""
