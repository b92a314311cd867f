"""`manage.py verify`: say what is missing before the clinic can open."""

import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.before_opening.lines import all_lines
from clinic.before_opening.words import line_words


class Command(BaseCommand):
    help = (
        "Prints each line of the list “Before you open”, and what is missing. Ends with 0 when "
        "nothing is, else with 1. It changes nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        lines = all_lines(timezone.now())
        for one in lines:
            self.stdout.write(line_words(one))
        if not all(one.is_done for one in lines):
            sys.exit(1)
