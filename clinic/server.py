"""How gunicorn serves the site: `gunicorn -c python:clinic.server clinic.wsgi`."""

from typing import Any

from gunicorn.glogging import Logger

from clinic import env


class DiscreetLogger(Logger):
    """Says what went wrong, never which address was asked for: addresses can carry one-time links."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception("A request could not be handled.", **kwargs)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request"):
            msg, args = "A malformed request was refused.", ()
        super().warning(msg, *args, **kwargs)


bind = env.text("BIND", "127.0.0.1:8000")
workers = env.number("WEB_WORKERS", 2)
threads = 4
timeout = 60
graceful_timeout = 8
loglevel = "warning"
logger_class = DiscreetLogger
control_socket_disable = True
