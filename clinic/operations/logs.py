"""Logging: one line of JSON per event, with ids and codes but never what a person wrote."""

import json
import logging
import traceback
from datetime import UTC, datetime

# These loggers put the URL into their messages, and a URL may hold the token of a private link.
_NAMES_ADDRESSES = ("django.request", "django.security", "django.server")


def _event(record: logging.LogRecord) -> str:
    if record.name.startswith(_NAMES_ADDRESSES):
        return f"answered {getattr(record, 'status_code', '-')}"
    return record.getMessage()


def kind_and_place(error: BaseException) -> str:
    """Return the class of the error and where it was raised, without its text.

    The text of an error may hold what a patient answered.
    """
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {places[-1].name}, line {places[-1].lineno}" if places else ""
    return type(error).__name__ + where


class JsonLine(logging.Formatter):
    """Format a record as one line of JSON, with the type of an exception but not its text."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": _event(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)
