"""What tests of long tables need besides the rows."""

from django.db import connection


def analyze() -> None:
    """Tell the planner what the rows are like.

    A server does so by itself, but not within the transaction of a test: there it would plan for
    empty tables, and a page of thousands takes minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
