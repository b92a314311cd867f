"""`manage.py backup`: one sealed file of the whole database."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit.record import SYSTEM, record
from clinic.backups.dumping import CannotDump
from clinic.backups.making import KEPT, make_backup
from clinic.retention.erasure_list import ListUnwritable


class Command(BaseCommand):
    help = (
        "Writes the whole database and the list of erasures into one file, sealed with BACKUP_KEY, "
        "and removes the oldest files. `manage.py restore FILE` loads it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--out", type=Path, metavar="FOLDER", help="by default backups/ under RUN_READY_VAR"
        )
        parser.add_argument(
            "--keep", type=int, default=KEPT, help=f"how many files stay; {KEPT} by default"
        )

    def handle(self, *args: object, out: Path | None, keep: int, **options: object) -> None:
        try:
            path = make_backup(out, keep=keep)
        except ListUnwritable as error:
            raise CommandError(f"ERASURE_LIST: {error}. No backup was made.") from error
        except (CannotDump, ImproperlyConfigured) as error:
            raise CommandError(f"{error} No backup was made.") from error
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CommandError(f"The file cannot be written: {why}. No backup was made.") from error
        record(SYSTEM, "make backup")
        self.stdout.write(f"{path}: {path.stat().st_size // 1024} KB")
