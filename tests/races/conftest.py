"""Races on a machine that is busy: who waits longer than the product would is no failure."""

from collections.abc import Generator

import pytest
from django.db import connections

PRODUCT = "-c lock_timeout=3000 -c statement_timeout=15000 -c jit=off"
PATIENT = "-c lock_timeout=60000 -c statement_timeout=120000 -c jit=off"


@pytest.fixture(autouse=True)
def racers_may_wait(monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """Give new connections a long time to wait for locks.

    The product gives up after three seconds and asks to come back. Fifty racers on two cores that
    others use too can need longer, and a race is about who wins, not about how fast.
    """
    options = connections.settings["default"].get("OPTIONS", {})
    if "options" in options:
        assert options["options"] == PRODUCT
        monkeypatch.setitem(options, "options", PATIENT)
        # The test's own connection begins anew, and so does the next test's.
        connections.close_all()
    yield
    connections.close_all()
