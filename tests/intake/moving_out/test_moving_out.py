"""Everything leaves in one archive, recorded before it does; what proves or opens stays."""

import csv
import io
import json
import re
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections
from fhir.resources.R4B.bundle import Bundle as R4BBundle

from clinic.audit.context import Context
from clinic.audit.details import words_of
from clinic.database.sealed import SealedJSONField
from clinic.management.clear_columns import listed
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.retention.every_model import all_models
from intake.models import Intake
from intake.moving_out import archive as archives
from intake.moving_out.tables import left_out, table_files
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.review.reviewing import TORN, make_intake

pytestmark = pytest.mark.django_db

PAGE = "/accounts/export/"
WHY = {"reason": "We change to another system on June 1."}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def taken(cast: Cast) -> zipfile.ZipFile:
    answer: Any = client_for(cast.admin).post(PAGE, WHY)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_it_holds_every_row_with_sealed_values_opened(cast: Cast) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=3)
    )
    intake = make_intake(patient=cast.patient, **TORN)
    archive = taken(cast)
    assert archive.testzip() is None
    patients = {row["id"]: row for row in rows(archive, "patients.csv")}
    assert patients.keys() == {str(cast.patient.pk), str(cast.other_patient.pk)}
    assert patients[str(cast.other_patient.pk)]["name"] == "Otherwise Known"
    [form] = rows(archive, "intakes.csv")
    assert form["patient_id"] == str(cast.patient.pk)
    answers = json.loads(form["answers"])
    assert answers["bg.tear"] == "severe"
    assert answers["safety.emergency"] == ["none"]
    assert intake.sent_at is not None
    assert form["sent_at"] == intake.sent_at.isoformat()
    assert {row["level"] for row in rows(archive, "concerns.csv")} == {"red"}
    [booked] = rows(archive, "appointments.csv")
    assert booked["id"] == str(visit.pk)
    assert booked["starts_at"] == visit.starts_at.isoformat()
    for patient in (cast.patient, cast.other_patient):
        bundle = json.loads(archive.read(f"fhir/{patient.pk}.json"))
        R4BBundle.model_validate(bundle)
    assert archive.read("problems.txt") == b""
    assert archive.namelist()[0] == "README.txt"


def test_what_proves_or_opens_something_stays(cast: Cast) -> None:
    cast.admin.set_password("a very long sentence as password")
    cast.admin.save()
    archive = taken(cast)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert cast.admin.password.encode() not in everything
    assert b"password" not in archive.read("users.csv")
    assert cast.admin.email.encode() in archive.read("users.csv")


def test_every_table_and_column_leaves_or_has_a_reason_to_stay() -> None:
    tables, columns = left_out()
    labels = {model._meta.label_lower for model in all_models()}
    assert tables.keys() <= labels
    assert {table.model._meta.label_lower for table in table_files()} == labels - tables.keys()
    known = {
        f"{model._meta.label_lower}.{one.attname}"
        for model in all_models()
        for one in model._meta.concrete_fields
    }
    assert columns.keys() <= known
    assert [why for why in (*tables.values(), *columns.values()) if len(why.split()) < 4] == []
    names = [table.name for table in table_files()]
    assert len(set(names)) == len(names)


def test_no_hash_digest_or_secret_leaves() -> None:
    stay = {"hash", "digest", "found", "inside", "session", "device"}
    reasons = listed().tables
    leaving = [
        f"{table.name}: {name}"
        for table in table_files()
        for name in table.header
        if reasons[table.model._meta.label_lower].get(name) in stay
    ]
    assert leaving == []


def test_the_readme_names_every_column_of_every_file(cast: Cast) -> None:
    archive = taken(cast)
    text = archive.read("README.txt").decode()
    files = dict(re.findall(r"\n(\w+\.csv)\n-+\n(.+?)(?=\n\n|\Z)", text, re.DOTALL))
    assert files.keys() == {name for name in archive.namelist() if name.endswith(".csv")}
    for name, about in files.items():
        header = archive.read(name).decode("utf-8-sig").splitlines()[0].split(",")
        assert re.findall(r"^  (\w+): .", about, re.MULTILINE) == header
    assert "patient_id: the id in patients.csv" in files["intakes.csv"]
    assert "status: one of held (Held), booked (Booked)" in files["appointments.csv"]


def test_it_is_recorded_for_each_patient_before_it_leaves(cast: Cast) -> None:
    taken(cast)
    events = AuditEvent.objects.filter(actor=f"user:{cast.admin.pk}")
    whole = events.get(action="export everything")
    assert words_of(whole) == WHY["reason"]
    each = events.filter(action="export record").values_list("patient", flat=True)
    assert set(each) == {str(cast.patient.pk), str(cast.other_patient.pk)}


def test_nothing_leaves_when_it_cannot_be_recorded(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(archives, "record_each", refuse)
    answer = client_for(cast.admin).post(PAGE, WHY)
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("reason", ["", "short"])
def test_it_asks_for_a_reason_and_keeps_what_was_typed(cast: Cast, reason: str) -> None:
    answer = client_for(cast.admin).post(PAGE, {"reason": reason})
    assert answer.status_code == 422
    assert "Write why" in (text := answer.content.decode()) or "Write a sentence" in text
    assert reason in text
    assert not AuditEvent.objects.filter(action="export everything").exists()


def test_what_no_key_opens_is_named_and_everything_else_leaves(cast: Cast) -> None:
    broken = make_intake(patient=cast.patient, **TORN)
    make_intake(patient=cast.other_patient, **TORN)
    other = SealedJSONField().sealed({"q": "x"}, Patient, cast.patient.pk)
    Intake.objects.filter(pk=broken.pk).update(answers=other)
    archive = taken(cast)
    cells = {row["patient_id"]: row["answers"] for row in rows(archive, "intakes.csv")}
    assert cells[str(cast.patient.pk)] == "(cannot be opened)"
    assert cells[str(cast.other_patient.pk)].startswith("{")
    assert archive.read("problems.txt").decode().split(":")[0] == f"fhir/{cast.patient.pk}.json"
    assert archive.read(f"fhir/{cast.other_patient.pk}.json")


def test_a_name_is_no_formula(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.patient.pk).update(name="=1+1")
    patients = {row["id"]: row["name"] for row in rows(taken(cast), "patients.csv")}
    assert patients[str(cast.patient.pk)] == "'=1+1"


def test_the_command_writes_a_file_only_we_can_read(cast: Cast, tmp_path: Path) -> None:
    make_intake(patient=cast.patient, **TORN)
    out = tmp_path / "all.zip"
    call_command("export_all", out=out, reason=WHY["reason"])
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with zipfile.ZipFile(out) as archive:
        assert len(rows(archive, "patients.csv")) == 2
    assert list(tmp_path.iterdir()) == [out]
    assert AuditEvent.objects.get(action="export everything").actor == "system"
    with pytest.raises(CommandError, match="there already"):
        call_command("export_all", out=out, reason=WHY["reason"])


def test_its_rows_are_read_in_parts_and_each_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.moving_out.tables.BATCH", 2)
    Patient.objects.bulk_create(Patient(name=f"Row {n}") for n in range(5))
    names = [row["name"] for row in rows(taken(cast), "patients.csv")]
    assert len(names) == 7
    assert {f"Row {n}" for n in range(5)} <= set(names)


@pytest.mark.django_db(transaction=True)
def test_a_change_made_meanwhile_stands_in_no_file() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("On SQLite the files may show different moments, as the README in it says.")
    cast = make_cast()
    parts = archives.archive(Context(cast.admin, NOW))
    first = next(parts)
    assert connection.in_atomic_block

    def rename() -> None:
        Patient.objects.filter(pk=cast.patient.pk).update(name="Renamed Meanwhile")
        connections.close_all()

    colleague = Thread(target=rename)
    colleague.start()
    colleague.join()
    archive = zipfile.ZipFile(io.BytesIO(first + b"".join(parts)))
    assert not connection.in_atomic_block
    names = {row["id"]: row["name"] for row in rows(archive, "patients.csv")}
    before = cast.patient.name
    assert names[str(cast.patient.pk)] == before
    assert before in archive.read(f"fhir/{cast.patient.pk}.json").decode()
    cast.patient.refresh_from_db()
    assert cast.patient.name == "Renamed Meanwhile"
