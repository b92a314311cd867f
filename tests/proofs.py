"""Long proofs, one by one: `python -m tests.proofs NAME`.

They take too long for the suite, which runs a quick form of each.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

# What pytest runs for each proof, and what the proof shows.
PROOFS: Mapping[str, tuple[str, Sequence[str]]] = {
    "bad-input": (
        "every bad value in every field of every form, as every person",
        ["tests/edges"],
    ),
    "races": ("every race as often as it takes to trust it", ["tests/races"]),
    "examples": (
        "laws of free times and of files for other systems, with many examples",
        ["tests/booking/scheduling/test_availability_laws.py", "tests/intake/fhir/test_fhir.py"],
    ),
}
DATABASES: Mapping[str, Sequence[str]] = {"postgresql": [], "sqlite": ["-m", "promises"]}
# pytest's exit code when a file has no test marked as a promise.
NO_TESTS = 5


def prove(name: str) -> int:
    """Run one proof on both databases, one after the other; return 0 if all of it holds."""
    _, paths = PROOFS[name]
    failed = 0
    for database, chosen in DATABASES.items():
        print(f"== {name} on {database}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "--durations", "5", *chosen, *paths],
            env={**os.environ, "RUN_READY_IN_FULL": "1", "RUN_READY_TEST_DB": database},
            check=False,
        )
        failed |= done.returncode not in (0, NO_TESTS)
    return int(failed)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev proof",
        description="Run one of the long proofs.",
        epilog="\n".join(f"{name:10}  {what}" for name, (what, _) in PROOFS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=PROOFS)
    return prove(parser.parse_args(arguments).name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
