"""A backup restored into another database: nothing is lost, and no old mail goes again."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.backups import dumping, making
from clinic.backups.making import last_taken, make_backup
from clinic.before_opening.own_lines import backup_line
from clinic.database.clock import database_now
from clinic.keys.checking import refuse_wrong_keys
from clinic.messages.outbox import owe
from clinic.models.messages import Heartbeat
from clinic.operations.periodic import run
from clinic.retention.erasing import erase_patient
from tests.clinic.backups.other_database import OtherDatabase, other_database
from tests.factories import make_appointment, make_clinician, make_offer, make_patient
from tests.faults.smtp_sink import Sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
# Loads the file and nothing else, as the database's own tools would.
ONLY_LOAD = (
    "from pathlib import Path; from clinic.backups.loading import load, read_whole; "
    "load(read_whole(Path({path!r})))"
)
SENT = "Email.objects.filter(status='sent').count()"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    settings.BACKUP_DIR = tmp_path / "backups"
    return tmp_path


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server
        server.shutdown()


@pytest.fixture
def other(folder: Path, sink: Sink) -> Iterator[OtherDatabase]:
    given = {"ERASURE_LIST": str(folder / "erasures.sealed"), "EMAIL_URL": sink.url}
    with other_database(folder, **given) as database:
        yield database


def five_reminders_due() -> None:
    """Owe five reminders of visits tomorrow, due for a minute, and one that is due tomorrow."""
    make_offer()
    clinician, now = make_clinician(), database_now()
    refuse_wrong_keys()
    for number in range(5):
        patient = make_patient(email=f"p{number}@example.test")
        visit = make_appointment(
            patient=patient,
            clinician=clinician,
            starts_at=now + timedelta(hours=23 + 2 * number),
        )
        fields = {"about": f"appointment:{visit.pk}", "rev": visit.rev, "patient": patient}
        owe(kind="reminder_24h", due_at=now - timedelta(minutes=1), **fields)
    owe(kind="reminder_48h", due_at=now + timedelta(days=1), **fields)


def test_reminders_that_went_after_the_backup_do_not_go_again(
    folder: Path, other: OtherDatabase, sink: Sink
) -> None:
    five_reminders_due()
    path = make_backup()
    assert path.stat().st_mode & 0o777 == 0o600
    assert run("send_due") == 5
    said = other.does("restore", str(path), "--no-erasures-since", "nobody was ever erased")
    assert "is whole" in said
    assert "5 mails that were due wait for a person" in said
    assert other.does("send_due").strip() == "0 sent"
    assert sink.messages == []
    assert (
        other.says("Email.objects.filter(status='needs_human', reason='restored').count()") == "5"
    )
    assert other.says("Email.objects.filter(status='due').count()") == "1"
    assert other.says("AuditEvent.objects.filter(action='after restore').count()") == "1"


def test_control_without_what_follows_a_restore_they_go_again(
    other: OtherDatabase, sink: Sink
) -> None:
    five_reminders_due()
    path = make_backup()
    assert run("send_due") == 5
    other.does("shell", "--no-imports", "--command", ONLY_LOAD.format(path=str(path)))
    assert other.does("send_due").strip() == "5 sent"
    assert len(sink.messages) == 5


# Ends as if it was killed once the file is loaded.
KILLED = (
    "import os; from django.core.management import call_command; "
    "from booking.management.commands import restore; "
    "restore.call_command = lambda *given, **more: os._exit(0); "
    "call_command('restore', {path!r}, no_erasures_since='nobody was ever erased')"
)


def test_a_restore_that_was_killed_half_way_sends_no_old_mail(
    other: OtherDatabase, sink: Sink
) -> None:
    five_reminders_due()
    path = make_backup()
    assert run("send_due") == 5
    other.does("shell", "--no-imports", "--command", KILLED.format(path=str(path)))
    assert other.does("send_due").strip() == "0 sent"
    assert sink.messages == []
    other.does(
        "after_restore",
        "--taken-at",
        database_now().isoformat(),
        "--no-erasures-since",
        "nobody was ever erased",
    )
    assert other.does("send_due").strip() == "0 sent"
    assert (
        other.says("Email.objects.filter(status='needs_human', reason='restored').count()") == "5"
    )


def test_a_restored_database_refuses_writes_to_the_trail_and_fits_the_code(
    other: OtherDatabase,
) -> None:
    five_reminders_due()
    path = make_backup()
    reason = ("--no-erasures-since", "nobody was ever erased")
    other.does("restore", str(path), *reason)
    other.does("migrate", "--check")
    deleting = "from clinic.models.audit import AuditEvent; AuditEvent.objects.all().delete()"
    refused = other.run("shell", "--no-imports", "--command", deleting)
    assert refused.returncode != 0
    again = other.run("restore", str(path), *reason)
    assert again.returncode != 0
    assert "The database is not empty" in again.stderr
    assert "make a new database" in again.stderr


def test_who_was_erased_since_the_backup_is_erased_again(
    folder: Path, other: OtherDatabase
) -> None:
    patient = make_patient(email="gone@example.test")
    refuse_wrong_keys()
    first = make_backup()
    context = Context(SYSTEM, database_now())
    erase_patient(patient_id=patient.pk, reason="she asked for it", context=context)
    second = make_backup()
    newest = folder / "erasures.sealed"
    kept = newest.read_bytes()
    newest.unlink()
    refused = other.run("restore", str(first))
    assert "There is no file ERASURE_LIST" in refused.stderr
    newest.write_bytes(b"")
    older = other.run("restore", str(second))
    assert "ERASURE_LIST is older than the backup: 1 erasures" in older.stderr
    newest.write_bytes(kept)
    assert "1 erasures are listed, 1 were done again." in other.does("restore", str(first))
    assert other.says("Patient.objects.get().name") == "Erased"
    taken = "2020-01-01T00:00:00+00:00"
    assert "1 erasures are listed, 0 were done again." in other.does(
        "after_restore", "--taken-at", taken
    )


def test_nothing_is_loaded_from_a_file_that_was_changed_or_with_other_keys(
    folder: Path, other: OtherDatabase
) -> None:
    make_patient()
    refuse_wrong_keys()
    path = make_backup()
    content = path.read_bytes()
    broken = folder / "broken.backup"
    broken.write_bytes(content[:-1])
    reason = ("--no-erasures-since", "nobody was ever erased")
    for file, sentence, given in (
        (broken, "changed or cut off", {}),
        (path, "No key in BACKUP_KEY", {"BACKUP_KEY": "A" * 43 + "="}),
        (path, "FIELD_KEYS cannot open", {"FIELD_KEYS": "A" * 43 + "="}),
        (folder / "none.backup", "No such file", {}),
    ):
        done = other.run("restore", str(file), *reason, **given)
        assert done.returncode != 0
        assert sentence in done.stderr
    assert other.run("migrate", "--check").returncode != 0, "a table is there"
    assert "is whole" in other.does("restore", str(path), "--check")


def test_a_backup_that_fails_leaves_no_file_and_no_word_of_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"half of it"
        raise dumping.CannotDump("pg_dump: error: the server went away")

    make_backup()
    taken = last_taken()
    monkeypatch.setattr(making, "dumped", breaks_off)
    with pytest.raises(CommandError, match=r"went away No backup was made\."):
        call_command("backup", stdout=StringIO())
    assert len(list((folder / "backups").iterdir())) == 1
    assert last_taken() == taken


def test_two_backups_of_one_second_are_two_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "dumped", lambda: iter([b""]))
    second = database_now().replace(microsecond=0)
    paths = []
    for microsecond in (1, 2):
        at = second.replace(microsecond=microsecond)
        monkeypatch.setattr(making, "database_now", lambda at=at: at)
        paths.append(make_backup())
    assert paths == sorted(set(paths))
    assert all(one.is_file() for one in paths)


def test_the_newest_backups_stay_and_the_list_before_opening_knows_of_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = database_now()
    (folder / "backups").mkdir()
    # A file that somebody put there is no backup.
    (folder / "backups" / "dump.sql").write_text("no backup")
    assert backup_line(now).missing
    monkeypatch.setattr(making, "dumped", lambda: iter([b""]))
    for hours in (50, 40, 30, 20):
        monkeypatch.setattr(making, "database_now", lambda h=hours: now - timedelta(hours=h))
        call_command("backup", keep=2, stdout=StringIO())
    names = sorted(one.name for one in (folder / "backups").glob("*.backup"))
    assert names == [
        f"run-ready-{now - timedelta(hours=hours):%Y%m%dT%H%M%S.%f}Z.backup" for hours in (30, 20)
    ]
    assert not backup_line(now).missing
    assert backup_line(now + timedelta(days=7)).missing
    assert Heartbeat.objects.get(job=making.TAKEN).at == now - timedelta(hours=20)


def test_a_program_that_fails_says_why_and_shows_no_row() -> None:
    command = ["/bin/sh", "-c", "echo 'an error' >&2; echo canary error >&2; exit 1"]
    with (
        pytest.raises(dumping.CannotDump, match="sh: an error") as failed,
        dumping._running(command),
    ):
        pass
    assert "canary" not in str(failed.value)
