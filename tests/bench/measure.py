"""The half of the bench that measures, run once the environment for the settings is complete."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import django

django.setup()

from tests.bench import bookings, crowds, pages, searches, series  # noqa: E402
from tests.bench.figures import Figure, save, table  # noqa: E402

NOT_MEASURED = (
    "Not measured here: G3 (statement counts are tests), G12 (mail), "
    "G13 (weight of pages). G14: ./dev soak."
)


def figures() -> Iterator[Figure]:
    """Yield every figure: calls first, then crowds, then pages."""
    yield from searches.free_times()
    yield searches.judging()
    yield from searches.with_history("small", "large")
    yield from crowds.races()
    yield from bookings.bookings()
    yield from series.plans()
    yield from series.races()
    yield from pages.web()


def main() -> None:
    """Measure, print the table and save it. The argument is what `measured_on` returns, as JSON."""
    about = json.loads(sys.argv[1])
    done: list[Figure] = []
    try:
        for figure in figures():
            done.append(figure)
            print(f"{figure.goal} {figure.what}", flush=True)
    finally:
        # Also after an error: what was measured before it is as good as ever.
        print(f"\n{table(done)}\n\n{NOT_MEASURED}")
        save(done, Path(about["file"]), about)
        print(f"Written to {about['file']}")


if __name__ == "__main__":
    main()
