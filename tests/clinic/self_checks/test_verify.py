"""`manage.py verify` and the health pages: each fault is found and named."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, LedgerEntry
from clinic.database.append_only import lifted
from clinic.database.clock import database_now
from clinic.keys.checking import refuse_wrong_keys
from clinic.messages.delivery.claiming import JOB
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email, Heartbeat
from clinic.operations.clock import CLOCK, Scheduler, note_clock
from clinic.self_checks import checks
from clinic.self_checks.checks import CheckResult, SelfCheck, look_at_all
from tests.cast import make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral, make_user
from tests.intake.review.reviewing import FEVERISH, make_intake

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

TITLES = [
    "Schema", "Keys", "Static files", "What the database refuses", "Time limits", "Sealed values",
    "Credits of packages", "Visits", "Mail", "Mail sender", "Clock process", "Audit trail",
    "Clock rules", "Clocks", "Disk",
]  # fmt: skip


def beat(job: str, **ago: int) -> None:
    at = timezone.now() - timedelta(**ago)
    Heartbeat.objects.update_or_create(job=job, defaults={"at": at})


@pytest.fixture(autouse=True)
def sending() -> None:
    beat(JOB, seconds=1)


def faults() -> dict[str, tuple[str, ...]]:
    """Return what is wrong, by the title of the check."""
    lines = look_at_all(database_now())
    return {line.title: line.findings.faults for line in lines if line.findings.faults}


def verify(*arguments: str) -> tuple[int, str]:
    """Return the exit code of the command and what it printed."""
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_line_for_each_and_nothing_wrong_in_a_clinic_that_works() -> None:
    cast = make_cast()
    referral = make_referral(patient=cast.patient)
    make_enrollment(patient=cast.patient, referral=referral)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW)
    make_intake(**FEVERISH)
    Email.objects.all().delete()
    code, printed = verify("--machine")
    assert [line.split()[0] for line in printed.splitlines()] == ["right"] * len(TITLES), printed
    assert [line[9:].partition(":")[0] for line in printed.splitlines()] == TITLES
    assert code == 0
    # The list of what is missing to open follows, and changes the exit code.
    code, printed = verify()
    assert "\nmissing  " in printed
    assert code == 1


def test_what_the_database_has_to_refuse_is_missed() -> None:
    table = AuditEvent._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            cursor.execute("ALTER TABLE booking_appointment DROP CONSTRAINT "
                           "appointment_clinician_no_overlap")  # fmt: skip
            gone = "appointment_clinician_no_overlap"
        else:
            cursor.execute("DROP TRIGGER audit_append_only_update")
            cursor.execute("DROP INDEX ledger_one_grant")
            gone = "ledger_one_grant"
    (fault,) = faults()["What the database refuses"]
    assert gone in fault
    assert "audit_append_only" in fault
    assert verify("--machine")[0] == 1


def test_a_migration_that_did_not_run_is_named_and_the_site_is_not_ready() -> None:
    assert Client().get("/health/ready").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking' AND name LIKE '0022%'")
    (fault,) = faults()["Schema"]
    assert fault.startswith("Not run: booking.0022_moving_in.")
    assert Client().get("/health/ready").status_code == 503


def test_a_value_that_no_key_opens_is_counted_and_so_is_one_that_was_moved(settings: Any) -> None:
    refuse_wrong_keys()  # a process starts, and notes which keys are right
    first, second = make_intake(**FEVERISH), make_intake(name="Ina Second", **FEVERISH)
    lines = {line.title: line for line in look_at_all(database_now())}
    assert lines["Sealed values"].is_right
    seen = lines["Sealed values"].findings.seen
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    lines = {line.title: line for line in look_at_all(database_now())}
    number = seen.partition(" ")[0]
    told = f"{number} values: 0 by key 1 of 2, {number} by key 2 of 2"
    assert lines["Sealed values"].findings.seen == told
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_intake SET answers = (SELECT answers FROM intake_intake WHERE id = %s) "
            "WHERE id = %s", [adapted(second.pk), adapted(first.pk)],
        )  # fmt: skip
    assert faults()["Sealed values"] == ("1 in intake_intake.answers cannot be opened",)
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert set(faults()) >= {"Keys", "Sealed values"}
    assert Client().get("/health/ready").status_code == 503


def adapted(key: Any) -> Any:
    return key if connection.vendor == "postgresql" else key.hex


def test_credits_that_do_not_add_up_are_named() -> None:
    cast = make_cast()
    referral = make_referral(patient=cast.patient)
    package = make_enrollment(patient=cast.patient, referral=referral)
    assert "Credits of packages" not in faults()
    with lifted(models=[LedgerEntry]):
        LedgerEntry.objects.filter(enrollment=package, kind="grant").delete()
        LedgerEntry.objects.create(
            enrollment=package, kind="adjust", delta=1, at=NOW, by="x", reason="by hand"
        )
    (fault,) = faults()["Credits of packages"]
    assert str(package.pk) in fault


def test_visits_that_overlap_are_named_where_the_constraint_was_away() -> None:
    cast = make_cast()
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW)
    assert "Visits" not in faults()
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in ("clinician", "room"):
                constraint = f"appointment_{name}_no_overlap"
                cursor.execute(f"ALTER TABLE booking_appointment DROP CONSTRAINT {constraint}")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                if "no_overlap" in name:
                    cursor.execute(f"DROP TRIGGER {name}")
    other = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=visit.starts_at,
        room=visit.room,
    )  # fmt: skip
    (fault,) = faults()["Visits"]
    named = [one for one in (visit, other) if str(one.pk) in fault]
    # Of two that begin together one overlaps the other.
    assert len(named) == 1
    assert Appointment.objects.count() == 2


def test_mail_that_needs_a_person_or_was_left_by_a_sender_is_counted() -> None:
    def mail(status: str, **fields: Any) -> None:
        Email.objects.create(
            about=f"x:{status}", kind="x", status=status, user=person, due_at=NOW,
            next_try_at=NOW, **fields,
        )  # fmt: skip

    person = make_user(email="pat@example.test")
    mail("needs_human")
    mail("claimed", lease_until=database_now() - timedelta(hours=1))
    found = faults()["Mail"]
    assert found[0].startswith("1 mails were begun and never ended")
    assert found[1].startswith("1 mails need a person")


def test_an_audit_trail_that_was_changed_is_said(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_SEALS = tmp_path / "seals"
    make_intake(**FEVERISH)
    call_command("verify_audit", "--seal", stdout=StringIO())
    assert "Audit trail" not in faults()
    with lifted(models=[AuditEvent]):
        AuditEvent.objects.order_by("pk").update(action="something else")
    assert "see manage.py verify_audit" in faults()["Audit trail"][0]


CLOCK_OF_DATABASE = "clinic.self_checks.installation.database_now"


def test_the_clocks_of_two_machines_and_the_disk_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def said() -> str:
        # The checks before may take long: that is no matter of clocks.
        earlier = database_now() - timedelta(seconds=90)
        (line,) = [one for one in look_at_all(earlier) if one.title == "Clocks"]
        return "".join(line.findings.faults)

    assert said() == ""
    for seconds, which in ((-90, "ahead of"), (90, "behind")):
        apart = timedelta(seconds=seconds)
        monkeypatch.setattr(CLOCK_OF_DATABASE, lambda apart=apart: timezone.now() + apart)
        assert said().startswith(f"This machine's clock is {which} the database's: ")
    monkeypatch.setattr(CLOCK_OF_DATABASE, database_now)
    monkeypatch.setattr("clinic.self_checks.installation.LEAST_FREE", 10**18)
    assert "is free under RUN_READY_VAR" in faults()["Disk"][0]


def test_other_clock_rules_than_the_pinned_ones_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Clock rules" not in faults()
    monkeypatch.setattr("clinic.practice.zone_data.pinned_release", lambda file: "1999.1")
    assert faults()["Clock rules"] == ("requirements.txt pins tzdata 1999.1: install it",)
    monkeypatch.setattr("clinic.practice.zone_data.is_pinned", lambda: False)
    assert "not the pinned ones" in faults()["Clock rules"][0]


def test_a_database_without_limits_of_time_is_said() -> None:
    assert "Time limits" not in faults()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 0")
        assert faults()["Time limits"][0].startswith("No limit of time is in force")


def test_a_sender_that_never_ran_and_mail_that_waits_are_said() -> None:
    person = make_user(email="pat@example.test")
    late = timezone.now() - timedelta(minutes=20)
    Email.objects.create(about="x", kind="x", user=person, due_at=late, next_try_at=late)
    assert faults()["Mail sender"] == ("Mail that is due waits since 20 min",)
    Heartbeat.objects.all().delete()
    assert faults()["Mail sender"] == ("The mail sender has never run: start worker and beat",)


def test_static_files_that_were_not_collected_are_missed(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    assert "manage.py collectstatic" in faults()["Static files"][0]
    assert Client().get("/health/ready").status_code == 503
    call_command("collectstatic", interactive=False, verbosity=0)
    assert "Static files" not in faults()
    assert Client().get("/health/ready").status_code == 200
    gone = min(staticfiles_storage.hashed_files.values())
    (tmp_path / gone).unlink()
    assert faults()["Static files"] == ("1 static files are gone: manage.py collectstatic",)


def test_a_check_that_fails_says_where_and_never_with_which_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look(now: object) -> CheckResult:
        raise ValueError("canary-of-a-value")

    monkeypatch.setattr(checks, "_CHECKS", [SelfCheck(1, "Broken", look), *checks._CHECKS])
    code, printed = verify("--machine")
    assert code == 1
    assert "wrong    Broken: Could not be looked at: ValueError in look, line" in printed
    assert "canary" not in printed
    assert "right    Schema" in printed


# --- The health pages ---------------------------------------------------------------------------


def answers() -> Iterator[tuple[str, int, str]]:
    for name in ("ready", "mail", "clock"):
        answer = Client().get(f"/health/{name}")
        yield name, answer.status_code, answer.content.decode().strip()


def test_late_mail_and_a_silent_clock_have_pages_of_their_own() -> None:
    note_clock()
    right = [("ready", 200, "ready"), ("mail", 200, "mail: in time")]
    assert list(answers()) == [*right, ("clock", 200, "clock: running")]
    beat(JOB, minutes=4)
    beat(CLOCK, minutes=4)
    silent = [("ready", 200, "ready"), ("mail", 503, "mail: silent")]
    assert list(answers()) == [*silent, ("clock", 503, "clock: silent")]
    assert set(faults()) == {"Mail sender", "Clock process"}
    # Where one process does everything there is no clock to miss.
    Heartbeat.objects.filter(job=CLOCK).delete()
    assert list(answers())[2] == ("clock", 200, "clock: running")


@pytest.mark.django_db(transaction=True)
def test_the_clock_goes_on_when_it_cannot_note_that_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from celery import current_app  # noqa: PLC0415  # after Django

    scheduler = Scheduler(app=current_app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    monkeypatch.setattr("celery.beat.PersistentScheduler.tick", lambda self: 300.0)
    assert scheduler.tick() == 20.0
    first = Heartbeat.objects.get(job=CLOCK).at
    assert scheduler.tick() == 20.0
    assert Heartbeat.objects.get(job=CLOCK).at == first

    def away() -> None:
        from django.db import OperationalError  # noqa: PLC0415

        raise OperationalError("canary")

    monkeypatch.setattr("clinic.operations.clock.note_clock", away)
    scheduler._noted_at = None
    assert scheduler.tick() == 20.0
