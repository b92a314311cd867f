"""A booking does not wait for one at another hour with another clinician."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaits
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction

from booking.appointments.booking_request import occupied_by
from booking.locks import lock_calendar
from booking.models import Appointment, Service
from booking.scheduling.timetable import Slot
from tests.factories import NOW, make_clinician, make_offer
from tests.races.test_one_slot import book, offered, patients

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 60


def hold_the_calendar(slot: Slot, is_locked: Event, is_over: Event) -> None:
    """Hold the locks of a booking of this slot until `is_over` is set."""
    evaluation = Service.objects.get(code="evaluation")
    with transaction.atomic():
        lock_calendar([slot.clinician_id], [occupied_by(slot.starts_at, evaluation)])
        is_locked.set()
        assert is_over.wait(SECONDS)
    connections.close_all()


def test_a_booking_waits_for_its_own_hour_only() -> None:
    make_offer()
    first, second = make_clinician(), make_clinician(email="c2@example.test")
    racers = patients(2, NOW)
    day = offered(NOW)[0].starts_at.date()
    noon = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)

    def at(hours: int, clinician: Any) -> Slot:
        wanted = noon.replace(hour=17 + hours), clinician.pk
        return next(one for one in offered(NOW) if (one.starts_at, one.clinician_id) == wanted)

    def later(slot: Slot, racer: int) -> Appointment:
        try:
            return book(racers[racer], slot, NOW)
        finally:
            connections.close_all()

    theirs, apart, together = at(0, first), at(3, second), at(1, second)
    is_locked, is_over = Event(), Event()
    with ThreadPoolExecutor(3) as pool:
        holding = pool.submit(hold_the_calendar, theirs, is_locked, is_over)
        assert is_locked.wait(SECONDS)
        assert pool.submit(later, apart, 0).result(SECONDS).starts_at == apart.starts_at
        waiting: Future[Appointment] = pool.submit(later, together, 1)
        with pytest.raises(StillWaits):
            waiting.result(0.5)
        is_over.set()
        holding.result(SECONDS)
        assert waiting.result(SECONDS).starts_at == together.starts_at
