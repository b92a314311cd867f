"""`manage.py migrate`: Django's own, as the owner of the tables if there is one of its own."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from clinic.database.grants import grant, grants_to, tables_of
from clinic.database.owner import as_owner


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--print-grants",
            metavar="USER",
            help="migrate nothing; print the SQL that grants this user what the site needs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        using, role = options["database"], options["print_grants"]
        user = connections[using].settings_dict.get("USER", "")
        with as_owner(using):
            if role:
                self.stdout.write("\n".join(f"{one};" for one in grants_to(role, tables_of(using))))
                return
            super().handle(*args, **options)
            if settings.OWNER_DATABASE is not None and not options["plan"]:
                # New tables too: the user of the site reaches none that it was not granted.
                grant(user, using)
