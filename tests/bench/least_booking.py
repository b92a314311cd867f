"""The least complete booking: two requests in bare SQL with every step that our guarantees need.

To lose, double or hide nothing, a request must know who asks, count how often, lock, look what is
free, write, record who did it and owe the mails, each with one statement where one is enough.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

TABLES = """
    DROP TABLE IF EXISTS bench_count, bench_hold, bench_submission, bench_mail, bench_audit;
    CREATE TABLE bench_count (who text PRIMARY KEY, count int);
    CREATE TABLE bench_hold (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), patient uuid, clinician bigint,
        during tstzrange, booked bool DEFAULT false, hold_until timestamptz,
        EXCLUDE USING gist (clinician WITH =, during WITH &&)
    );
    CREATE TABLE bench_submission (key text PRIMARY KEY, outcome text);
    CREATE TABLE bench_mail (hold uuid, kind text, due_at timestamptz, PRIMARY KEY (hold, kind));
    CREATE TABLE bench_audit (at timestamptz DEFAULT now(), actor text, action text, what text);
"""
WHO = """
    SELECT data FROM clinic_storedsession
    WHERE key_hash = encode(sha256(convert_to(%s, 'UTF8')), 'hex') AND expires_at > now()
"""
COUNT = """
    INSERT INTO bench_count VALUES (%s, 1)
    ON CONFLICT (who) DO UPDATE SET count = bench_count.count + 1 RETURNING count
"""
LOCK_PATIENT = "SELECT 1 FROM clinic_patient WHERE id = %s AND merged_into_id IS NULL FOR UPDATE"
LOCK_CLINICIAN = "SELECT 1 FROM clinic_clinician WHERE id = %s AND is_active FOR NO KEY UPDATE"
MAY_BOOK = "SELECT evaluation_opens_on FROM booking_referral WHERE patient_id = %s"
GONE = "DELETE FROM bench_hold WHERE clinician = %s AND NOT booked AND hold_until < now()"
# Hours, time off and what is taken, in one look.
FREE = """
    SELECT 1 FROM booking_openinghours WHERE clinician_id = %(clinician)s
    AND NOT EXISTS (SELECT 1 FROM booking_closure
                    WHERE starts_at < %(end)s AND ends_at > %(start)s)
    AND NOT EXISTS (SELECT 1 FROM booking_appointment WHERE clinician_id = %(clinician)s
                    AND status IN ('held', 'booked', 'arrived')
                    AND busy_from < %(end)s AND busy_until > %(start)s) LIMIT 1
"""
HOLD = """
    INSERT INTO bench_hold (patient, clinician, during, hold_until)
    VALUES (%s, %s, tstzrange(%s, %s), now() + interval '10 minutes') RETURNING id
"""
RECORD = "INSERT INTO bench_audit (actor, action, what) VALUES (%s, %s, %s)"
ONCE = "INSERT INTO bench_submission VALUES (%s, '')"
HELD = """
    SELECT clinician, lower(during) AS start, upper(during) AS end FROM bench_hold
    WHERE id = %s AND patient = %s
"""
BOOK = "UPDATE bench_hold SET booked = true WHERE id = %s"
MAILS = """
    INSERT INTO bench_mail SELECT %s, kind, now()
    FROM unnest(ARRAY['confirmation', 'reminder_48h', 'reminder_24h']) AS kind
"""
DONE = "UPDATE bench_submission SET outcome = %s WHERE key = %s"


def make_tables() -> None:
    """Create the tables, empty."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def hold(session: str, patient: str, clinician: int, start: datetime, end: datetime) -> UUID:
    """Hold a time; return the id of the hold. Raises IntegrityError if the time is taken."""
    with connection.cursor() as cursor:
        cursor.execute(WHO, [session])
        cursor.execute(COUNT, [session])
        with transaction.atomic():
            cursor.execute(LOCK_PATIENT, [patient])
            cursor.execute(LOCK_CLINICIAN, [clinician])
            cursor.execute(GONE, [clinician])
            cursor.execute(MAY_BOOK, [patient])
            cursor.execute(FREE, {"clinician": clinician, "start": start, "end": end})
            cursor.execute(HOLD, [patient, clinician, start, end])
            [found] = cursor.fetchone()
            cursor.execute(RECORD, [patient, "hold", str(found)])
    return found


def book(session: str, patient: str, held: str) -> None:
    """Book what is held, once: a second time raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute(WHO, [session])
        with transaction.atomic():
            cursor.execute(ONCE, [held])
            cursor.execute(LOCK_PATIENT, [patient])
            cursor.execute(HELD, [held, patient])
            clinician, start, end = cursor.fetchone()
            # Looked at again: the clinic may have closed since the time was held.
            cursor.execute(LOCK_CLINICIAN, [clinician])
            cursor.execute(MAY_BOOK, [patient])
            cursor.execute(FREE, {"clinician": clinician, "start": start, "end": end})
            cursor.execute(BOOK, [held])
            cursor.execute(RECORD, [patient, "book", held])
            cursor.execute(MAILS, [held])
            cursor.execute(DONE, [f"/done/{held}/", held])
