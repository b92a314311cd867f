"""`manage.py fhir_export PATIENT [--out FILE]`: one patient's record as a FHIR R4 bundle."""

import json
from argparse import ArgumentParser
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from intake.fhir.exports import export_record


class Command(BaseCommand):
    help = "Write one patient's record as a FHIR R4 bundle. The export is an audit event."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", help="the patient's id")
        parser.add_argument("--out", help="the file to write; standard output when left out")

    def handle(self, *args: object, patient: str, out: str | None, **options: object) -> None:
        bundle = export_record(patient=found(patient), context=Context(SYSTEM, timezone.now()))
        text = json.dumps(bundle, ensure_ascii=False, indent=1)
        if out is None:
            self.stdout.write(text)
            return
        try:
            Path(out).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}") from error


def found(key: str) -> Patient:
    """Return the patient with this id. Raises CommandError."""
    try:
        return Patient.objects.current().get(pk=UUID(key))
    except (ValueError, Patient.DoesNotExist):
        raise CommandError("There is no such patient.") from None
