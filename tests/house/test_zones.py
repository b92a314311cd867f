"""No statement converts zones in the database, whose zone data are not ours."""

import re
from pathlib import Path

from django.conf import settings
from django.db import connection

# Functions, lookups and SQL that read an instant in a zone. Of a date they would be harmless, but
# none is needed, and a look at the model would be.
CONVERTS = re.compile(
    r"\b(?:Trunc|Extract)(?:Date|Time|Year|IsoYear|Quarter|Month|Week|WeekDay|IsoWeekDay|Day|Hour"
    r"|Minute|Second)?\b"
    r"|__(?:date|time|year|iso_year|quarter|month|week|week_day|iso_week_day|day|hour|minute)\b"
    r"|\.datetimes\(|AT TIME ZONE|date_trunc|CURRENT_DATE|CURRENT_TIME\b|LOCALTIMESTAMP"
)
# The one place that takes the date of an instant, in UTC after it has added the pinned offset.
ALLOWED = "clinic/practice/date_in_sql.py"


def converting(root: Path) -> list[str]:
    """Return the lines below this folder that convert zones in the database."""
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for app in ("booking", "clinic", "intake")
        for path in sorted((root / app).rglob("*.py"))
        if str(path.relative_to(root)) != ALLOWED
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if CONVERTS.search(line)
    ]


def test_no_statement_converts_zones_in_the_database() -> None:
    assert converting(settings.BASE_DIR) == []


def test_such_a_line_is_found(tmp_path: Path) -> None:
    lines = (
        'day = TruncDate("at", tzinfo=zone)',
        "rows.filter(starts_at__date=today)",
        'rows.annotate(hour=ExtractHour("starts_at"))',
        "SELECT starts_at AT TIME ZONE 'America/New_York'",
    )
    folder = tmp_path / "booking"
    folder.mkdir()
    (folder / "queries.py").write_text("\n".join(lines))
    assert len(converting(tmp_path)) == 4


def test_connections_speak_utc() -> None:
    # What a connection calls its zone is how PostgreSQL reads and shows every instant.
    assert connection.timezone_name == "UTC"
