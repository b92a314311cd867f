"""The one clock that senders and due times share, whatever a process thinks the time is."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the database's time as aware UTC, read once per run and passed on."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
