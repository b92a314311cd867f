"""The clock of the database, which all processes share, whatever their own clocks show."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the database's current time (aware, UTC). Read it once per run and pass it on."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Not now(), which stands still within a transaction.
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
