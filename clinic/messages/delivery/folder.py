"""The mail backend of a trial: each mail is a readable file in a folder."""

import os
import re
import uuid
from collections.abc import Sequence
from email import message_from_bytes
from email import policy as mail_policy
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from clinic.models.messages import Email


def path_of(message_id: str) -> Path:
    """Return the path of the file for a Message-ID. One without an id gets a random name."""
    name = re.sub(r"[^A-Za-z0-9-]", "", message_id.partition("@")[0]) or uuid.uuid4().hex
    return Path(settings.MAIL_DIR) / f"{name}.eml"


class FolderBackend(BaseEmailBackend):
    """Write each mail to a file in settings.MAIL_DIR, whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; return how many."""
        Path(settings.MAIL_DIR).mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            path = path_of(str(message["Message-ID"]))
            draft = path.with_suffix(".part")
            draft.write_bytes(message.as_bytes())
            # Renaming is atomic: nobody ever reads half a mail.
            os.replace(draft, path)
        return len(email_messages)


def sent_text(email: Email) -> str | None:
    """Return the subject and text of a mail as it was sent, or None if it has no file here."""
    path = path_of(email.message_id)
    if not email.message_id or not path.is_file():
        return None
    message = message_from_bytes(path.read_bytes(), policy=mail_policy.default)
    part = message.get_body(("plain",))
    return f"{message['Subject']}\n\n{part.get_content()}" if part is not None else None
