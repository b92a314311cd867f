"""`manage.py export_all --out FILE --reason TEXT`: everything as one archive of CSV and FHIR."""

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.moving_out.archive import archive, record_export


class Command(BaseCommand):
    help = "Write everything as one ZIP archive of CSV and FHIR. It is not encrypted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", required=True, type=Path, help="the file to write")
        parser.add_argument("--reason", required=True, help="why, and who gets the file")

    def handle(self, *args: object, out: Path, reason: str, **options: object) -> None:
        context = Context(SYSTEM, timezone.now())
        part = out.with_name(f"{out.name}.part")
        try:
            if out.exists():
                raise CommandError(f"{out} is there already.")
            # Nobody else on this machine may read it.
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                patients = record_export(reason=reason, context=context)
                for chunk in archive(context):
                    file.write(chunk)
            part.rename(out)
        except FileExistsError:
            raise CommandError(f"{part} is there: another export runs, or one ended.") from None
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}") from error
        self.stdout.write(f"{patients} patients, {out.stat().st_size} bytes in {out}.")
