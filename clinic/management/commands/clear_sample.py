"""`manage.py clear_sample`: empty a sample clinic's database, so that a real clinic can use it."""

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit.sealing import forget_outside
from clinic.database.append_only import lifted
from clinic.people.sample_people import is_loaded, real_people
from clinic.practice.facts import forget as forget_facts


class Command(BaseCommand):
    help = "Remove the sample clinic and all that happened in it. Refuses where real people are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: object, **options: object) -> None:
        if not is_loaded():
            raise CommandError("No sample clinic is in this database; nothing was removed.")
        if found := real_people():
            raise CommandError(f"{found} real people are in this database; nothing was removed.")
        if not options["no_input"] and input("Remove the sample clinic? Type yes: ") != "yes":
            raise CommandError("Nothing was removed.")
        # Audit events of made-up people need not be kept, so their table may be emptied.
        with lifted():
            call_command("flush", interactive=False, verbosity=0)
        forget_outside()
        forget_facts()
        self.stdout.write("The sample clinic is gone. The database is empty.")
