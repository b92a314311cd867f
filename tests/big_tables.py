"""A helper for tests with many rows."""

from django.db import connection


def analyze() -> None:
    """Update the statistics of PostgreSQL's query planner on the tables of this database.

    The server does so by itself, but not within the transaction of a test. There it would plan for
    empty tables, and a page with thousands of rows takes minutes. The catalogs that all databases
    of a server share are left out: a test would keep them locked from the tests of other workers.
    """
    quote = connection.ops.quote_name
    tables = ", ".join(quote(name) for name in connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}" if connection.vendor == "postgresql" else "ANALYZE")
