"""Hands single mails to the server, and says what came of it in words that a sender can act on."""

import smtplib
from contextlib import suppress

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

# SMTP's "service not available, closing": about the server, whatever it was asked.
GOING_DOWN = 421


class ServerAway(Exception):
    """The server could not be asked, or wants nothing from us: the mail has not gone."""


class CutOff(Exception):
    """The line went dead after the text had gone out: the mail may have gone."""


class MailRefused(Exception):
    """The server would not take this mail; `code` is its answer, 4xx for now, 5xx for good."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_final(self) -> bool:
        return self.code >= 500


class Post:
    """One connection to the mail server: opened when needed, dropped after any trouble."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail over. Raises ServerAway, CutOff or Refused."""
        try:
            self._connected().send_messages([mail])
        except (smtplib.SMTPException, OSError) as error:
            trouble = _trouble(error, text_is_out=getattr(self._backend, "text_is_out", False))
            self._drop()
            raise trouble from error
        except Exception:
            self._drop()
            raise

    def _connected(self) -> BaseEmailBackend:
        if self._backend is None:
            self._backend = get_connection(fail_silently=False)
            self._backend.open()
        return self._backend

    def _drop(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(smtplib.SMTPException, OSError):
                backend.close()


def _trouble(error: Exception, *, text_is_out: bool) -> Exception:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _ in error.recipients.values())
        return ServerAway() if code == GOING_DOWN else MailRefused(code)
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code != GOING_DOWN:
        return MailRefused(error.smtp_code)
    # Any other answer is about us (sign-in, sender, greeting), not about this mail.
    answered = isinstance(error, smtplib.SMTPResponseException)
    return CutOff() if text_is_out and not answered else ServerAway()
