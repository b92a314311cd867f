"""`manage.py rotate_keys`: seal everything anew with the first key of FIELD_KEYS."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from clinic.keys.checking import refuse_wrong_keys
from clinic.keys.rotation import BATCH, TableProgress, rotate


class Command(BaseCommand):
    help = (
        "Seals everything anew with the first key of FIELD_KEYS and makes the digests anew with "
        "the first of DIGEST_KEY. It can be broken off and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows in one transaction")

    def handle(self, *args: object, dry_run: bool, batch: int, **options: object) -> None:
        refuse_wrong_keys()
        if batch < 1:
            raise CommandError("--batch must be at least 1.")
        outcome = rotate(write=not dry_run, tell=self._tell, batch=batch)
        for line in outcome.failed:
            self.stderr.write(line)
        if outcome.failed:
            raise CommandError(
                f"{len(outcome.failed)} values could not be renewed. Keep the former keys."
            )
        if dry_run:
            self.stdout.write(f"{outcome.renewed} values would be renewed. Nothing was changed.")
            return
        self.stdout.write(
            f"{outcome.renewed} values renewed. Everything opens with the first keys alone: "
            "take the former ones out of FIELD_KEYS and DIGEST_KEY, and restart."
        )

    def _tell(self, progress: TableProgress) -> None:
        self.stdout.write(str(progress))
        self.stdout.flush()
