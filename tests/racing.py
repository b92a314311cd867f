"""Races: each racer is a thread with its own database connection, and all start at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.test import Client

GATHER_SECONDS = 60


def race(racers: int, act: Callable[[int], Any]) -> list[Any]:
    """Run `act(number)` in that many threads at once; return what each returned or raised.

    The test must commit (`transactional_db`). An exception is a value in the list, at the index of
    its racer.
    """
    gate = threading.Barrier(racers)

    def one(number: int) -> Any:
        try:
            # Connecting takes longer than most actions, so it is done before the start.
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
    """Run `act(client)` in that many threads at once, each with a test client of its own.

    A view that raises answers 500, as it would in a browser.
    """
    clients = [Client(raise_request_exception=False) for _ in range(racers)]
    return race(racers, lambda number: act(clients[number]))
