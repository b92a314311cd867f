"""SMTP with one limit for a whole conversation, and the knowledge of whether the text went out."""

import smtplib
import time
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _Watched(smtplib.SMTP):
    """Its `timeout` is for everything from `begin` on, not for each answer anew."""

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        self.seconds = timeout
        self.begin()
        super().__init__(*args, timeout=timeout, **kwargs)  # type: ignore[misc]

    def begin(self) -> None:
        """Start the clock for one message."""
        self.ends = time.monotonic() + self.seconds
        self.text_is_out = False

    def send(self, s: Any) -> None:
        self._hurry()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.text_is_out = True
        return super().data(msg)

    def _hurry(self) -> None:
        if self.sock is not None:
            self.sock.settimeout(max(self.ends - time.monotonic(), 0.001))


class _WatchedSSL(_Watched, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's backend over watched connections; EMAIL_TIMEOUT bounds each message as a whole."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchedSSL if self.use_ssl else _Watched

    def send_messages(self, email_messages: Any) -> int:
        """Send over the open connection, or over one opened for these messages."""
        if isinstance(self.connection, _Watched):
            self.connection.begin()
        return super().send_messages(email_messages) or 0

    @property
    def text_is_out(self) -> bool:
        """Whether the server may have the text of the last message, whatever it answered."""
        return getattr(self.connection, "text_is_out", False)
