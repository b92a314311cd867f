#!/usr/bin/env python
"""Run Ready's command line: every command of Django and of the three apps."""

import logging
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command. An error that nobody expected is logged as the site's are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured:
        raise  # says what is to be set, and nothing of a patient
    except Exception as error:
        # Somebody at the keyboard sees all of it. In the journal of a timer the words of an error,
        # such as a row that the database quotes, would stay.
        if sys.stderr.isatty() or "--traceback" in sys.argv or not settings.configured:
            raise
        logging.getLogger("run_ready.command").critical("a command failed", exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    main()
