"""`manage.py screen [FILE]`: judge intakes and check-ins given as JSON lines."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from intake.screening import screen_line


class Command(BaseCommand):
    """Reads one case a line and writes one reply a line, in the same order; needs no database."""

    help = "Judge intakes and check-ins, one JSON object a line, by the current rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="the cases; standard input when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] is None:
            self._screen(sys.stdin.buffer)
            return
        try:
            source = open(options["file"], "rb")
        except OSError as error:
            raise CommandError(f"Cannot read {options['file']}: {error.strerror}") from error
        with source:
            self._screen(source)

    def _screen(self, source: Any) -> None:
        for line in source:
            self.stdout.write(screen_line(line))
