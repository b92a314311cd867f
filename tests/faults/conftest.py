"""A mail server that does as it is told, and the sender pointed at it."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.faults.smtp_sink import Sink


@pytest.fixture
def sink() -> Generator[Sink, None, None]:
    """Return a mail server on loopback."""
    with Sink() as server:
        yield server
        server.shutdown()


@pytest.fixture
def by_smtp(sink: Sink, settings: Any) -> Sink:
    """Return the mail server this process sends to, as an installation with EMAIL_URL does."""
    settings.EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = sink.server_address
    return sink
