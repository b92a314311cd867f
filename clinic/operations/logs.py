"""Logs: one JSON line per event. Messages carry ids and codes, never what a person wrote."""

import json
import logging
import traceback
from datetime import UTC, datetime

# Django puts the address into these messages, and an address may hold a private link.
_NAMES_ADDRESSES = ("django.request", "django.security", "django.server")


def _event(record: logging.LogRecord) -> str:
    if record.name.startswith(_NAMES_ADDRESSES):
        return f"answered {getattr(record, 'status_code', '-')}"
    return record.getMessage()


def kind_and_place(error: BaseException) -> str:
    """Return the error's class and where it was raised, never its text: that may hold an answer."""
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {places[-1].name}, line {places[-1].lineno}" if places else ""
    return type(error).__name__ + where


class JsonLine(logging.Formatter):
    """Formats a record as one JSON line; of an error only its type is kept, never its text."""

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
