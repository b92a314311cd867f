"""gunicorn's settings: `gunicorn -c python:clinic.operations.server clinic.wsgi`."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from clinic import env

# Where each process keeps its counts, and the bytes of its two files: twice what all routes take.
METRICS_DIR = env.var_dir() / "metrics"
COUNTS = {"counter": 512 * 1024, "histogram": 1024 * 1024}
# `prometheus_client` looks for it when it is imported, in the processes that we start.
_COUNTS_IN_FILES = "PROMETHEUS_MULTIPROC_DIR"


class DiscreetLogger(Logger):
    """A logger that leaves out the URL, which may hold the token of a private link."""

    def exception(self, msg: str, *args: object, **kwargs: object) -> None:
        super().exception("a request could not be handled", **kwargs)

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        if msg.startswith("Invalid request"):
            msg, args = "a malformed request was refused", ()
        super().warning(msg, *args, **kwargs)


# gunicorn reads the module's names from here on.
def on_starting(server: Arbiter) -> None:
    """Begin all counts at zero, before there is a process that counts."""
    shutil.rmtree(METRICS_DIR, ignore_errors=True)
    with suppress(OSError):
        METRICS_DIR.mkdir(parents=True, mode=0o700)
    os.environ[_COUNTS_IN_FILES] = str(METRICS_DIR)


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Let this process count in files if there is space for all of them, else in its memory.

    It writes into them as into memory: where the disk has no space for that, Linux ends it.
    """
    try:
        take_space(METRICS_DIR, os.getpid())
    except OSError:
        del os.environ[_COUNTS_IN_FILES]


def take_space(folder: Path, process: int) -> None:
    """Make the files in which a process counts, with all their space. Raises OSError."""
    files = {folder / f"{kind}_{process}.db": size for kind, size in COUNTS.items()}
    # One that is there is of a process that is gone and had the same number: it goes on there.
    missing = [file for file in files if not file.exists()]
    try:
        for file in missing:
            with file.open("xb", buffering=0) as making:
                left = files[file]
                # A full disk takes a part, and refuses the next one.
                while left:
                    left -= making.write(bytes(left))
    except OSError:
        for file in missing:
            file.unlink(missing_ok=True)
        raise


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Keep what a process counted that is gone, but for what was true of it alone."""
    # Imported by a master that serves nothing: only now.
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(worker.pid)


workers = 2
threads = 4
timeout = 60
# Seconds. With gunicorn's 2, whoever read for 3 seconds before sending a form met a connection that
# was just being closed. A waiting connection takes no thread.
keepalive = 75
# Less than the 10 seconds that clinic.operations.processes waits before it kills.
graceful_timeout = 8
control_socket_disable = True
logger_class = DiscreetLogger
logconfig_dict = {
    "formatters": {"line": {"()": "clinic.operations.logs.JsonLine"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {"handlers": ["out"], "level": "WARNING", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}
