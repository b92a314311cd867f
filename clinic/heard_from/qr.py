"""QR codes: the drawing for a page, and the file for a designer."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

import segno

# A quarter of the drawing may be worn or folded ("Q"), and so many empty modules stand around it,
# as ISO/IEC 18004 asks for.
_MENDS = "q"
QUIET = 4
# So many units of the file are one module.
_SCALE = 10


@dataclass(frozen=True)
class QrDrawing:
    """A code in modules: the width of its square, the quiet zone included, and an SVG path."""

    width: int
    path: str


def drawn(address: str) -> QrDrawing:
    """Return the drawing of the code that opens this address."""
    rows = [list(row) for row in _made(address).matrix_iter(border=QUIET)]
    return QrDrawing(len(rows), "".join(_runs(rows)))


def _runs(rows: list[list[int]]) -> list[str]:
    """Return a rectangle for each run of dark modules."""
    found = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                found.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return found


def svg_file(address: str) -> bytes:
    """Return the code as an SVG file, dark on white."""
    out = BytesIO()
    _made(address).save(out, kind="svg", scale=_SCALE, border=QUIET, light="white")
    return out.getvalue()


def _made(address: str) -> segno.QRCode:
    # Never a micro code: many cameras do not read them.
    return segno.make(address, error=_MENDS, micro=False, boost_error=False)
