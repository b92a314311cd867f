"""A helper for tests with many rows."""

from django.db import connection


def analyze() -> None:
    """Update the statistics of PostgreSQL's query planner.

    The server does so by itself, but not within the transaction of a test. There it would plan for
    empty tables, and a page with thousands of rows takes minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
