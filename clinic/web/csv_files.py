"""Write tables as CSV, with no cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse

# Characters that begin a formula in a spreadsheet, also in their full-width form.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def plain(value: object) -> str:
    """Return the text of a cell. An apostrophe is put before what a spreadsheet would run."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text
    # Quotes and spaces before the character, or a line break, do not stop every program.
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
    """Return the table as a file to download, named `name`.csv."""
    # The byte order mark tells spreadsheets that the text is UTF-8.
    answer = HttpResponse("\ufeff" + csv_text(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
