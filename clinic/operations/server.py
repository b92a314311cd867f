"""gunicorn's settings: `gunicorn -c python:clinic.operations.server clinic.wsgi`."""

import os
import shutil

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from clinic import env

# Where each process keeps its counts.
METRICS_DIR = env.var_dir() / "metrics"


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
    METRICS_DIR.mkdir(parents=True, mode=0o700)
    # `prometheus_client` looks for it when it is imported, in the processes that we start.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)


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
