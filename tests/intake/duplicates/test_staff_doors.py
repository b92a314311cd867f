"""Staff are warned at every door when two of the four agree; public doors tell nobody anything."""

import json
import re
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models.audit import AuditEvent
from clinic.models.people import Clinician, Patient
from intake.models import Intake, Task
from tests.cast import Cast, client_for, make_cast
from tests.clinic.known_patients.spellings import NAMES
from tests.factories import NOW, make_patient
from tests.intake.fhir.test_fhir_record import FEVER, INA, responded
from tests.intake.online_intake.test_flow import CONSENT
from tests.intake.review.reviewing import FEVERISH, make_intake

pytestmark = pytest.mark.django_db
NAME, BORN, PHONE, EMAIL = "Zoë O’Neil", date(1992, 3, 14), "+17815550142", "zoe@example.test"
# Another who agrees in nothing.
ELSE: dict[str, Any] = {
    "name": "Bea Quill", "born_on": date(1991, 1, 2), "phone": "+17815550161",
    "email": "bea@example.test",
}  # fmt: skip
# What is typed about her, otherwise than it is stored.
HERS: dict[str, Any] = {
    "name": "ONEIL Zoe", "born_on": BORN, "phone": "+17815550142", "email": "ZOE@example.test",
}  # fmt: skip
PAIRS = [
    ("name", "born_on"), ("name", "phone"), ("name", "email"), ("born_on", "phone"),
    ("born_on", "email"), ("phone", "email"),
]  # fmt: skip
AGREES = {"adult": "on", "record": "on", "contact": "on"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def known(cast: Cast) -> Patient:
    return make_patient(name=NAME, born_on=BORN, phone=PHONE, email=EMAIL)


def typed(*agreeing: str) -> dict[str, Any]:
    """Return a contact that agrees with hers in these fields only, as a form posts it."""
    contact = {**ELSE, **{field: HERS[field] for field in agreeing}}
    return {**contact, "born_on": contact["born_on"].isoformat()}


def stored(*agreeing: str) -> Patient:
    """Make a row that agrees with hers in these fields only."""
    return make_patient(**{**ELSE, **{field: HERS[field] for field in agreeing}})


# --- Forms: nothing is stored before staff compared -----------------------------------------------

Send = Callable[[Client, dict[str, Any]], HttpResponse]


def add(desk: Client, form: dict[str, Any]) -> HttpResponse:
    return desk.post("/desk/patients/new/", form)  # type: ignore[return-value]


def add_at_a_time(desk: Client, form: dict[str, Any]) -> HttpResponse:
    """Add a patient for a free time on the calendar: the booking for a new person."""
    slot = f"2027-02-08T14:00Z%7C{Clinician.objects.get().pk}"
    return desk.post(f"/desk/patients/new/?slot={slot}", form)  # type: ignore[return-value]


def change(desk: Client, form: dict[str, Any]) -> HttpResponse:
    row = Patient.objects.filter(email="before@example.test").first() or make_patient(
        name="Before", born_on=None, phone="", email="before@example.test"
    )
    page = desk.get(f"/desk/patient/{row.pk}/contact/")
    sent = {**form, "seen": page.context["seen"]}
    return desk.post(f"/desk/patient/{row.pk}/contact/", sent)  # type: ignore[return-value]


FORMS = [add, add_at_a_time, change]


@pytest.mark.parametrize("agreeing", PAIRS, ids="+".join)
@pytest.mark.parametrize("send", FORMS)
def test_a_form_warns_and_keeps_what_was_typed(
    desk: Client, known: Patient, send: Send, agreeing: tuple[str, ...]
) -> None:
    form = typed(*agreeing)
    page: Any = send(desk, form)
    assert page.status_code == 422
    text = page.content.decode()
    assert "Somebody with two of this name, date of birth, phone and e-mail is known" in text
    assert "Zoë O’Neil" in text
    assert f"/{known.pk}/" in text
    for name in ("name", "phone", "email"):
        assert page.context["form"][name].value() == form[name]
    assert not Patient.objects.filter(name=form["name"]).exists()
    assert AuditEvent.objects.filter(action="see likely matches", patient=str(known.pk)).exists()
    # The tick counts for the row that was shown.
    compared = {"anyway": "on", "compared": page.context["form"].compared}
    assert send(desk, {**form, **compared}).status_code == 302
    assert Patient.objects.filter(name=form["name"], is_unmatched=False).exists()


@pytest.mark.parametrize("field", HERS)
@pytest.mark.parametrize("send", FORMS)
def test_one_of_the_four_does_not_warn(
    desk: Client, known: Patient, send: Send, field: str
) -> None:
    assert send(desk, typed(field)).status_code == 302


@pytest.mark.parametrize("send", FORMS)
def test_a_tick_does_not_count_for_somebody_else_typed_later(
    desk: Client, known: Patient, send: Send
) -> None:
    page: Any = send(desk, typed("name", "born_on"))
    other = make_patient(name="Cleo Marsh", born_on=BORN, phone="+17815550188", email="")
    ticked = {"anyway": "on", "compared": page.context["form"].compared}
    again: Any = send(desk, {**typed("born_on"), **ticked, "phone": "781 555 0188"})
    assert again.status_code == 422
    assert [one.patient for one in again.context["form"].known] == [other]
    # Somebody who ticks without having seen a row is asked to look.
    assert send(desk, {**typed("name", "phone"), "anyway": "on"}).status_code == 422


@pytest.mark.parametrize(("name", "spelled"), NAMES)
def test_a_new_patient_is_known_however_her_name_is_spelled(
    desk: Client, name: str, spelled: str
) -> None:
    make_patient(name=name, born_on=BORN, phone="", email="")
    assert add(desk, {**typed("born_on"), "name": spelled}).status_code == 422


def test_a_change_of_something_else_is_not_stopped_by_what_was_alike_before(
    desk: Client, known: Patient
) -> None:
    twin = stored("name", "born_on")
    page = desk.get(f"/desk/patient/{twin.pk}/contact/")
    form = {**typed("name", "born_on"), "phone": "781 555 0155", "seen": page.context["seen"]}
    assert desk.post(f"/desk/patient/{twin.pk}/contact/", form).status_code == 302


@pytest.mark.parametrize("missing", ["phone", "email", "born_on"])
def test_what_the_telephone_intake_adds_warns(desk: Client, known: Patient, missing: str) -> None:
    empty = None if missing == "born_on" else ""
    row = make_patient(**{**ELSE, "name": "Zoe ONeil", missing: empty})
    given = {
        "phone": {"phone": "781 555 0142"},
        "email": {"email": "Zoe@example.test"},
        "born_on": {"born_on_month": "3", "born_on_day": "14", "born_on_year": "1992"},
    }[missing]
    path = f"/intake/desk/{row.pk}/"
    page = desk.post(path, {**AGREES, **given})
    assert page.status_code == 422
    assert f"/review/matches/{row.pk}/{known.pk}/" in page.content.decode()
    assert not Intake.objects.exists()
    compared = {"anyway": "on", "compared": page.context["form"].compared}
    assert desk.post(path, {**AGREES, **given, **compared})["Location"] == "/intake/safety/"


# --- Pages about a row that is there --------------------------------------------------------------


@pytest.mark.parametrize("agreeing", PAIRS, ids="+".join)
@pytest.mark.parametrize(
    "page", ["/desk/patient/{}/", "/desk/patient/{}/book/", "/intake/desk/{}/"]
)
def test_a_page_about_her_says_that_she_may_be_known(
    desk: Client, known: Patient, page: str, agreeing: tuple[str, ...]
) -> None:
    row, nobody = stored(*agreeing), make_patient(name="Dot Pine", phone="", email="", born_on=None)
    said = ("other row may be the same person", "May be somebody we know: compare")
    text = desk.get(page.format(row.pk)).content.decode()
    assert any(one in text for one in said)
    assert f"/review/matches/{row.pk}/" in text
    text = desk.get(page.format(nobody.pk)).content.decode()
    assert not any(one in text for one in said)


@pytest.mark.parametrize("agreeing", PAIRS, ids="+".join)
def test_the_list_of_calls_says_who_she_may_be(
    desk: Client, known: Patient, agreeing: tuple[str, ...]
) -> None:
    make_intake(**FEVERISH)
    task = Task.objects.open().urgent_calls().get()
    Patient.objects.filter(pk=task.patient_id).update(
        **{**ELSE, **{field: HERS[field] for field in agreeing}}
    )
    for path in ("/review/tasks/", f"/review/tasks/{task.pk}/"):
        assert "also be Zoë O’Neil" in desk.get(path).content.decode()


# --- Import ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "warns"), [("EXAMPLE  Íńa", True), ("Bea Quill", False)])
def test_an_import_says_that_she_may_be_known(
    cast: Cast, tmp_path: Path, name: str, warns: bool
) -> None:
    make_patient(name=name, phone="", email="", born_on=date(1990, 2, 1))
    file = tmp_path / "response.json"
    file.write_text(json.dumps(responded(FEVER, **INA)))
    said, warned = StringIO(), StringIO()
    call_command("fhir_import", str(file), stdout=said, stderr=warned)
    row = Intake.objects.get().patient
    assert row.is_unmatched
    page = f"/review/matches/{row.pk}/"
    assert (page in warned.getvalue()) is warns
    assert name not in warned.getvalue()
    assert page in client_for(cast.manager).get("/review/matches/").content.decode() or not warns


# --- Public doors ---------------------------------------------------------------------------------

_OWN = re.compile(rb'value="[\w:-]{20,}"|nonce-[\w+/=-]+|/[0-9a-f-]{36}')


def begun(contact: dict[str, str]) -> tuple[list[tuple[Any, ...]], int]:
    """Send the contact page; return what came back, without keys and ids, and the statements."""
    client = Client()
    client.post("/intake/", CONSENT)
    client.get("/intake/contact/")
    with CaptureQueriesContext(
        connection,
    ) as sent:
        answer = client.post("/intake/contact/", contact)
        statements = len(sent)
    page = client.get(answer["Location"])
    seen = [
        (one.status_code, one.get("Location"), sorted(one.headers), _OWN.sub(b"", one.content))
        for one in (answer, page)
    ]
    return seen, statements


@pytest.mark.promises
@pytest.mark.parametrize(
    "agreeing",
    [("email",), ("phone",), ("name", "born_on"), ("name", "born_on", "phone", "email")],
    ids="+".join,
)
def test_a_public_door_is_the_same_for_somebody_known(
    cast: Cast, agreeing: tuple[str, ...]
) -> None:
    contact = {**ELSE, **{field: HERS[field] for field in agreeing}}
    born = contact.pop("born_on")
    posted = {
        **contact, "born_on_month": str(born.month), "born_on_day": str(born.day),
        "born_on_year": str(born.year),
    }  # fmt: skip
    # A page says how many seconds its session lasts, so the clock stands still.
    with time_machine.travel(NOW, tick=False):
        stranger = begun(posted)
    unmarked = Intake.objects.get().patient
    assert not unmarked.is_unmatched
    Intake.objects.all().delete()
    unmarked.delete()
    make_patient(name=NAME, born_on=BORN, phone=PHONE, email=EMAIL)
    with time_machine.travel(NOW, tick=False):
        assert begun(posted) == stranger
    assert Patient.objects.get(is_unmatched=True).name == contact["name"]
