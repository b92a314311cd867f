"""`manage.py makemessages`, which also finds the texts marked with `msg()`."""

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Folders whose texts no user sees.
LEFT_OUT = ["docs", "findings", "tests", "var"]


class Command(makemessages.Command):
    help = f"{makemessages.Command.help} Texts marked with msg() are among them."

    # Pure modules do not import Django: they mark a text with msg(), and it is translated where it
    # is shown.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=msg"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        # With line numbers the catalogs would change with every edit of the code.
        parser.set_defaults(ignore_patterns=LEFT_OUT, add_location="file")
