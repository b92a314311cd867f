"""Emergency access: one patient, half an hour, with a reason, written down, and never a form."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic.audit.context import Context
from clinic.audit.readers import readings_of
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient, User
from intake.duplicates.merge import merge_patients
from intake.emergency_access.actions import begin_emergency_access
from intake.models import EmergencyAccess
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_patient, make_user
from tests.intake.emergency_contact.test_emergency_contact import SECRETS, saved
from tests.intake.review.reviewing import FEVERISH, make_intake

pytestmark = pytest.mark.django_db

WHY = "Her sister calls and asks for help, reason-canary"


@pytest.fixture
def cast() -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


@pytest.fixture
def patient(cast: Cast) -> Patient:
    """A patient with an urgent answer and an emergency contact."""
    found = make_intake(**FEVERISH).patient
    saved(found)
    return found


def page_of(patient: Patient) -> str:
    return reverse("emergency_access", args=[patient.pk])


def staff(cast: Cast, role: str) -> Client:
    user = cast.manager if role == "manager" else cast.clinician.user
    return client_for(user)


def actions() -> list[str]:
    found = AuditEvent.objects.filter(action__contains="emergency").order_by("pk")
    found = found.exclude(action="save emergency contact")
    return list(found.values_list("action", flat=True))


def begin(client: Client, patient: Patient, reason: str = WHY) -> Any:
    return client.post(page_of(patient), {"reason": reason})


def test_it_opens_nothing_before_a_reason_is_given(cast: Cast, patient: Patient) -> None:
    client = staff(cast, "manager")
    asked = client.get(page_of(patient)).content.decode()
    assert patient.name in asked
    for secret in (*SECRETS, patient.phone, "fever"):
        assert secret not in asked
    for reason, says in (("", "Write why"), ("now!", "Write a sentence"), ("x" * 301, "300")):
        answer = begin(client, patient, reason)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert "Greta Trusted" not in answer.content.decode()
    assert not EmergencyAccess.objects.exists()
    assert actions() == []


@pytest.mark.parametrize("role", ["manager", "clinician"])
def test_it_shows_what_helps_and_no_answer(cast: Cast, patient: Patient, role: str) -> None:
    client = staff(cast, role)
    assert begin(client, patient)["Location"] == page_of(patient)
    page = client.get(page_of(patient)).content.decode()
    for shown in ("Greta Trusted", "7 Made-Up Lane", "tel:+17815550177", "Do not say that it is"):
        assert shown in page
    assert "Emergency access until 9:30 am" in page
    assert f"tel:{patient.phone}" in page
    assert str(patient.email) in page
    # What she was told, and never what she answered.
    assert 'class="told"' in page
    assert "Nothing that is still open." not in page
    assert "38" not in page.split('class="told"')[1].split("</ul>")[0]


def test_each_opening_is_written_down_and_she_can_read_it(cast: Cast, patient: Patient) -> None:
    client = staff(cast, "manager")
    begin(client, patient)
    for _ in range(2):
        client.get(page_of(patient))
    once = ["open emergency access", "open emergency contact"]
    assert actions() == ["begin emergency access", *once, *once]
    assert {event.patient for event in AuditEvent.objects.filter(action__contains="emergency")} == {
        str(patient.pk)
    }
    assert not AuditEvent.objects.filter(reason__contains="canary").exists()
    times = {one.what: one.times for one in readings_of(patient, 1).rows}
    assert times["In an emergency: how to reach you, and what you were told to do"] == 2


def test_it_ends_after_half_an_hour_and_not_before(cast: Cast, patient: Patient) -> None:
    client = staff(cast, "clinician")
    begin(client, patient)
    for minutes, is_open in ((13, True), (27, True), (29, True), (30, False)):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            page = client.get(page_of(patient)).content.decode()
            assert ("Greta Trusted" in page) is is_open, minutes
            bar = client.get(reverse("review_queue")).content.decode()
            assert ("Emergency access until" in bar) is is_open, minutes


def test_whoever_has_it_open_sees_so_on_every_page_and_closes_it(
    cast: Cast, patient: Patient
) -> None:
    client, other = staff(cast, "manager"), staff(cast, "clinician")
    begin(client, patient)
    bar = client.get(reverse("desk_patients")).content.decode()
    assert "Emergency access until 9:30 am" in bar
    assert page_of(patient) in bar
    assert "Emergency access until" not in other.get(reverse("review_queue")).content.decode()
    assert client.post(page_of(patient), {"end": "1"}).status_code == 302
    assert "Greta Trusted" not in client.get(page_of(patient)).content.decode()
    assert actions()[-1] == "end emergency access"


def test_it_opens_one_patient_at_a_time_and_nobody_elses(cast: Cast, patient: Patient) -> None:
    client, colleague = staff(cast, "manager"), staff(cast, "clinician")
    other = make_patient(email="another@example.test", name="Another One")
    begin(client, patient)
    assert "Greta Trusted" not in colleague.get(page_of(patient)).content.decode()
    assert "Another One" in client.get(page_of(other)).content.decode()
    assert "tel:" not in client.get(page_of(other)).content.decode().split("<main")[1]
    begin(client, other)
    assert "Greta Trusted" not in client.get(page_of(patient)).content.decode()
    # A second click makes no second access.
    begin(client, other)
    assert EmergencyAccess.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.all().update(ended_at=None)


def test_who_gives_access_is_mailed_without_a_name_and_reads_why(
    cast: Cast, patient: Patient
) -> None:
    begin(staff(cast, "manager"), patient)
    mail.outbox.clear()
    send_due(now=NOW + timedelta(seconds=1))
    (message,) = [one for one in mail.outbox if "emergency access" in str(one.subject)]
    assert message.to == [cast.admin.email]
    for secret in (patient.name, cast.manager.name, "canary", str(patient.pk)):
        assert secret not in str(message.body)
    admin = client_for(cast.admin)
    assert reverse("emergency_accesses") in str(message.body)
    listed = admin.get(reverse("emergency_accesses")).content.decode()
    assert WHY in listed
    assert cast.manager.name in listed
    assert str(patient.pk) in listed
    assert "Open now" in listed
    assert patient.name not in listed
    assert admin.get(page_of(patient)).status_code == 403


def begun_by(user: User, patient: Patient) -> list[str]:
    """Begin an access as this user; return who is mailed."""
    context = Context(SYSTEM, NOW)
    begin_emergency_access(patient_id=patient.pk, reason=WHY, by=user, context=context)
    rows = Email.objects.filter(kind="emergency_access").order_by("user__email")
    return list(rows.values_list("user__email", flat=True))


def test_without_anybody_else_the_managers_are_mailed_or_the_opener(
    cast: Cast, patient: Patient
) -> None:
    both = make_user(email="both@example.test", is_manager=True, is_access_admin=True)
    assert begun_by(both, patient) == [cast.admin.email]
    Email.objects.all().delete()
    User.objects.filter(pk=cast.admin.pk).update(is_active=False)
    EmergencyAccess.objects.all().delete()
    assert begun_by(both, patient) == [cast.manager.email]
    Email.objects.all().delete()
    User.objects.filter(pk=cast.manager.pk).update(is_active=False)
    EmergencyAccess.objects.all().delete()
    assert begun_by(both, patient) == [both.email]


def test_the_reason_stands_sealed_in_the_database(cast: Cast, patient: Patient) -> None:
    begin(staff(cast, "manager"), patient)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM intake_emergencyaccess")
        stored = str(cursor.fetchall())
    assert "canary" not in stored
    assert EmergencyAccess.objects.get().content == {"reason": WHY}


def test_nothing_is_shown_if_it_cannot_be_written_down(
    cast: Cast, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff(cast, "manager")
    begin(client, patient)

    def fails(*args: object, **kwargs: object) -> None:
        raise IntegrityError("the trail is full")

    monkeypatch.setattr("intake.emergency_access.actions.record", fails)
    answer = client.get(page_of(patient))
    assert answer.status_code == 503
    assert "Greta Trusted" not in answer.content.decode()


def test_it_follows_her_when_two_rows_are_merged(cast: Cast, patient: Patient) -> None:
    client = staff(cast, "manager")
    begin(client, patient)
    kept = make_patient(email="kept@example.test")
    merge_patients(
        kept_id=kept.pk, merged_id=patient.pk, context=Context(SYSTEM, NOW), reason="the same"
    )
    page = client.get(page_of(patient)).content.decode()
    assert "Emergency access until 9:30 am" in page
    assert EmergencyAccess.objects.get().patient_id == kept.pk


def test_there_are_pages_of_it(cast: Cast, patient: Patient) -> None:
    for number in range(51):
        at = NOW - timedelta(days=number + 1)
        row = EmergencyAccess(user=cast.manager, patient=patient, began_at=at)
        row.content, row.ends_at, row.ended_at = {"reason": f"why {number}."}, at, at
        row.ends_at += timedelta(minutes=30)
        row.save()
    admin, path = client_for(cast.admin), reverse("emergency_accesses")
    first = admin.get(path).content.decode()
    assert "why 0." in first
    assert "why 50." not in first
    assert "why 50." in admin.get(path + "?page=2").content.decode()
    assert admin.get(path + "?page=nonsense").status_code == 200
