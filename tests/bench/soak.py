"""G14: bookings and page views for minutes, at a rate that does not depend on the answers."""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from booking.models import Appointment  # noqa: E402
from booking.scheduling.slot_choices import TimeChoice  # noqa: E402
from tests.bench.bookings import CONFIRM, HOLD, sending  # noqa: E402
from tests.bench.crowds import offered  # noqa: E402
from tests.bench.figures import Figure, save, table  # noqa: E402
from tests.bench.load import Page, Visitor, ask_for  # noqa: E402
from tests.bench.pages import cookie_of, pages, patient_browser  # noqa: E402
from tests.bench.serving import site  # noqa: E402

VIEWERS, BOOKERS = 32, 16
# After this share of the time the memory counts as that of a warm site.
WARM_SHARE = 0.1


class Schedule:
    """The moments of a steady rate, given to whichever thread asks next."""

    def __init__(self, rate: float, seconds: float) -> None:
        self.rate, self.began, self.most = rate, time.monotonic(), int(rate * seconds)
        self.given, self.lock = 0, threading.Lock()
        self.ends = self.began + seconds

    def wait(self) -> bool:
        """Wait for the next moment and return True, at once if it has passed; False at the end."""
        with self.lock:
            number, self.given = self.given, self.given + 1
        due = self.began + number / self.rate
        if number >= self.most or time.monotonic() > self.ends:
            return False
        time.sleep(max(0.0, due - time.monotonic()))
        return True


class Tally:
    """The answers so far: how many of each status, and the milliseconds of each request."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.took: list[float] = []

    def ask(self, visitor: Visitor, *request: Any) -> tuple[int, str]:
        """Let the visitor ask, and count the answer, which is returned (see Visitor.ask)."""
        began = time.perf_counter()
        status, where = visitor.ask(*request)
        self.took.append((time.perf_counter() - began) * 1000)
        self.statuses[status] += 1
        return status, where


def view(wanted: list[Page], schedule: Schedule, tally: Tally) -> None:
    """Ask for pages at random, as the schedule says."""
    visitor = Visitor(wanted[0].port)
    while schedule.wait():
        page = random.choice(wanted)
        tally.ask(visitor, "GET", page.path, page.headers)


def book(port: int, cookie: str, values: list[str], schedule: Schedule, tally: Tally) -> None:
    """Hold a time and confirm it, then cancel it in the database, so that times do not run out."""
    visitor, headers = Visitor(port), sending(cookie)
    while schedule.wait():
        form = urlencode({"slot": random.choice(values)})
        status, where = tally.ask(visitor, "POST", HOLD, headers, form)
        if status == 302:
            tally.ask(visitor, "POST", where, headers, CONFIRM)
            visit = Appointment.objects.filter(pk=UUID(where.rstrip("/").rpartition("/")[2]))
            visit.filter(status="booked").update(status="cancelled", cancelled_at=timezone.now())
    connection.close()


def memory_of(group: int) -> int:
    """Return the resident memory in kilobytes of a process group."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                total += int(lines.get("VmRSS", "0").split()[0])
        # A process may have ended since it was listed.
        except (OSError, ValueError):
            continue
    return total


def soak(*, minutes: float, bookings: float, views: float) -> Iterator[Figure]:
    """Yield how the site did under the load: errors, rates, times and memory."""
    seconds = minutes * 60
    with site("clinic.wsgi") as product, site("tests.bench.floor_site") as floor:
        bare = ask_for(Page(floor.port, "/bare/"), at_once=VIEWERS, seconds=5)
        wanted = [page for name, page in pages(product.port).items() if name != "desk"]
        cookies = [cookie_of(patient_browser())["Cookie"] for _ in range(BOOKERS)]
        values = [TimeChoice(one.starts_at, one.clinician_id, "").value for one in offered()]
        seen, booked = Tally(), Tally()
        viewing, booking = Schedule(views, seconds), Schedule(bookings, seconds)
        work: list[Callable[[], None]] = [lambda: view(wanted, viewing, seen)] * VIEWERS
        for one in cookies:
            work.append(lambda one=one: book(product.port, one, values, booking, booked))  # type: ignore[misc]
        threads = [threading.Thread(target=one) for one in work]
        for thread in threads:
            thread.start()
        time.sleep(seconds * WARM_SHARE)
        warm = memory_of(product.process.pid)
        for thread in threads:
            thread.join()
        grown = memory_of(product.process.pid)
    yield from _figures(seen, booked, bare.p95, (views * seconds, bookings * seconds))
    yield Figure("G14", "memory at the end beside warm", "MB", grown / 1024, warm / 1024, 1.1)


def _figures(
    seen: Tally, booked: Tally, bare: float, wanted: tuple[float, float]
) -> Iterator[Figure]:
    """Yield the figures of the answers. `bare` is the p95 of a bare page, `wanted` are the numbers
    of views and bookings that the rates come to.
    """
    statuses = seen.statuses + booked.statuses
    print(f"Answers: {dict(sorted(statuses.items()))}", flush=True)
    errors = sum(count for status, count in statuses.items() if status >= 500)
    # Holding and confirming answer with one redirect each.
    confirmed = booked.statuses[302] / 2
    yield Figure("G14", "answers of 500 and above, or none", "", errors, 1, 0)
    yield Figure("G14", "page views that were sent", "", len(seen.took), wanted[0], 0.95, True)
    yield Figure("G14", "complete bookings", "", confirmed, wanted[1], 0.95, True)
    for what, tally in (("page views", seen), ("bookings’ requests", booked)):
        p95 = quantiles(tally.took, n=20)[-1]
        yield Figure("G14", f"{what}: p95 beside a bare page’s at {VIEWERS}", "ms", p95, bare, 12)


def main() -> None:
    """Soak, print the table and save it. The argument is what `measured_on` returns, as JSON."""
    about = json.loads(sys.argv[1])
    done = list(soak(**about["soak"]))
    print(f"\n{table(done)}\n")
    save(done, Path(about["file"]), about)
    print(f"Written to {about['file']}")


if __name__ == "__main__":
    main()
