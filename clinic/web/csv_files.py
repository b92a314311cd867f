"""Tables that leave the house as CSV: read by a spreadsheet, never run by it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse

# What a spreadsheet takes for a formula, also in its full-width spelling.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def plain(value: object) -> str:
    """Return the cell's text; one that a spreadsheet would run begins with an apostrophe."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text
    is_formula = any(line.lstrip(" \"'").startswith(_FORMULA) for line in text.splitlines())
    return f"'{text}" if is_formula or text.startswith(_FORMULA) else text


def csv_text(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return the table as CSV (RFC 4180)."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow([plain(cell) for cell in header])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return file.getvalue()


def csv_response(
    name: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """Return the table as a file to keep. The mark at its start tells spreadsheets it is UTF-8."""
    answer = HttpResponse("\ufeff" + csv_text(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
