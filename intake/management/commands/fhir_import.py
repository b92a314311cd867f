"""`manage.py fhir_import FILE [--as-of DATE] [--patient ID]`: import a FHIR response."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.known_patients.queries import likely_matches
from intake.episodes.due_times import today
from intake.fhir.imports import ImportRefused, import_intake
from intake.fhir.response import MOST_BYTES, NotAResponse, read_response
from intake.management.commands.fhir_export import found
from intake.questionnaire.answers import parse_date
from intake.questionnaire.definition import INTAKE


class Command(BaseCommand):
    help = (
        "Take over the QuestionnaireResponse in a file as a sent intake, cleaned and judged like "
        "any other. Without --patient it belongs to a new patient whom staff match."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a FHIR R4 QuestionnaireResponse as JSON")
        parser.add_argument("--as-of", help="the day it was entered, YYYY-MM-DD; today if left out")
        parser.add_argument("--patient", help="the id of the patient it belongs to")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        now = timezone.now()
        as_of = today(now) if options["as_of"] is None else parse_date(options["as_of"])
        if as_of is None:
            raise CommandError("--as-of must be a date written YYYY-MM-DD.")
        patient = found(options["patient"]) if options["patient"] else None
        try:
            intake = import_intake(
                received=read_response(_content(file), INTAKE),
                patient_id=patient.pk if patient else None,
                as_of=as_of,
                context=Context(SYSTEM, now),
            )
        except (NotAResponse, ImportRefused) as refusal:
            raise CommandError(str(refusal)) from None
        if alike := likely_matches([intake.patient])[intake.patient_id]:
            # The ids only: what a command prints may be kept anywhere.
            page = settings.SITE_URL + reverse("match", args=[intake.patient_id])
            self.stderr.write(f"May be one of {len(alike)} known: compare at {page}")
        flags = " ".join(sorted(flag.rule for flag in intake.flags.all()))
        self.stdout.write(f"intake {intake.pk}: {intake.level} {flags}".rstrip())


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            # One byte more than is allowed, so that a file that is too long is refused as such.
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a null byte is a ValueError
        reason = getattr(error, "strerror", None) or "not a file name"
        raise CommandError(f"Cannot read the file: {reason}") from None
