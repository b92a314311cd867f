"""Sends due mail without a broker: the same function the periodic task runs."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from clinic.mail.sending import send_due

EVERY_SECONDS = 10


class Command(BaseCommand):
    help = "Send the e-mails that are due; with --loop, every ten seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep sending until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self.stdout.write(f"{send_due()} sent")
            return
        while True:
            self._once()
            time.sleep(EVERY_SECONDS)

    def _once(self) -> None:
        close_old_connections()
        try:
            self.stdout.write(f"{send_due()} sent")
        except OperationalError as error:  # the database is away: the loop outlives that
            self.stderr.write(f"not sent: {type(error).__name__}")
            close_old_connections()
        self.stdout.flush()
