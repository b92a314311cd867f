"""Real races: every racer is a thread with its own database connection, all let go at once."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.test import Client

GATHER_SECONDS = 60


def rounds(in_the_suite: int, in_full: int) -> int:
    """Return how often a race is run: RUN_READY_SOAK=1 asks for all of it."""
    return in_full if os.environ.get("RUN_READY_SOAK") else in_the_suite


def race(racers: int, act: Callable[[int], Any]) -> list[Any]:
    """Let `act(number)` run in so many threads at once; return what each returned or raised.

    Needs a test that commits (`transactional_db`). An exception stands in the list as a value, at
    the racer's own place.
    """
    gate = threading.Barrier(racers)

    def one(number: int) -> Any:
        try:
            # Connecting takes longer than most deeds: do it before the start, not after.
            connections["default"].ensure_connection()
            gate.wait(GATHER_SECONDS)
            return act(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(one, range(racers)))


def race_clients(racers: int, act: Callable[[Client], Any]) -> list[Any]:
    """Let `act(client)` run in so many threads at once, each with a test client of its own.

    A view that fails answers 500, as it would to a browser.
    """
    clients = [Client(raise_request_exception=False) for _ in range(racers)]
    return race(racers, lambda number: act(clients[number]))
