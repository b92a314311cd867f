"""`manage.py clear_columns [--check]`: print the list of columns that are not encrypted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.management import retention_page
from clinic.management.clear_columns import PAGE, SECURITY, page, security_with_table


class Command(BaseCommand):
    help = (
        "Write docs/clear-columns.md, docs/retention.md and the table of docs/security.md; "
        "--check only compares."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when a file differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stored = SECURITY.read_text(encoding="utf-8")
        wanted = {PAGE: page(), SECURITY: security_with_table(stored)}
        wanted[retention_page.PAGE] = retention_page.page()
        for path, text in wanted.items():
            if not check:
                path.write_text(text, encoding="utf-8")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path.name} is not what the list says: run clear_columns.")
