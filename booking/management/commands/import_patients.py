"""`manage.py import_patients`: move patients, packages under way and visits ahead in from files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from booking.models import ImportRun
from booking.moving_in.choices import NotNow, start_import, start_undo
from booking.moving_in.files.formats import FORMATS, KINDS, Kind
from booking.moving_in.queries import run_view
from booking.moving_in.reading import FileRefused, begin_run
from booking.moving_in.words import FILES, NOT_NOW
from booking.moving_in.work import to_the_end
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM


class Command(BaseCommand):
    help = (
        "Look through CSV files of another system, and import them. Without --dry-run both, in one "
        "go: what is unclear then waits for a person. With it only the first; --go-on imports."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for kind in KINDS:
            parser.add_argument(f"--{kind}", type=Path, help=f"the file of {kind}")
        parser.add_argument(
            "--format", default="", choices=sorted(FORMATS), help="else found by the columns"
        )
        parser.add_argument("--zone", default="", help="of the times in the files")
        parser.add_argument("--dry-run", action="store_true", help="look only")
        parser.add_argument(
            "--go-on", type=UUID, metavar="RUN", help="import what was looked through"
        )
        parser.add_argument("--undo", type=UUID, metavar="RUN", help="take an import back")

    def handle(self, *args: Any, **options: Any) -> None:
        context = Context(SYSTEM, timezone.now())
        try:
            if options["undo"]:
                run = start_undo(run_id=options["undo"], context=context)
            elif options["go_on"]:
                run = self._go_on(options["go_on"], context)
            else:
                run = self._begin(options, context)
        except ImportRun.DoesNotExist as error:
            raise CommandError("There is no such import.") from error
        except NotNow as refusal:
            raise CommandError(str(NOT_NOW[refusal.code])) from refusal
        except FileRefused as refusal:
            words = str(FILES[refusal.code]) % {"found": refusal.found}
            raise CommandError(f"{refusal.kind}: {words}") from refusal
        self._work(run)

    def _go_on(self, run_id: UUID, context: Context) -> ImportRun:
        run = ImportRun.objects.get(pk=run_id)
        # One that was broken off is under way still.
        return run if run.status == "importing" else start_import(run_id=run_id, context=context)

    def _begin(self, options: dict[str, Any], context: Context) -> ImportRun:
        zone = options["zone"] or settings.CLINIC_TIME_ZONE
        if zone not in available_timezones():
            raise CommandError(f"There is no zone {zone}.")
        run = begin_run(
            files=self._files(options),
            wanted=options["format"],
            zone=zone,
            by=None,
            context=context,
        )
        self.stdout.write(f"Import {run.pk}")
        self._work(run)
        if options["dry_run"]:
            self.stdout.write(f"Nothing is imported. To do it: --go-on {run.pk}")
            return run
        return start_import(run_id=run.pk, context=context)

    def _files(self, options: dict[str, Any]) -> dict[Kind, bytes]:
        paths = {kind: options[kind] for kind in KINDS if options[kind]}
        if not paths:
            raise CommandError("Name a file: --patients, --packages or --visits.")
        try:
            return {kind: path.read_bytes() for kind, path in paths.items()}
        except OSError as error:
            raise CommandError(f"Cannot read {error.filename}: {error.strerror}") from error

    def _work(self, run: ImportRun) -> None:
        """Work on the run to its end, and say how far it is after each piece."""
        for _piece in to_the_end(run_id=run.pk, clock=timezone.now):
            view = run_view(ImportRun.objects.get(pk=run.pk), timezone.now())
            self.stdout.write(f"{view.done} of {view.all} rows", ending="\r")
            self.stdout.flush()
        self._tell(run)

    def _tell(self, run: ImportRun) -> None:
        run.refresh_from_db()
        view = run_view(run, timezone.now())
        self.stdout.write(f"{run.get_status_display()}.")
        for kind in view.kinds:
            counts = ", ".join(f"{count} {label.lower()}" for _value, label, count in kind.counts)
            self.stdout.write(f"  {kind.kind}: {counts}")
            if kind.unread:
                self.stdout.write(f"    not read: {', '.join(kind.unread)}")
        if view.may_undo:
            self.stdout.write(f"To take it back within a day: --undo {run.pk}")
