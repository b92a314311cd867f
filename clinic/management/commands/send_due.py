"""`manage.py send_due`: send the mail that is due, or with --loop run all periodic jobs."""

import time

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from clinic.messages.delivery.claiming import JOB
from clinic.messages.delivery.held_back import held_back
from clinic.operations.periodic import run, run_due

EVERY_SECONDS = 10


class Command(BaseCommand):
    help = (
        "Send the e-mails that are due. With --loop, run every periodic job in its turn until "
        "stopped: what clock and worker do, where there is no broker."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep going until stopped")

    def handle(self, *args: object, **options: object) -> None:
        if not options["loop"]:
            self.stdout.write(f"{run(JOB)} sent")
            if held := held_back():
                self.stderr.write(held.words)
            return
        while True:
            self._once()
            time.sleep(EVERY_SECONDS)

    def _once(self) -> None:
        # As a request does: a connection the server has closed must not fail every further round.
        close_old_connections()
        try:
            for name, result in run_due():
                self.stdout.write(f"{name}: {result}")
        except OperationalError as error:  # the database is away for now: the loop goes on
            self.stderr.write(f"not run: {type(error).__name__}")
            close_old_connections()
        self.stdout.flush()
