"""Reads a QR code as a telephone does, but for mending errors: version 4, level Q, bytes.

Written from ISO/IEC 18004, and knows nothing of the library that draws.
"""

import re
from collections.abc import Iterator

QUIET = 4
SIZE = 33
BLOCKS, WORDS = 2, 24
# The five bits of level and mask are drawn over this.
FORMAT_MASK = 0b101010000010010
LEVEL_Q = 0b11
MASKS = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, c: r % 2 == 0,
    lambda r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: (r * c) % 2 + (r * c) % 3 == 0,
    lambda r, c: ((r * c) % 2 + (r * c) % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + (r * c) % 3) % 2 == 0,
)
FINDER = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")


def modules_of(path: str, width: int) -> list[list[int]]:
    """Return the rows of the square that an SVG path of runs draws, without the quiet zone."""
    rows = [[0] * width for _ in range(width)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for column in range(int(x), int(x) + int(length)):
            rows[int(y)][column] = 1
    inner = [row[QUIET:-QUIET] for row in rows[QUIET:-QUIET]]
    assert sum(map(sum, inner)) == sum(map(sum, rows)), "something is drawn in the quiet zone"
    return inner


def corners(rows: list[list[int]]) -> list[tuple[str, ...]]:
    """Return what is drawn in the three corners by which a camera finds the code."""
    return [
        tuple("".join(map(str, row[left : left + 7])) for row in rows[top : top + 7])
        for top, left in ((0, 0), (0, SIZE - 7), (SIZE - 7, 0))
    ]


def read(rows: list[list[int]]) -> str:
    """Return the text of a code."""
    assert len(rows) == SIZE
    places = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    said = int("".join(str(rows[r][c]) for r, c in places), 2) ^ FORMAT_MASK
    assert said >> 13 == LEVEL_Q
    mask = MASKS[said >> 10 & 7]
    bits = [rows[r][c] ^ mask(r, c) for r, c in _places_of_data()]
    words = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits) - 7, 8)]
    data = [word for block in range(BLOCKS) for word in words[block : BLOCKS * WORDS : BLOCKS]]
    stream = "".join(f"{word:08b}" for word in data)
    assert stream[:4] == "0100", "not in bytes"
    length = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * n : 20 + 8 * n], 2) for n in range(length)).decode()


def _places_of_data() -> Iterator[tuple[int, int]]:
    """Yield (row, column) of every module that holds data, in the order of the bits."""
    # Two columns at a time from the right, up and down in turn; column 6 is passed over.
    pairs = [(right, right - 1) for right in (*range(SIZE - 1, 6, -2), 5, 3, 1)]
    for number, pair in enumerate(pairs):
        rows = range(SIZE) if number % 2 else range(SIZE - 1, -1, -1)
        for row in rows:
            for column in pair:
                if not _is_fixed(row, column):
                    yield row, column


def _is_fixed(row: int, column: int) -> bool:
    far = SIZE - 8
    in_corner = (row < 9 and (column < 9 or column >= far)) or (row >= far and column < 9)
    in_alignment = abs(row - 26) <= 2 and abs(column - 26) <= 2
    return in_corner or in_alignment or row == 6 or column == 6
