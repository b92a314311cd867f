"""`manage.py reset_sign_in EMAIL --reason TEXT`: take somebody's lost app or passkey away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import User
from clinic.people.staff_access import AccessRefused, reset_sign_in
from clinic.sign_in.notices import password_link


class Command(BaseCommand):
    help = (
        "Takes away the app, passkeys and recovery codes of a member of staff who is locked out "
        "when nobody else gives access, and ends all sessions of that person. Who it is must be "
        "known before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="why; the audit trail keeps it")
        parser.add_argument(
            "--link", action="store_true", help="also print a link to choose a password"
        )

    def handle(self, *args: Any, email: str, reason: str, link: bool, **options: Any) -> None:
        if not reason.strip():
            raise CommandError("Give a reason.")
        context = Context(SYSTEM, timezone.now())
        try:
            user = reset_sign_in(email=email, reason=reason.strip(), context=context)
        except User.DoesNotExist as error:
            raise CommandError("No member of staff has this e-mail.") from error
        except AccessRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Taken away. The next sign-in sets up another app or passkey.")
        if link:
            self.stdout.write(password_link(user))
