"""The pages of moving in, the command, and who may use them."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, ImportRow, ImportRun
from booking.moving_in.files.formats import TEMPLATE
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.security import uploads
from tests.booking.moving_in.files import (
    CANARY,
    PATIENTS,
    VISITS,
    day,
    file_of,
    imported,
    judged,
    patient_row,
    work,
)
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_patient

pytestmark = pytest.mark.django_db
PAGE = "/accounts/import/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def admin(cast: Cast) -> Client:
    return client_for(cast.admin)


def sent(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/csv")


def test_the_whole_way_by_the_pages(cast: Cast, admin: Client) -> None:
    files = {
        "patients": sent(f"{CANARY}.csv", file_of((*PATIENTS, "shoe"), [*patient_row(1), "38"])),
        "visits": sent("v.csv", file_of(VISITS, [1, day(2), "9:00", "First visit", "Dr. Test"])),
    }
    answer = admin.post(PAGE, files)
    run = ImportRun.objects.get()
    at = reverse("moving_in_run", args=[run.pk])
    assert (answer.status_code, answer["Location"]) == (302, at)
    assert (run.status, run.by) == ("judging", cast.admin)
    assert "0 of 2 rows are done" in admin.get(at).content.decode()
    work()
    text = admin.get(at).content.decode()
    assert "Not read: shoe." in text
    assert f"{CANARY} Row1" in text
    assert "First visit" in text
    words = {"services-0": "evaluation", "clinicians-0": str(cast.clinician.pk)}
    assert admin.post(reverse("moving_in_words", args=[run.pk]), words).status_code == 302
    assert admin.post(reverse("moving_in_start", args=[run.pk])).status_code == 302
    part = admin.get(reverse("moving_in_progress", args=[run.pk])).content.decode()
    assert "<html" not in part
    assert "Being imported" in part
    work()
    assert Appointment.objects.get().patient.name == f"{CANARY} Row1"
    assert Appointment.objects.get().booked_by_staff == cast.admin
    assert "Take it back" in admin.get(at).content.decode()
    assert admin.post(reverse("moving_in_undo", args=[run.pk])).status_code == 302
    work()
    assert not Patient.objects.filter(name__startswith=CANARY).exists()
    assert CANARY not in str(list(AuditEvent.objects.values_list("action", "object", "reason")))


def test_the_form_sent_twice_makes_one_run(admin: Client) -> None:
    page = admin.get(PAGE).content.decode()
    key = page.partition('name="form_key" value="')[2].partition('"')[0]
    data = file_of(PATIENTS, patient_row(1))
    first = admin.post(PAGE, {"form_key": key, "patients": sent("p.csv", data)})
    second = admin.post(PAGE, {"form_key": key, "patients": sent("p.csv", data)})
    assert first["Location"] == second["Location"]
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04", "This is no CSV file"),
        (b"shoe\n38\n", "These columns are missing: name"),
        (b"name,name\n1,2\n", "Two columns are called “name”"),
        (b"name\x00\n1\n", "These columns are missing: name"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named(admin: Client, data: bytes, words: str) -> None:
    answer = admin.post(PAGE, {"patients": sent("p.csv", data)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_without_a_file_it_asks_for_one(admin: Client) -> None:
    answer = admin.post(PAGE, {"wanted": ""})
    assert answer.status_code == 422
    assert "Choose a file" in answer.content.decode()


def test_files_that_are_too_large_are_refused(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    answer = admin.post(PAGE, {"patients": sent("p.csv", b"name\n" + b"x" * 100)})
    assert answer.status_code == 413


def test_nobody_else_sends_a_file_and_no_other_page_takes_one(cast: Cast) -> None:
    file = sent("p.csv", file_of(PATIENTS, patient_row(1)))
    for user, status in ((None, 403), (cast.manager, 403), (cast.clinician.user, 403)):
        file.seek(0)
        assert client_for(user).post(PAGE, {"patients": file}).status_code == status
    file.seek(0)
    at = reverse("export_everything")
    assert client_for(cast.admin).post(at, {"reason": file}).status_code == 400
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("kind", sorted(TEMPLATE.files))
def test_our_template_is_read_by_ourselves(admin: Client, kind: str) -> None:
    answer = admin.get(reverse("moving_in_template", args=[kind]))
    names = answer.content.decode("utf-8-sig").strip().split(",")
    assert names == TEMPLATE.files[kind].read  # type: ignore[index]
    assert admin.get("/accounts/import/template/shoes/").status_code == 404


def test_rows_are_filtered_and_paged(admin: Client) -> None:
    rows = [patient_row(number) for number in range(1, 53)]
    rows[0][PATIENTS.index("name")] = ""
    run = judged({"patients": file_of(PATIENTS, *rows)})
    at = reverse("moving_in_run", args=[run.pk])
    first = admin.get(at).content.decode()
    assert first.count("<tr>") == 51
    following = first.partition("after=")[2].partition('"')[0]
    assert admin.get(f"{at}?after={following}").content.decode().count("<tr>") == 3
    assert admin.get(f"{at}?state=refused").content.decode().count("<tr>") == 2
    for wrong in ("state=shoes", "kind=shoes", "after=shoes", f"after={run.pk}"):
        assert admin.get(f"{at}?{wrong}").status_code == 404


def test_an_unclear_row_is_decided_on_the_page(cast: Cast, admin: Client) -> None:
    known = make_patient(name="Ann Lee", email="lee@example.test", phone="+17815550177")
    row = patient_row(1, name="Zoe Lee", email="lee@example.test", phone="781-555-0177")
    run = judged({"patients": file_of(PATIENTS, row)})
    at = reverse("moving_in_run", args=[run.pk])
    assert "She is Ann Lee" in admin.get(at).content.decode()
    assert AuditEvent.objects.filter(action="see import", patient=str(known.pk)).exists()
    choose = reverse("moving_in_choose", args=[run.rows.get().pk])
    for wrong in ("", "shoes", str(run.pk)):
        admin.post(choose, {"who": wrong})
        assert run.rows.get().status == "unclear"
    admin.post(choose, {"who": str(known.pk)})
    assert (run.rows.get().status, run.rows.get().patient) == ("known", known)
    admin.post(choose, {"who": "new"})
    assert (run.rows.get().status, run.rows.get().patient) == ("new", None)


def test_the_desk_sees_what_waits_and_closes_it(cast: Cast) -> None:
    imported(
        {
            "patients": file_of(PATIENTS, patient_row(1)),
            "visits": file_of(VISITS, [1, day(6), "9:00", "evaluation", "Dr. Test"]),
        }
    )
    desk, at = client_for(cast.manager), reverse("desk_moved_in")
    text = desk.get(at).content.decode()
    assert f"{CANARY} Row1" in text
    assert "Outside of the clinician’s hours" in text
    assert "Imported rows that need a person" in desk.get(reverse("desk_lists")).content.decode()
    done = reverse("desk_moved_in_done", args=[ImportRow.objects.get(status="waits").pk])
    assert desk.post(done, {"how": ""}).status_code == 422
    assert desk.post(done, {"how": "Booked on Monday"}).status_code == 302
    assert "Nothing waits here" in desk.get(at).content.decode()
    assert client_for(cast.admin).get(at).status_code == 403


def test_the_command(cast: Cast, tmp_path: Path) -> None:
    patients, visits = tmp_path / "p.csv", tmp_path / "v.csv"
    patients.write_bytes(file_of(PATIENTS, patient_row(1)))
    visits.write_bytes(file_of(VISITS, [1, day(2), "9:00", "evaluation", "Dr. Test"]))
    out = io.StringIO()
    call_command("import_patients", patients=patients, visits=visits, dry_run=True, stdout=out)
    run = ImportRun.objects.get()
    assert f"--go-on {run.pk}" in out.getvalue()
    assert (run.status, Appointment.objects.count()) == ("judged", 0)
    call_command("import_patients", go_on=run.pk, stdout=out)
    assert "visits: 1 imported" in out.getvalue()
    assert Appointment.objects.count() == 1
    call_command("import_patients", undo=run.pk, stdout=out)
    assert Appointment.objects.count() == 0
    assert CANARY not in out.getvalue()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Name a file"),
        ({"patients": Path("/nowhere/p.csv")}, "Cannot read"),
        ({"zone": "Nowhere/City"}, "no zone"),
        ({"undo": "00000000-0000-0000-0000-000000000000"}, "no such import"),
    ],
)
def test_the_command_says_what_is_wrong(options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("import_patients", stdout=io.StringIO(), **options)
