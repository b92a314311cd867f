"""`manage.py verify`: say whether everything is as it has to be, and what is missing to open."""

import sys
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from clinic.before_opening.lines import all_lines
from clinic.before_opening.words import line_words
from clinic.database.clock import database_now
from clinic.self_checks.checks import CheckLine, look_at_all


class Command(BaseCommand):
    help = (
        "Looks at schema, keys, sealed values, credits, mail, audit trail and all else that has to "
        "be right, and prints a line for each; then each line of the list “Before you open”. Ends "
        "with 0 when nothing is wrong or missing, else with 1. It changes nothing, and reads the "
        "whole database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--machine",
            action="store_true",
            help="leave the list “Before you open” out: look only at what is wrong",
        )

    def handle(self, *args: object, machine: bool = False, **options: object) -> None:
        is_right = True
        for line in look_at_all(database_now()):
            is_right = is_right and line.is_right
            for words in words_of(line):
                self.stdout.write(words)
            self.stdout.flush()
        if not machine:
            lines = all_lines(timezone.now())
            for one in lines:
                self.stdout.write(line_words(one))
            is_right = is_right and all(one.is_done for one in lines)
        if not is_right:
            sys.exit(1)


def words_of(line: CheckLine) -> Iterator[str]:
    """Yield what is said of one check: one line, or one for each fault."""
    if line.is_right:
        yield f"right    {line.title}: {line.findings.seen}"
    for fault in line.findings.faults:
        yield f"wrong    {line.title}: {fault}"
