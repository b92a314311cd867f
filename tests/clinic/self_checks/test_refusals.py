"""`manage.py verify` misses whatever the database should refuse and does not, whoever took it."""

import pytest
from django.db import connection

from clinic.database.clock import database_now
from clinic.self_checks.refusals import refusals

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
LEDGER = "booking_ledgerentry"


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


def taken_out_of(table: str, text: str, instead: str = "", *, index: str = "") -> None:
    """On SQLite: leave this out of what the table was made with, and its index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        (sql,) = cursor.fetchone()
        assert text in sql, sql
        cursor.execute("PRAGMA writable_schema = ON")
        changed = [sql.replace(text, instead, 1), table]
        cursor.execute("UPDATE sqlite_master SET sql = %s WHERE name = %s", changed)
        cursor.execute("DELETE FROM sqlite_master WHERE name = %s", [index])
        cursor.execute("PRAGMA writable_schema = RESET")


def faults() -> tuple[str, ...]:
    return refusals(database_now()).faults


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def test_it_counts_what_it_found_in_force() -> None:
    found = refusals(database_now())
    assert found.faults == ()
    named, columns = [int(one.split()[0]) for one in found.seen.split(", ")]
    assert named > 100
    assert columns > 500


def test_a_key_to_another_row_that_is_gone() -> None:
    if on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' "
                "AND conrelid = %s::regclass AND conname LIKE %s", [LEDGER, "%appointment_id%"],
            )  # fmt: skip
            ((name,),) = cursor.fetchall()
        run(f'ALTER TABLE {LEDGER} DROP CONSTRAINT "{name}"')
    else:
        text = 'REFERENCES "booking_appointment" ("id") DEFERRABLE INITIALLY DEFERRED'
        taken_out_of(LEDGER, text)
    assert faults() == (f"May refer to nothing: {LEDGER}.appointment_id",)


def test_a_column_in_which_values_may_repeat() -> None:
    if on_postgresql():
        run("ALTER TABLE clinic_user DROP CONSTRAINT clinic_user_email_key CASCADE")
    else:
        taken_out_of("booking_room", " UNIQUE", index="sqlite_autoindex_booking_room_1")
    repeated = "clinic_user.email" if on_postgresql() else "booking_room.name"
    assert f"May repeat: {repeated}" in faults()


def test_a_column_that_may_be_empty() -> None:
    if on_postgresql():
        run(f"ALTER TABLE {LEDGER} ALTER COLUMN kind DROP NOT NULL")
    else:
        taken_out_of(LEDGER, '"kind" varchar(8) NOT NULL', '"kind" varchar(8)')
    assert faults() == (f"May be empty: {LEDGER}.kind",)


def test_a_number_that_is_not_checked() -> None:
    if on_postgresql():
        run(f"ALTER TABLE {LEDGER} DROP CONSTRAINT {LEDGER}_cycle_check")
    else:
        taken_out_of(LEDGER, 'CHECK ("cycle" >= 0)')
    assert faults() == (f"Not checked: {LEDGER}.cycle",)


def test_a_trigger_that_refuses_nothing_any_more() -> None:
    if on_postgresql():
        run("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RETURN NULL; END $$")  # fmt: skip
        name = "refuse_change"
    else:
        name = "audit_append_only_update"
        made = f"CREATE TRIGGER {name} BEFORE UPDATE ON clinic_auditevent BEGIN SELECT 1; END"
        run(f"DROP TRIGGER {name}", made)
    assert faults() == (f"Does something else than it should: {name}",)
