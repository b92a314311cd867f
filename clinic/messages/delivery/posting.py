"""Hand single mails to the mail server, with errors that tell the sender what to do next."""

import smtplib
from contextlib import suppress

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

# SMTP's "service not available, closing": about the server, never about the mail it was given.
GOING_DOWN = 421


class ServerAway(Exception):
    """The server was not reached, or takes no mail from us. The mail was not sent."""


class CutOff(Exception):
    """The connection broke after the text was sent. The mail may have been accepted."""


class MailRefused(Exception):
    """The server refused this mail. Its answer is `code`: 4xx for now, 5xx for good."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_final(self) -> bool:
        return self.code >= 500


class Post:
    """A connection to the mail server, opened when needed and closed after any error."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail to the server. Raises ServerAway, CutOff or MailRefused."""
        try:
            self._connected().send_messages([mail])
        except (smtplib.SMTPException, OSError) as error:
            trouble = _trouble(error, text_is_out=getattr(self._backend, "text_is_out", False))
            self._drop()
            raise trouble from error
        except Exception:
            # Whatever it was, nobody knows in which state it left the connection.
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
    """Return the error of this module for one of smtplib or of the network."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # Each mail has one recipient; were there more, the hardest answer would count.
        code = max(code for code, _ in error.recipients.values())
        return ServerAway() if code == GOING_DOWN else MailRefused(code)
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code != GOING_DOWN:
        return MailRefused(error.smtp_code)
    # Any other answer of the server is about us (sign-in, sender, greeting), not about this mail.
    answered = isinstance(error, smtplib.SMTPResponseException)
    return CutOff() if text_is_out and not answered else ServerAway()
