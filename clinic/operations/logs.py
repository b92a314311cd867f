"""Logging: one line of JSON per event, with ids and codes but never what a person wrote.

Of an error it says the kind and the place: module, function and line. Its text may hold what a
patient answered, and is left out; so is what a library puts into a message beside its own words.
"""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clinic.request_ids import current_request, request_id, route_of, user_id_of

# These loggers put the URL into their messages, and a URL may hold the token of a private link.
_NAMES_ADDRESSES = ("django.request", "django.security", "django.server")
# These put texts of errors, arguments of tasks and whole stacks into theirs.
_QUOTES = ("celery", "kombu", "amqp", "redis", "multiprocessing")
_OUR_TASK = re.compile(r"clinic\.periodic\.\w+")
_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(str(_ROOT / app) for app in ("booking", "clinic", "intake"))


def _event(record: logging.LogRecord) -> str:
    if record.name.startswith(_NAMES_ADDRESSES):
        return f"answered {getattr(record, 'status_code', '-')}"
    if record.name.startswith(_QUOTES):
        return _of_a_library(record)
    return record.getMessage()


def _of_a_library(record: logging.LogRecord) -> str:
    """Return the words of the library with the places for values still in them, and our task."""
    if not record.args and record.levelno >= logging.ERROR:
        # Put together already, so that no word of it can be trusted.
        return f"in {record.module}.{record.funcName}, line {record.lineno}"
    values = record.args.values() if isinstance(record.args, Mapping) else record.args or ()
    tasks = [one for one in values if isinstance(one, str) and _OUR_TASK.fullmatch(one)]
    return " ".join([str(record.msg).partition("\n")[0][:120], *tasks[:1]])


def kind_and_place(error: BaseException) -> str:
    """Return the class of the error and where it was raised, without its text.

    The text of an error may hold what a patient answered.
    """
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {places[-1].name}, line {places[-1].lineno}" if places else ""
    return type(error).__name__ + where


def details_of(error: BaseException) -> dict[str, Any]:
    """Return what is said of an error: its class, and the last place in our own code.

    Where it was raised in a library, `raised_in` names that place too. `cause` is the class of the
    error behind it.
    """
    found: dict[str, Any] = {"error": type(error).__name__}
    places = list(traceback.walk_tb(error.__traceback__))
    own = [one for one in places if one[0].f_code.co_filename.startswith(_OURS)]
    if places:
        frame, line = (own or places)[-1]
        found |= {
            "module": frame.f_globals.get("__name__", ""),
            "function": frame.f_code.co_name,
            "line": line,
        }
        last, last_line = places[-1]
        if last is not frame:
            module = last.f_globals.get("__name__", "")
            found["raised_in"] = f"{module}.{last.f_code.co_name}, line {last_line}"
    behind = error.__cause__ or error.__context__
    if behind is not None:
        found["cause"] = type(behind).__name__
    return found


def context_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return which request, route and person a record is about, as far as that is known."""
    request = getattr(record, "request", None)
    if request is None or not hasattr(request, "META"):
        request = current_request()
    if request is None:
        return {}
    found = {
        "request": request_id(request),
        "route": route_of(request),
        "user": user_id_of(request),
    }
    return {name: value for name, value in found.items() if value}


class JsonLine(logging.Formatter):
    """Format a record as one line of JSON, with kind and place of an exception but not its text."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(line_of(record))


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the log says of a record."""
    line = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "from": record.name,
        "event": _event(record),
        **context_of(record),
    }
    if record.exc_info and record.exc_info[1]:
        line |= details_of(record.exc_info[1])
    return line
