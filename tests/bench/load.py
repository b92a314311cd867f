"""Sends many requests at once over kept connections, and says how they were answered."""

import http.client
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True)
class Page:
    """One page to ask for: the port of a site on this machine, its path, and who asks."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """How a stretch of requests went: milliseconds of each, how many failed, over how long."""

    took: list[float]
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    @property
    def p50(self) -> float:
        return median(self.took)

    @property
    def p95(self) -> float:
        return quantiles(self.took, n=20)[-1]

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.took + other.took, self.failed + other.failed, self.seconds + other.seconds
        )


class Visitor:
    """One browser as far as the bench needs it: a connection it keeps while the server does."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[int, str]:
        """Return the status and, of a redirect, where it leads; 599 when there is no answer."""
        for _ in range(2):
            # A server closes a connection that was idle; the next one is ours to open.
            with suppress(OSError, http.client.HTTPException):
                self.connection.request(method, path, body=body, headers=dict(headers))
                answer = self.connection.getresponse()
                answer.read()
                return answer.status, answer.headers.get("Location", "")
            self.connection.close()
        return 599, ""


def ask_for(page: Page, *, at_once: int, seconds: float) -> Answers:
    """Ask for the page from so many visitors at once, each again as soon as it is answered."""
    took: list[float] = []
    failed: list[int] = []
    end = time.monotonic() + seconds

    def visit() -> None:
        visitor = Visitor(page.port)
        while time.monotonic() < end:
            began = time.perf_counter()
            status, _where = visitor.ask("GET", page.path, page.headers)
            took.append((time.perf_counter() - began) * 1000)
            if status != 200:
                failed.append(status)
        visitor.connection.close()

    began = time.monotonic()
    visitors = [threading.Thread(target=visit) for _ in range(at_once)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    return Answers(took, len(failed), time.monotonic() - began)
