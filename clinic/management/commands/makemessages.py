"""`manage.py makemessages`, which also finds the texts marked with `msg()`."""

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Folders whose texts nobody reads in the clinic.
LEFT_OUT = ["docs", "findings", "tests", "var"]


class Command(makemessages.Command):
    help = f"{makemessages.Command.help} Texts marked with msg() are among them."

    # Pure modules know no Django: they mark with msg(), and whoever shows the text translates it.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=msg"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        # Line numbers would change catalogs with every edit of the code.
        parser.set_defaults(ignore_patterns=LEFT_OUT, add_location="file")
