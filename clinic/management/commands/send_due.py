"""Sends due mail without a broker: the same function the periodic task runs."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.mail.sending import send_due

EVERY_SECONDS = 10


class Command(BaseCommand):
    help = "Send the e-mails that are due; with --loop, every ten seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep sending until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            self.stdout.write(f"{send_due()} sent")
            if not options["loop"]:
                return
            time.sleep(EVERY_SECONDS)
