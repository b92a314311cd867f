"""`manage.py screen [FILE]`: judge intakes and check-ins given as JSON lines."""

import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from intake.triage.screening import screen_line


class Command(BaseCommand):
    """Read one case from each line and write one reply for each, in order. Needs no database."""

    help = "Judge intakes and check-ins, one JSON object a line, by the current rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="the cases; standard input when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        with opened(options["file"]) as lines:
            for line in lines:
                self.stdout.write(screen_line(line))


def opened(path: str | None) -> AbstractContextManager[BinaryIO]:
    """Return the opened file of cases, or standard input without a path. Raises CommandError."""
    if path is None:
        # Not ours to close, hence the null context.
        return nullcontext(sys.stdin.buffer)
    try:
        return open(path, "rb")
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}") from error
