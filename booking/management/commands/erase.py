"""`manage.py erase PATIENT --reason TEXT`: erase one patient, keeping what the law keeps."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from clinic.retention.erasing import Scope, StillOpen, erase_patient
from clinic.retention.erasure_list import ListUnwritable

TOLD = {
    Scope.ALL: "Erased, with the record.",
    Scope.BUT_RECORD: "Erased but for the record, which the law asks for.",
}


class Command(BaseCommand):
    help = "Erase one patient, keeping what the law keeps. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", type=UUID, help="the id in the address of her page")
        parser.add_argument("--reason", required=True, help="why; the audit trail keeps it")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(
        self, *args: Any, patient: UUID, reason: str, no_input: bool, **options: Any
    ) -> None:
        if not reason.strip():
            raise CommandError("Give a reason.")
        if not no_input and input(f"Erase patient {patient} for good? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        context = Context(SYSTEM, timezone.now())
        try:
            scope = erase_patient(patient_id=patient, reason=reason.strip(), context=context)
        except Patient.DoesNotExist as error:
            raise CommandError("There is no such patient.") from error
        except StillOpen as error:
            raise CommandError(
                f"Nothing was erased. {' '.join(map(str, error.sentences))}"
            ) from error
        except ListUnwritable as error:
            raise CommandError(f"Nothing was erased: ERASURE_LIST, {error}.") from error
        self.stdout.write(TOLD[scope])
