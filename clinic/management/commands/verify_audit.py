"""`manage.py verify_audit`: say whether the audit trail is as it was written, and seal it."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit.record import SYSTEM, record
from clinic.audit.sealing import MayNotSeal, seal_trail
from clinic.audit.verifying import Verification, verify_trail
from clinic.database.clock import database_now


class Command(BaseCommand):
    help = (
        "Compares every audit event with its seal, and the seals with the file outside the "
        "database. Says what was changed, removed, swapped or cut off, and then ends with 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seal",
            action="store_true",
            help="first seal what is not sealed yet, as the periodic job does",
        )
        parser.add_argument(
            "--accept",
            action="store_true",
            help="seal on from a newest seal that is not trusted; what is wrong stays to be seen",
        )

    def handle(self, *args: object, seal: bool, accept: bool, **options: object) -> None:
        if seal or accept:
            self._seal(accept)
        found = verify_trail()
        self.stdout.write(summary(found))
        if not found.is_in_file and found.seals:
            self.stdout.write(
                "There is no file of seals (AUDIT_SEALS), so nobody can tell whether the end of "
                "the trail was cut off. Look for the last “audit seal” in the log."
            )
        for fault in found.faults:
            self.stdout.write(f"  {fault}")
        if found.faults:
            raise CommandError("The audit trail is not as it was written.")
        self.stdout.write("What is sealed is as it was written.")

    def _seal(self, accept: bool) -> None:
        if accept:
            record(SYSTEM, "accept audit trail")
        try:
            self.stdout.write(f"{seal_trail(now=database_now(), accepting=accept)} seals written.")
        except MayNotSeal as seal:
            self.stdout.write(
                f"Seal {seal} is not one of ours, or its key is gone: nothing was sealed. When you "
                "know why, go on with --accept."
            )


def summary(found: Verification) -> str:
    """Return how much was looked at, in one line."""
    return (
        f"Audit trail: {found.sealed} events in {found.seals} seals, "
        f"{found.unsealed} not sealed yet."
    )
