"""Render a mail from its templates `<name>.subject.txt`, `<name>.txt` and `<name>.html`."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from clinic.messages.outbox import Attachment, Message


def rendered(
    name: str,
    context: Mapping[str, Any],
    *,
    attachments: tuple[Attachment, ...] = (),
    headers: dict[str, str] | None = None,
) -> Message:
    """Return the message rendered from the templates with this context."""
    known = {
        "mail_name": settings.CLINIC_MAIL_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "clinic_address": settings.CLINIC_ADDRESS,
        **context,
    }
    subject = render_to_string(f"{name}.subject.txt", known)
    return Message(
        # A subject is one line, however its template is laid out.
        " ".join(subject.split()),
        render_to_string(f"{name}.txt", known).strip() + "\n",
        render_to_string(f"{name}.html", known),
        attachments,
        headers or {},
    )
