"""G8: complete bookings over HTTP, each of its own time, compared with a page that only inserts.

A booking in bare SQL with the same guarantees shows how near to that a booking can come at all.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import local
from urllib.parse import urlencode

from django.middleware.csrf import CSRF_SECRET_LENGTH

from booking.models import Appointment
from booking.scheduling.slot_choices import TimeChoice
from booking.scheduling.timetable import Slot
from clinic.models.people import Patient
from tests.bench import floors, least_booking
from tests.bench.crowds import forget, offered, people
from tests.bench.figures import Figure
from tests.bench.load import Visitor
from tests.bench.pages import browser_of, cookie_of
from tests.bench.serving import site

IN_FLIGHT, BOOKINGS = 32, 320
# The address at which a time is held, and what the form that confirms it sends.
HOLD, CONFIRM = "/book/evaluation/keep/", "exam_wish="
# Django accepts any token of this length that cookie and header agree on.
TOKEN = "a" * CSRF_SECRET_LENGTH


def sending(cookie: str) -> dict[str, str]:
    """Return the headers with which the browser that has this cookie sends a form."""
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": TOKEN,
        "Cookie": f"{cookie}; csrftoken={TOKEN}",
    }


def bookings() -> Iterator[Figure]:
    """Yield the rate of complete bookings: a time is held, then confirmed."""
    floors.make_insert_table()
    least_booking.make_tables()
    bookers = people(BOOKINGS, "booker")
    slots = apart(offered(90))[:BOOKINGS]
    cookies = [cookie_of(browser_of(one))["Cookie"] for one in bookers]
    with site("clinic.wsgi") as product, site("tests.bench.floor_site") as floor:
        rate = _rate(product.port, lambda n, visitor: _book(visitor, cookies[n], slots[n]))
        least = _rate(floor.port, lambda n, visitor: _insert(visitor, slots[n]))
        bare = _rate(
            floor.port, lambda n, visitor: _book_bare(visitor, cookies[n], bookers[n], slots[n])
        )
    done = Appointment.objects.filter(patient__in=bookers, status="booked").count()
    forget(bookers)
    yield Figure("G8", f"bookings of {BOOKINGS} times that were made", "", done, BOOKINGS, 1, True)
    what = f"complete bookings, {IN_FLIGHT} in flight: a page that inserts"
    yield Figure("G8", what, "/s", rate, least, 0.25, True)
    what = "the least booking with these promises, in bare SQL: a page that inserts"
    yield Figure("G8", what, "/s", bare, least, None, True)
    what = "complete bookings: the least with these promises"
    yield Figure("G8", what, "/s", rate, bare, None, True)


def _book(visitor: Visitor, cookie: str, slot: Slot) -> None:
    value = TimeChoice(slot.starts_at, slot.clinician_id, "").value
    status, where = visitor.ask("POST", HOLD, sending(cookie), urlencode({"slot": value}))
    # What was not booked is counted afterwards, in the database.
    if status == 302:
        visitor.ask("POST", where, sending(cookie), CONFIRM)


def _insert(visitor: Visitor, slot: Slot) -> None:
    times = {"clinician": slot.clinician_id, "start": slot.starts_at, "end": slot.ends_at}
    status, _where = visitor.ask("POST", "/insert/", sending(""), urlencode(times))
    if status != 200:
        raise SystemExit(f"The floor answered {status}")


def _book_bare(visitor: Visitor, cookie: str, patient: Patient, slot: Slot) -> None:
    form = {"patient": str(patient.pk), "clinician": slot.clinician_id}
    times = {"start": slot.starts_at, "end": slot.ends_at}
    status, where = visitor.ask("POST", "/hold/", sending(cookie), urlencode(form | times))
    if status == 302:
        status, where = visitor.ask("POST", where, sending(cookie), urlencode(form))
    if status != 302:
        raise SystemExit(f"The floor answered {status}")


def _rate(port: int, act: Callable[[int, Visitor], None]) -> float:
    """Return how many bookings a second are made, by IN_FLIGHT visitors at once.

    `act` gets the number of the booking and the visitor, whose connection stays open.
    """
    mine = local()

    def one(number: int) -> None:
        if not hasattr(mine, "visitor"):
            mine.visitor = Visitor(port)
        act(number, mine.visitor)

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        began = time.perf_counter()
        list(pool.map(one, range(BOOKINGS)))
        return BOOKINGS / (time.perf_counter() - began)


def apart(slots: Sequence[Slot]) -> list[Slot]:
    """Return slots that do not overlap, with a quarter of an hour between two of one clinician.

    Every booking must be able to succeed: the buffer after a visit counts too.
    """
    until: dict[int, datetime] = {}
    apart = []
    for slot in slots:
        if slot.clinician_id not in until or slot.starts_at >= until[slot.clinician_id]:
            apart.append(slot)
            until[slot.clinician_id] = slot.ends_at + timedelta(minutes=15)
    return apart
