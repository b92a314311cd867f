"""The emergency contact: given by her or at the desk, opened by a clinician only if need be."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from clinic.audit.context import Context
from clinic.audit.readers import readings_of
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from intake.concerns.tasks import record_attempt
from intake.duplicates.merge import merge_patients
from intake.emergency_contact.actions import (
    ContactDetails,
    open_emergency_contact,
    save_emergency_contact,
)
from intake.models import EmergencyContact, Task
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_patient
from tests.intake.review.reviewing import FEVERISH, actor, make_intake

pytestmark = pytest.mark.django_db
OWN = "/visits/emergency-contact/"
GIVEN = {
    "contact_name": "Greta Trusted",
    "contact_phone": "781-555-0177",
    "relation": "a sister-canary",
    "may_say_care": "no",
    "address": "7 Made-Up Lane\nSomewhere MA",
}
SECRETS = ("Greta Trusted", "781-555-0177", "+17815550177", "sister-canary", "7 Made-Up Lane")


@pytest.fixture
def cast() -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


def saved(patient: Patient, **fields: Any) -> None:
    details = {"name": "Greta Trusted", "phone": "+17815550177", "relation": "a sister-canary"}
    details |= {"address": "7 Made-Up Lane", "may_say_care": False, **fields}
    save_emergency_contact(
        patient_id=patient.pk, details=ContactDetails(**details), context=Context(SYSTEM, NOW)
    )


def unreached(cast: Cast) -> Task:
    """Return a call at which three tries reached nobody."""
    task = Task.objects.get(patient=make_intake(**FEVERISH).patient)
    for _ in range(3):
        context = Context(actor(cast.manager), NOW)
        tried = {"result": "no_answer", "note": "", "next_at": None, "by": cast.manager}
        record_attempt(task_id=task.pk, context=context, **tried)
    task.refresh_from_db()
    assert task.status == "unreached"
    return task


def sees_none(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    for secret in SECRETS:
        assert secret not in page, (secret, path)
    return page


def test_she_gives_it_on_her_own_page_and_it_is_never_shown_there(cast: Cast) -> None:
    hers = client_for(cast.patient.user)
    assert OWN in hers.get("/visits/").content.decode()
    assert hers.post(OWN, GIVEN)["Location"] == OWN
    row = EmergencyContact.objects.get(patient=cast.patient)
    assert row.content == {
        "name": "Greta Trusted",
        "phone": "+17815550177",
        "relation": "a sister-canary",
        "address": "7 Made-Up Lane\nSomewhere MA",
        "may_say_care": False,
    }
    page = sees_none(hers, OWN)
    assert "One was saved on Monday, February 1" in page
    sees_none(hers, "/visits/")


def test_it_stands_sealed_in_the_database(cast: Cast) -> None:
    saved(cast.patient)
    with connection.cursor() as cursor:
        cursor.execute("select content from intake_emergencycontact")
        (stored,) = cursor.fetchone()
    assert not any(secret in stored for secret in SECRETS)


def test_after_sending_she_is_asked_until_she_gave_one(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient)
    browser = client_for()
    session = browser.session
    session["patient"], session["intake"] = str(cast.patient.pk), str(intake.pk)
    session.save()
    asks = "Give an emergency contact"
    assert asks in browser.get("/intake/result/").content.decode()
    assert browser.get(OWN).status_code == 200
    browser.post(OWN, GIVEN)
    assert asks not in browser.get("/intake/result/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Write a name and a number, or where you live"),
        ({"contact_name": "Greta", "may_say_care": "no"}, "Enter the person’s phone number"),
        ({"contact_phone": "781-555-0177", "may_say_care": "no"}, "Enter the person’s name"),
        ({"contact_name": "Greta", "contact_phone": "781-555-0177"}, "Choose no or yes."),
        ({"contact_name": "Greta", "contact_phone": "5550", "may_say_care": "no"}, "10 digits"),
        ({"address": "x" * 301}, "at most 300 characters; this has 301"),
        ({"address": "x", "relation": "y" * 61}, "at most 60 characters; this has 61"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, typed: dict[str, str], said: str
) -> None:
    answer = client_for(cast.patient.user).post(OWN, {"other": "", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert all(one in page for one in typed.values())
    assert not EmergencyContact.objects.exists()


def test_an_address_alone_is_enough_and_what_is_saved_later_takes_its_place(cast: Cast) -> None:
    hers = client_for(cast.patient.user)
    hers.post(OWN, GIVEN)
    hers.post(OWN, {"address": "8 Other Street"})
    (row,) = EmergencyContact.objects.all()
    assert (row.content["name"], row.content["address"]) == ("", "8 Other Street")


def test_she_takes_it_away(cast: Cast) -> None:
    hers = client_for(cast.patient.user)
    hers.post(OWN, GIVEN)
    hers.post(OWN, {"remove": "yes"})
    assert not EmergencyContact.objects.exists()
    assert AuditEvent.objects.filter(action="remove emergency contact").count() == 1


def test_the_desk_writes_it_down_and_never_sees_it(cast: Cast) -> None:
    desk, page = client_for(cast.manager), f"/desk/patient/{cast.patient.pk}/"
    path = f"{page}emergency-contact/"
    assert path in desk.get(page).content.decode()
    assert desk.post(path, GIVEN)["Location"] == page
    assert EmergencyContact.objects.get(patient=cast.patient).entered_by == cast.manager
    for shown in (path, page):
        sees_none(desk, shown)


def test_only_a_clinician_opens_it_and_only_where_nobody_reached_her(cast: Cast) -> None:
    task = unreached(cast)
    saved(task.patient)
    path = f"/review/tasks/{task.pk}/"
    desk, clinician = client_for(cast.manager), client_for(cast.clinician.user)
    assert "ask a clinician to open it" in sees_none(desk, path)
    assert desk.post(f"{path}contact/").status_code == 403
    assert "Open the emergency contact" in sees_none(clinician, path)
    for other in ("/review/tasks/", f"/review/match/{task.patient_id}/"):
        sees_none(clinician, other)
    assert not AuditEvent.objects.filter(action="open emergency contact").exists()
    page = clinician.post(f"{path}contact/").content.decode()
    for shown in ("Greta Trusted", "tel:+17815550177", "sister-canary", "7 Made-Up Lane"):
        assert shown in page, shown
    assert "Do not say that it is about her care" in page
    event = AuditEvent.objects.get(action="open emergency contact")
    assert event.patient == str(task.patient_id)
    assert event.role == "clinician"
    readings = readings_of(task.patient, None)
    assert "Your emergency contact and address" in [one.what for one in readings.rows]


def test_with_her_leave_the_page_says_so(cast: Cast) -> None:
    task = unreached(cast)
    saved(task.patient, may_say_care=True)
    page = client_for(cast.clinician.user).post(f"/review/tasks/{task.pk}/contact/")
    assert "You may say that it is about her care." in page.content.decode()


@pytest.mark.parametrize("status", ["open", "done"])
def test_a_task_that_is_not_unreached_opens_nothing(cast: Cast, status: str) -> None:
    task = unreached(cast)
    saved(task.patient)
    ended = {"outcome": "seen", "closed_at": NOW, "closed_by": cast.manager}
    Task.objects.filter(pk=task.pk).update(status=status, **(ended if status == "done" else {}))
    answer = client_for(cast.clinician.user).post(f"/review/tasks/{task.pk}/contact/")
    assert answer.status_code == 409
    assert not any(secret in answer.content.decode() for secret in SECRETS)
    assert not AuditEvent.objects.filter(action="open emergency contact").exists()


def test_without_one_the_page_says_so_and_shows_her_other_numbers(cast: Cast) -> None:
    task = unreached(cast)
    for number, phone in enumerate(("+17815550188", task.patient.phone, "not one")):
        email = f"old{number}@example.test"
        make_patient(email=email, phone=phone, merged_into=task.patient)
    page = client_for(cast.manager).get(f"/review/tasks/{task.pk}/").content.decode()
    assert "She gave no emergency contact and no address." in page
    assert "Call another number of hers:" in page
    assert page.count("tel:+17815550188") == 1
    assert "not one" not in page


@pytest.mark.parametrize(
    ("of_kept", "of_merged", "stays"),
    [("Kept", "Merged", "Kept"), ("", "Merged", "Merged"), ("Kept", "", "Kept")],
)
def test_of_two_rows_that_are_one_the_kept_ones_stays(
    cast: Cast, of_kept: str, of_merged: str, stays: str
) -> None:
    kept, merged = cast.patient, make_patient(email="twice@example.test")
    for patient, name in ((kept, of_kept), (merged, of_merged)):
        if name:
            saved(patient, name=name)
    context = Context(actor(cast.manager), NOW)
    merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=context, reason="the same")
    found = open_emergency_contact(patient_id=kept.pk, context=context)
    assert found is not None
    assert found.name == stays
    assert EmergencyContact.objects.count() == 1
