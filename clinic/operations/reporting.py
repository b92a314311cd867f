"""Hands errors to a function of whoever runs the site, if ERROR_REPORTER names one.

It gets kind and place of an error, as the log has them, and never the error itself: that holds what
somebody typed, in its text and in the variables of every frame.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from clinic.operations.logs import kind_and_place, line_of

log = logging.getLogger("run_ready.errors")

# What is handed on. The words of an event and who was signed in stay here.
REPORTED = ("at", "from", "error", "module", "function", "line", "raised_in", "cause", "route",
            "request")  # fmt: skip
Reporter = Callable[[Mapping[str, Any]], object]


def reporter() -> Reporter | None:
    """Return the function that ERROR_REPORTER names, None if it is not set.

    Raises ImproperlyConfigured if there is no such function.
    """
    if not settings.ERROR_REPORTER:
        return None
    try:
        found: Reporter = import_string(settings.ERROR_REPORTER)
    except ImportError as error:
        raise ImproperlyConfigured("ERROR_REPORTER names nothing that can be imported.") from error
    if not callable(found):
        raise ImproperlyConfigured("ERROR_REPORTER must name a function.")
    return found


class ErrorReports(logging.Handler):
    """Reports each record that has an exception. A reporter that fails stops nothing."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        if not record.exc_info or record.exc_info[1] is None:
            return
        line = line_of(record)
        try:
            report = reporter()
            if report is not None:
                report({name: line[name] for name in REPORTED if name in line})
        except Exception as error:  # whatever it is, the request goes on
            log.warning("an error could not be reported: %s", kind_and_place(error))
