"""Hand single mails to the mail server, with errors that tell the sender what to do next."""

import re
import smtplib
from contextlib import suppress

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

# SMTP's "service not available, closing": about the server, never about the mail it was given.
GOING_DOWN = 421


# The subject of an enhanced status code ("5.1.1 No such user"): the address, or its mailbox. Others
# are the mail system, the network, the protocol, the content and policy (RFC 3463).
_ENHANCED = re.compile(rb"\s*[245]\.(\d{1,3})\.\d{1,3}\b")
_ABOUT_THE_ADDRESS = (1, 2)


class ServerAway(Exception):
    """The server was not reached, or takes no mail from us. The mail was not sent."""


class CutOff(Exception):
    """The connection broke after the text was sent. The mail may have been accepted."""


class MailRefused(Exception):
    """The server refused this mail. Its answer is `code`: 4xx for now, 5xx for good.

    `is_address` says whether the address is what it refuses. A refusal of the text is about what
    the mail says or who sends it, unless the server says that it is about the mailbox.
    """

    def __init__(self, code: int, *, is_address: bool = True) -> None:
        super().__init__(code)
        self.code, self.is_address = code, is_address

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
        code, text = max(error.recipients.values())
        if code == GOING_DOWN:
            return ServerAway()
        return MailRefused(code, is_address=_subject_of(text) in (None, *_ABOUT_THE_ADDRESS))
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code != GOING_DOWN:
        about = _subject_of(error.smtp_error)
        return MailRefused(error.smtp_code, is_address=about in _ABOUT_THE_ADDRESS)
    # Any other answer of the server is about us (sign-in, sender, greeting), not about this mail.
    answered = isinstance(error, smtplib.SMTPResponseException)
    return CutOff() if text_is_out and not answered else ServerAway()


def _subject_of(text: bytes | str) -> int | None:
    """Return what an answer is about by its enhanced status code, or None without one."""
    given = text if isinstance(text, bytes) else text.encode(errors="replace")
    found = _ENHANCED.match(given)
    return None if found is None else int(found.group(1))
