"""Fixtures for a mail server that fails in the ways a test tells it to."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.faults.smtp_sink import Sink


@pytest.fixture
def sink() -> Generator[Sink, None, None]:
    """Yield a running mail server on loopback."""
    with Sink() as server:
        yield server
        server.shutdown()


@pytest.fixture
def by_smtp(sink: Sink, settings: Any) -> Sink:
    """Return the mail server, and let this process send to it, as with EMAIL_URL set."""
    settings.EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = sink.server_address
    return sink
