"""SMTP with one time limit for a whole message, which knows whether the text was sent."""

import smtplib
import time
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _TimedSMTP(smtplib.SMTP):
    """An SMTP connection whose `timeout` bounds everything since `begin`, not each answer."""

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        self.seconds = timeout
        self.begin()
        super().__init__(*args, timeout=timeout, **kwargs)  # type: ignore[misc]

    def begin(self) -> None:
        """Start the time limit for one message."""
        self.ends = time.monotonic() + self.seconds
        self.text_is_out = False

    def send(self, s: Any) -> None:
        self._use_time_left()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._use_time_left()
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.text_is_out = True
        return super().data(msg)

    def _use_time_left(self) -> None:
        """Let the socket wait no longer than what is left of the time limit."""
        if self.sock is not None:
            # Never 0, which would mean a socket that does not wait at all.
            self.sock.settimeout(max(self.ends - time.monotonic(), 0.001))


class _TimedSMTPOverSSL(_TimedSMTP, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's SMTP backend, with EMAIL_TIMEOUT as the limit for each message as a whole."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _TimedSMTPOverSSL if self.use_ssl else _TimedSMTP

    def send_messages(self, email_messages: Any) -> int:
        """Send the messages; return how many. A connection that is open is used again."""
        if isinstance(self.connection, _TimedSMTP):
            self.connection.begin()
        return super().send_messages(email_messages) or 0

    @property
    def text_is_out(self) -> bool:
        """Whether the server may have the text of the last message, whatever it answered."""
        return getattr(self.connection, "text_is_out", False)
