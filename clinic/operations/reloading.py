"""The WSGI application for developing: it serves what was saved, and shows an error on every page.

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

ROOT = Path(clinic.__file__).parents[1]
WATCHED = [ROOT / folder for folder in ("booking", "clinic", "intake", "templates")]


def replace_on_save() -> None:
    """Wait until a file is saved, then have gunicorn replace this process."""
    # Templates too, as a process reads each of them only once.
    for _ in watch(*WATCHED, watch_filter=PythonFilter(extra_extensions=(".html", ".txt"))):
        # On this signal gunicorn starts new workers and ends the old ones.
        os.kill(os.getppid(), signal.SIGHUP)
        return


def load() -> WSGIApplication:
    """Return the site, or one that shows why it does not start; without any, gunicorn would end."""
    try:
        site: WSGIApplication = import_module("clinic.wsgi").application
        import_module("clinic.urls")  # otherwise read with the first request only
    except Exception:
        return broken(traceback.format_exc())
    return site


def broken(report: str) -> WSGIApplication:
    """Return a WSGI application that answers every request with the report."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        start_response("500 Internal Server Error", headers)
        return [report.encode()]

    return answer


# Started before the code is imported, so that no change is missed. gunicorn's own --reload begins
# to watch later: a second change within a second or two would never be served.
Thread(target=replace_on_save, daemon=True).start()
application = load()
