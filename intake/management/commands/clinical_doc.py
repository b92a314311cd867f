"""`manage.py clinical_doc [--check]`: write docs/clinical.md from the questions and rules.

With --check nothing is written, and the command fails when the file is not up to date.
"""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from intake.clinical_doc import clinical_doc

PATH = settings.BASE_DIR / "docs" / "clinical.md"


class Command(BaseCommand):
    help = "Write docs/clinical.md from the questions and rules; with --check only compare."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the file differs")

    def handle(self, *args: object, check: bool, **options: object) -> None:
        text = clinical_doc()
        if not check:
            PATH.write_text(text, encoding="utf-8")
        elif not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
            raise CommandError("docs/clinical.md is not what the rules say: run clinical_doc.")
