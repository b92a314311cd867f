"""`manage.py replay_erasures`: after a restore, erase again who was erased since the backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.retention.erasing import replay_erasures
from clinic.retention.erasure_list import ListUnwritable


class Command(BaseCommand):
    help = "Erase again who is on the list ERASURE_LIST and is back after a restore."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listed, again = replay_erasures(Context(SYSTEM, timezone.now()))
        except ListUnwritable as error:
            raise CommandError(f"ERASURE_LIST: {error}.") from error
        self.stdout.write(f"{listed} erasures are listed, {again} were done again.")
