"""`manage.py restore FILE`: load a backup into an empty database, and do what must follow."""

from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils import timezone

from booking.management.commands.after_restore import add_erasure_arguments, check_erasures
from clinic.backups.dumping import CannotDump
from clinic.backups.loading import CannotRestore, load, read_whole, refuse
from clinic.backups.sealed_file import BadBackup
from clinic.messages.delivery.held_back import hold_from

STEPS = """\
Before:
  1. Stop web, worker and beat.
  2. Make an empty database, and let DATABASE_URL (and MIGRATE_DATABASE_URL) name it.
  3. Put FIELD_KEYS, DIGEST_KEY, SECRET_KEY and BACKUP_KEY of the backup in place.
  4. Put the newest erasure list where ERASURE_LIST names it.
Then: manage.py restore FILE
After:
  5. Move the file of seals (AUDIT_SEALS) aside and keep it: it names what is missing.
  6. Start web, worker and beat.
  7. Look at the desk's mail page: what was due since the backup waits there for a person.
  8. Tell everybody: all sign in again, and what was entered since the backup is gone."""


class Command(BaseCommand):
    help = (
        "Loads a backup into an empty database. Reads the whole file first, and loads nothing if "
        f"it was changed or cut off. Without FILE it prints the steps.\n\n{STEPS}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
        parser.add_argument(
            "--check", action="store_true", help="only read the whole file, and load nothing"
        )
        add_erasure_arguments(parser)

    def handle(
        self,
        *args: object,
        file: Path | None,
        check: bool,
        no_erasures_since: str | None,
        **options: object,
    ) -> None:
        if file is None:
            self.stdout.write(STEPS)
            return
        try:
            backup = read_whole(file)
            taken = backup.header.taken_at.isoformat(timespec="seconds")
            self.stdout.write(f"The backup of {taken} ({backup.header.database}) is whole.")
            if check:
                return
            refuse(backup)
            check_erasures(no_erasures_since, carried=backup.erasures)
            load(backup)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or type(error).__name__}.") from error
        except (BadBackup, CannotRestore, CannotDump, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        connections.close_all()
        # Whatever stops this program from here on, no sender sends what has gone already. An old
        # release may have no such table.
        with suppress(DatabaseError):
            hold_from(timezone.now())
        self.stdout.write("It is loaded.")
        # To the present code; and the user of the site is granted what it needs.
        call_command("migrate", interactive=False, verbosity=0)
        call_command(
            "after_restore",
            taken_at=backup.header.taken_at.isoformat(),
            no_erasures_since=no_erasures_since,
            stdout=self.stdout,
        )
        self.stdout.write(STEPS[STEPS.index("After:") :])
