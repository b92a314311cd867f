"""The floors: the least work that could do the same, one bare query and integers, one insert."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

Row = tuple[int, int, int]
Stretch = tuple[int, int]

BUSY = """
    SELECT clinician_id, extract(epoch FROM busy_from)::bigint,
           extract(epoch FROM busy_until)::bigint
    FROM booking_appointment
    WHERE status IN ('held', 'booked', 'arrived', 'completed', 'no_show')
      AND busy_from < %s AND busy_until > %s
    ORDER BY clinician_id, busy_from
"""


def busy_rows(start: datetime, end: datetime) -> list[Row]:
    """Return (clinician, start, end) of what is taken between two aware datetimes.

    Times are whole seconds since 1970. One query, without the ORM.
    """
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [end, start])
        return cursor.fetchall()


def subtraction(
    rows: Iterable[Row],
    clinicians: Sequence[int],
    opens: Sequence[Stretch],
    *,
    seconds: int,
    grid: int,
) -> list[tuple[int, int]]:
    """Return the free (start, clinician) pairs, in whole seconds since 1970.

    `opens` are the stretches in which clinicians work, `seconds` is how long a visit takes, starts
    are `grid` seconds apart. It knows no buffers before, rooms, closures, notice or clock change.
    """
    busy: dict[int, list[Stretch]] = defaultdict(list)
    for clinician, start, end in rows:
        busy[clinician].append((start, end))
    free = []
    for clinician in clinicians:
        # Both lists are sorted, so that one walk over them is enough.
        taken, position = busy[clinician], 0
        for begins, ends in opens:
            for start in range(begins, ends - seconds + 1, grid):
                while position < len(taken) and taken[position][1] <= start:
                    position += 1
                if position == len(taken) or taken[position][0] >= start + seconds:
                    free.append((start, clinician))
    return free


def make_insert_table() -> None:
    """Create the floor's table: who, when, and the constraint that no two overlap."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute(
            "CREATE TABLE bench_floor (clinician bigint, during tstzrange,"
            " EXCLUDE USING gist (clinician WITH =, during WITH &&))"
        )


def insert(clinician: int, start: datetime, end: datetime) -> None:
    """Take a time in the floor's table. Raises IntegrityError when it is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_floor VALUES (%s, tstzrange(%s, %s))", [clinician, start, end]
        )
