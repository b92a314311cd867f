"""How a race proves that it can see: the locks taken away, two deeds held side by side."""

import threading
from typing import Any
from uuid import UUID

import pytest

from booking.actions import changing
from booking.models import Appointment


def let_two_decide_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the locks from changing a visit, and let two deeds read it before either writes."""
    together = threading.Barrier(2)

    def read_together(appointment_id: UUID) -> Appointment:
        rows = Appointment.objects.select_related(
            "patient__merged_into", "clinician", "service", "policy", "enrollment", "room"
        )
        found = rows.get(pk=appointment_id)
        together.wait(20)
        return found

    def no_lock(*_: Any) -> None:
        return None

    monkeypatch.setattr(changing, "lock_packages_of", no_lock)
    monkeypatch.setattr(changing, "lock_appointment", read_together)
