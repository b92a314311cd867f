"""The web entry point while developing: what is saved is served, a mistake is every page.

It needs watchfiles, which is in requirements-dev.txt.
"""

import os
import signal
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from watchfiles import PythonFilter, watch

import clinic

HOUSE = Path(clinic.__file__).parents[1]
WATCHED = [HOUSE / folder for folder in ("booking", "clinic", "intake", "templates")]


def ask_for_another() -> None:
    """Wait until a file is saved; then ask gunicorn for a new process in place of this one."""
    # Templates too: a process reads each of them once.
    for _ in watch(*WATCHED, watch_filter=PythonFilter(extra_extensions=(".html", ".txt"))):
        os.kill(os.getppid(), signal.SIGHUP)
        return


def load() -> WSGIApplication:
    """Return the site, or one that shows why there is none: without either, gunicorn would end."""
    try:
        site: WSGIApplication = import_module("clinic.wsgi").application
        import_module("clinic.urls")  # otherwise read with the first request only
    except Exception:
        return broken(traceback.format_exc())
    return site


def broken(report: str) -> WSGIApplication:
    """Return a site whose every page is the report."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        start_response("500 Internal Server Error", headers)
        return [report.encode()]

    return answer


# Before the code is read, so that nothing saved meanwhile is missed. gunicorn's own --reload looks
# only afterwards, and a second change saved within a second or two would never be served.
Thread(target=ask_for_another, daemon=True).start()
application = load()
