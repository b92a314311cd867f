"""`manage.py move_concerns`: what the move into concerns and tasks would do. Changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from intake.concerns.moving import move_everything

BEFORE = ("intake", "0007_visit_record")
AFTER = ("intake", "0008_concerns_and_tasks")


class Command(BaseCommand):
    help = "Print what the move of forms and calls into concerns and tasks would do (dry run)."
    # The tables of the newest models may not be there yet.
    requires_system_checks: Any = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the numbers.

        Raises CommandError when the move has been made already, and on a database of an earlier
        version, which the move could not read yet.
        """
        executor = MigrationExecutor(connection)
        if AFTER in executor.loader.applied_migrations:
            raise CommandError("The move has been made already.")
        if BEFORE not in executor.loader.applied_migrations:
            raise CommandError("This database is older than the version before the move.")
        models = executor.loader.project_state([BEFORE]).apps.get_model
        numbers = move_everything(models, now=timezone.now(), write=False)
        for line in numbers.lines():
            self.stdout.write(line)
