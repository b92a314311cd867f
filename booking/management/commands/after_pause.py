"""`manage.py after_pause`: say whether mail is held back after a long silence, or let it go."""

from django.core.management.base import BaseCommand, CommandParser

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.clock import database_now
from clinic.messages.delivery.held_back import held_back, let_go


class Command(BaseCommand):
    help = (
        "Says whether mail is held back because no sender ran for hours. With --go-on it goes. "
        "After a restore, run `manage.py after_restore` first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--go-on", action="store_true", help="send what waits")

    def handle(self, *args: object, go_on: bool, **options: object) -> None:
        held = held_back()
        if held is None:
            self.stdout.write("No mail is held back.")
        elif go_on:
            mails = let_go(context=Context(SYSTEM, database_now()))
            self.stdout.write(f"{mails} mails go with the next run.")
        else:
            self.stdout.write(held.words)
