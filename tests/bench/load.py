"""Send many requests at once over open connections, and measure how they are answered."""

import http.client
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True)
class Page:
    """One page to ask for: the port of a site on this machine, the path, the visitor's headers."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """The answers to many requests: milliseconds of each, how many failed, seconds for all."""

    took: list[float]
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.took) / self.seconds

    @property
    def p50(self) -> float:
        """The median, in milliseconds."""
        return median(self.took)

    @property
    def p95(self) -> float:
        """The milliseconds within which 95 of 100 were answered."""
        return quantiles(self.took, n=20)[-1]

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.took + other.took, self.failed + other.failed, self.seconds + other.seconds
        )


class Visitor:
    """A browser as far as the bench needs one: a connection that stays open as long as possible."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[int, str]:
        """Return the status, 599 without an answer, and where a redirect leads, "" for none."""
        for _ in range(2):
            # Twice, because the server may have closed a connection that was idle: then a new one
            # is opened.
            with suppress(OSError, http.client.HTTPException):
                self.connection.request(method, path, body=body, headers=dict(headers))
                answer = self.connection.getresponse()
                answer.read()
                return answer.status, answer.headers.get("Location", "")
            self.connection.close()
        return 599, ""


def ask_for(page: Page, *, at_once: int, seconds: float) -> Answers:
    """Ask for the page with `at_once` visitors for `seconds`, each again once it is answered."""
    # Appending to a list is safe from several threads.
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
