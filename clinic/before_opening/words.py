"""The list "Before you open" as text, for commands, the start of the web and the log."""

import logging

from django.db import DatabaseError
from django.utils import timezone

from clinic.before_opening.lines import SetUpLine, all_lines, missing

log = logging.getLogger("run_ready.before_opening")


def line_words(line: SetUpLine) -> str:
    """Return a line as one line of text."""
    if line.is_done:
        return f"done     {line.title}"
    needed = "" if line.holds_up else " (not needed to open)"
    return f"missing  {line.title}: {'; '.join(map(str, line.missing))}{needed}"


def what_is_missing() -> list[str]:
    """Return a line of text for each that is missing; empty too when the database is away.

    The start prints them and goes on: a clinic that is open must not stay shut for one of them.
    """
    try:
        return [line_words(one) for one in missing(all_lines(timezone.now()))]
    except DatabaseError:
        return []


def log_what_is_missing() -> None:
    """Write into the log how many lines are missing."""
    if found := what_is_missing():
        log.info("before you open: %s missing; manage.py verify lists them", len(found))
