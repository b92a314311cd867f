"""`manage.py first_user`: add the first member of staff of a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic.audit.record import SYSTEM
from clinic.identity.asking import sentence
from clinic.identity.fields import read_email
from clinic.identity.names import read_name
from clinic.identity.readings import Unreadable
from clinic.models.people import User
from clinic.people.staff_access import AccessRefused, Roles, add_person, people_with_access
from clinic.sign_in.notices import password_link


class Command(BaseCommand):
    help = (
        "Adds the first person of a fresh installation and prints a link, good once and for a "
        "day, to choose a password. Run again it prints a new link until a password is chosen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--manager", action="store_true", help="practice manager")
        parser.add_argument("--clinician", action="store_true", help="treats patients")
        parser.add_argument("--access-admin", action="store_true", help="gives access to others")

    @transaction.atomic
    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        first = people_with_access().first()
        if first is None:
            first = self._added(email, name, options)
        # Run again for the same person, before a password is chosen, it prints a new link.
        elif first.email != email.strip().lower() or first.has_usable_password():
            raise CommandError("Somebody has access already. Further people: /accounts/people/")
        self.stdout.write(password_link(first))

    def _added(self, email: str, name: str, options: dict[str, Any]) -> User:
        roles = Roles(options["manager"], options["clinician"], options["access_admin"])
        address = read_email(email)
        if not address:
            raise CommandError("This is not an e-mail address.")
        try:
            return add_person(email=address, name=read_name(name), roles=roles, actor=SYSTEM)
        except Unreadable as problem:
            raise CommandError(sentence(problem)) from problem
        except AccessRefused as refusal:
            raise CommandError(str(refusal)) from refusal
