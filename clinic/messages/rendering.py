"""Render a mail from its templates `<name>.subject.txt`, `<name>.txt` and `<name>.html`."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string

from clinic.messages.outbox import Attachment, Message
from clinic.practice.reaching import reaching


def rendered(
    name: str,
    context: Mapping[str, Any],
    *,
    attachments: tuple[Attachment, ...] = (),
    headers: dict[str, str] | None = None,
) -> Message:
    """Return the message rendered from the templates with this context."""
    known = {**reaching(), **context}
    subject = render_to_string(f"{name}.subject.txt", known)
    return Message(
        # A subject is one line, however its template is laid out.
        " ".join(subject.split()),
        render_to_string(f"{name}.txt", known).strip() + "\n",
        render_to_string(f"{name}.html", known),
        attachments,
        headers or {},
    )
