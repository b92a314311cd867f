"""The drill: lose the database, restore it elsewhere, and say how long it took.

In full (`./dev proof restore`) with 10,000 patients.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from clinic.audit.record import SYSTEM, record_rows
from clinic.backups.making import make_backup
from clinic.database.clock import database_now
from clinic.keys.checking import refuse_wrong_keys
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from intake.models import Intake
from tests.clinic.backups.other_database import OtherDatabase, other_database
from tests.factories import make_patient
from tests.rounds import rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
PATIENTS = rounds(40, 10_000)
# What a person who restores may wait for, in minutes.
AT_MOST = 15
TABLES = ("Patient", "Email", "AuditEvent")


@pytest.fixture
def other(settings: Any, tmp_path: Path) -> Iterator[OtherDatabase]:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    settings.BACKUP_DIR = tmp_path / "backups"
    with other_database(tmp_path, ERASURE_LIST=str(tmp_path / "erasures.sealed")) as database:
        yield database


def fill() -> None:
    """Make PATIENTS patients, each with answers, a mail that went and one that is due."""
    now = database_now()
    first = make_patient(email="p0@example.test")
    copied = {
        one.attname: getattr(first, one.attname)
        for one in Patient._meta.concrete_fields
        if not one.primary_key and not one.attname.endswith("_key")
    }
    patients = [
        Patient(**{**copied, "email": f"p{number}@example.test"}) for number in range(1, PATIENTS)
    ]
    Patient.objects.bulk_create(patients, batch_size=500)
    everybody = [first, *patients]
    answers = {f"question.{number}": "an answer that somebody gave" for number in range(60)}
    told = {"raw": answers, "answers": answers, "started_at": now, "saved_at": now}
    intakes = [Intake(patient=one, questionnaire_version="1", **told) for one in everybody]
    Intake.objects.bulk_create(intakes, batch_size=500)
    mails = []
    for number, patient in enumerate(everybody):
        due = now - timedelta(minutes=5)
        fields = {"patient": patient, "kind": "reminder_24h", "next_try_at": due, "due_at": due}
        mails.append(Email(about=f"appointment:{number}", status="sent", sent_at=now, **fields))
        mails.append(Email(about=f"appointment:{number}", rev=1, **fields))
    Email.objects.bulk_create(mails, batch_size=500)
    record_rows(SYSTEM, "make", [(one, one) for one in everybody])


def minutes(since: float) -> float:
    return (time.monotonic() - since) / 60


def test_everything_is_back_within_minutes_and_no_old_mail_goes(
    other: OtherDatabase,
) -> None:
    refuse_wrong_keys()
    fill()
    counts = [model.objects.count() for model in (Patient, Email, AuditEvent)]
    begun = time.monotonic()
    path = make_backup()
    took, begun = minutes(begun), time.monotonic()
    said = other.does("restore", str(path), "--no-erasures-since", "a drill")
    restored = minutes(begun)
    assert f"{PATIENTS} mails that were due wait for a person" in said
    # What was restored, and why without a list of erasures.
    there = [int(other.says(f"{name}.objects.count()")) for name in TABLES]
    assert there == [counts[0], counts[1], counts[2] + 2]
    assert other.does("send_due").strip() == "0 sent"
    opened = "all(len(one.answers) == 60 for one in Intake.objects.iterator())"
    assert other.says(f"{opened}") == "True"
    assert restored < AT_MOST
    print(
        f"{PATIENTS} patients on {connection.vendor}: backup {took:.1f} minutes, "
        f"{path.stat().st_size / 1e6:.1f} MB; restored and ready in {restored:.1f} minutes, "
        "0 old mails sent"
    )
