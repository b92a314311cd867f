"""What no page asks for: a new time after the clinic cancelled, a way to reach a patient."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.models.people import Patient
from clinic.people.contact import Contact, change_contact, fingerprint
from intake.concerns.tasks import close_task
from intake.duplicates.merge import merge_patients
from intake.models import Task
from intake.tasks.owing import owe_contact_fixes, owe_rebookings
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_patient, make_referral
from tests.intake.review.reviewing import FEVERISH, actor, make_intake
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def cancelled(cast: Cast, *, hours: int = 1, **fields: Any) -> Appointment:
    """Make a visit in four days that the clinic cancelled so many hours ago."""
    defaults: dict[str, Any] = {
        "patient": cast.patient,
        "clinician": cast.clinician,
        "starts_at": NOW + 4 * DAY,
        "status": "cancelled",
        "booked_at": NOW - 20 * DAY,
        "cancelled_at": NOW - timedelta(hours=hours),
        "cancelled_by_clinic": True,
        "rev": 1,
    }
    return make_appointment(**{**defaults, **fields})


def tasks(kind: str, patient: Patient) -> list[Task]:
    return list(Task.objects.filter(kind=kind, patient=patient))


def test_a_visit_that_the_clinic_cancelled_is_owed_once(cast: Cast) -> None:
    visit = cancelled(cast)
    assert [owe_rebookings(now=NOW + timedelta(minutes=one)) for one in range(3)] == [1, 0, 0]
    (task,) = tasks("rebook", cast.patient)
    # Cancelled on a Monday: due when the clinic closes on Tuesday, 5 pm in New York.
    assert task.due_at == NOW + DAY + 8 * HOUR
    assert task.about == f"appointment:{visit.pk} 1"
    page = client_for(cast.manager).get(f"/review/tasks/{task.pk}/").content.decode()
    assert "We cancelled: Evaluation, Friday, February 5" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"cancelled_by_clinic": False},
        {"hours": 15 * 24},
        {"status": "booked", "cancelled_at": None, "cancelled_by_clinic": False},
    ],
    ids=["she cancelled it", "long ago", "undone"],
)
def test_nothing_is_owed_for_other_visits(cast: Cast, fields: dict[str, Any]) -> None:
    cancelled(cast, **fields)
    assert owe_rebookings(now=NOW) == 0


@pytest.mark.parametrize(
    ("other", "is_owed"),
    [
        ({"days": 5, "booked_at": NOW - 20 * DAY}, False),
        ({"days": 2, "booked_at": NOW}, False),
        # It was there before, and is no substitute for the later one.
        ({"days": 2, "booked_at": NOW - 20 * DAY}, True),
        ({"days": 5, "status": "cancelled", "cancelled_at": NOW}, True),
    ],
    ids=["a later one", "booked since", "an earlier one", "she gave that up too"],
)
def test_a_patient_with_another_visit_of_the_kind_is_not_owed_one(
    cast: Cast, other: dict[str, Any], is_owed: bool
) -> None:
    cancelled(cast)
    starts_at = NOW + other.pop("days") * DAY
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=starts_at, **other)
    assert owe_rebookings(now=NOW) == is_owed


def test_another_visit_of_the_package_is_no_substitute(cast: Cast) -> None:
    package = make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient), now=NOW
    )
    number = {"enrollment": package, "price_cents": None}
    cancelled(cast, service="rr2", visit_number=2, **number)
    third = {"service": "rr3", "visit_number": 3, "starts_at": NOW + 6 * DAY}
    make_appointment(patient=cast.patient, clinician=cast.clinician, **third, **number)
    assert owe_rebookings(now=NOW) == 1


def test_cancelled_again_after_an_undo_it_is_owed_again(cast: Cast) -> None:
    visit = cancelled(cast)
    owe_rebookings(now=NOW)
    Appointment.objects.filter(pk=visit.pk).update(rev=3)
    assert owe_rebookings(now=NOW) == 1


def test_a_task_that_was_ended_is_not_owed_again(cast: Cast) -> None:
    cancelled(cast)
    owe_rebookings(now=NOW)
    (task,) = tasks("rebook", cast.patient)
    by = cast.manager
    context = Context(actor(by), NOW)
    close_task(task_id=task.pk, outcome="declined", note="", by=by, context=context)
    assert owe_rebookings(now=NOW + HOUR) == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mail_bounced_at": NOW}, "A mail to her came back."),
        ({"phone": "+15550001"}, "Her phone number cannot be dialed."),
        ({"phone": ""}, "She has no phone."),
    ],
)
def test_whoever_cannot_be_reached_and_is_expected_is_owed_a_mended_contact(
    cast: Cast, fields: dict[str, Any], words: str
) -> None:
    patient = make_patient(**fields)
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=NOW + DAY)
    assert [owe_contact_fixes(now=NOW) for _ in range(3)] == [1, 0, 0]
    (task,) = tasks("fix_contact", patient)
    assert task.question == words
    assert patient.phone not in task.about or not patient.phone
    page = client_for(cast.manager).get(f"/review/tasks/{task.pk}/").content.decode()
    assert words in page


def test_an_open_task_is_reason_enough_and_her_own_contact_none(cast: Cast) -> None:
    called = make_intake(**FEVERISH).patient
    Patient.objects.filter(pk=called.pk).update(phone="12")
    assert owe_contact_fixes(now=NOW) == 1
    Task.objects.filter(patient=called, kind="urgent_call").update(
        status="done", outcome="spoke", closed_at=NOW, closed_by=cast.manager
    )
    Patient.objects.filter(pk=called.pk).update(phone="34")
    assert owe_contact_fixes(now=NOW) == 0


@pytest.mark.parametrize("starts_at", [None, NOW - DAY])
def test_whoever_is_not_expected_is_not_looked_for(cast: Cast, starts_at: Any) -> None:
    patient = make_patient(mail_bounced_at=NOW, phone="")
    if starts_at is not None:
        make_appointment(patient=patient, clinician=cast.clinician, starts_at=starts_at)
    assert owe_contact_fixes(now=NOW) == 0


def test_another_number_or_another_mail_that_came_back_is_owed_again(cast: Cast) -> None:
    patient = make_patient(mail_bounced_at=NOW, phone="12")
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=NOW + DAY)
    assert owe_contact_fixes(now=NOW) == 2
    Patient.objects.filter(pk=patient.pk).update(phone="34", mail_bounced_at=NOW + HOUR)
    assert owe_contact_fixes(now=NOW) == 2
    assert len(tasks("fix_contact", patient)) == 4


def test_a_merge_owes_nothing_twice(cast: Cast) -> None:
    same = {"email": "same@example.test", "name": "Mara Twice"}
    kept = make_patient(**same)
    merged = make_patient(**same, mail_bounced_at=NOW)
    make_appointment(patient=merged, clinician=cast.clinician, starts_at=NOW + DAY)
    assert owe_contact_fixes(now=NOW) == 1
    context = Context(actor(cast.manager), NOW)
    merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=context, reason="the same")
    kept.refresh_from_db()
    assert kept.mail_bounced_at == NOW
    assert owe_contact_fixes(now=NOW) == 0
    assert len(tasks("fix_contact", kept)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_owe_one_task() -> None:
    cast = make_cast()
    cancelled(cast)
    Patient.objects.filter(pk=cast.patient.pk).update(phone="")
    early = {"starts_at": NOW + DAY, "booked_at": NOW - 20 * DAY}
    make_appointment(patient=cast.patient, clinician=cast.clinician, **early)
    made = race(4, lambda _: (owe_rebookings(now=NOW), owe_contact_fixes(now=NOW)))
    assert [sum(one) for one in zip(*made, strict=True)] == [1, 1], made
    assert len(tasks("rebook", cast.patient)) == 1
    assert len(tasks("fix_contact", cast.patient)) == 1


def correct(cast: Cast, *, minutes: int = 0, **values: str) -> None:
    patient = Patient.objects.get(pk=cast.patient.pk)
    now = {one.name: getattr(patient, one.name) for one in fields(Contact)}
    change_contact(
        patient_id=patient.pk,
        seen=fingerprint(patient),
        wanted=Contact(**{**now, **values}),
        has_asked=True,
        context=Context(actor(cast.manager), NOW + timedelta(minutes=minutes)),
    )


@pytest.mark.parametrize(
    "value", [{"phone": "+17815550177"}, {"email": "right@example.test"}], ids=list
)
def test_corrected_contact_is_confirmed_before_a_visit(cast: Cast, value: dict[str, str]) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 4 * DAY)
    correct(cast, **value)
    (task,) = tasks("fix_contact", cast.patient)
    assert task.question == (
        "How we reach her was changed. Make sure with her that it is right, before her visit on"
        " Friday, February 5, 2027, 9:00 am EST."
    )
    # Due in a working day: Tuesday, when the clinic closes at 5 pm in New York.
    assert task.due_at == NOW + DAY + 8 * HOUR
    correct(cast, minutes=5, phone="+17815550178")
    assert len(tasks("fix_contact", cast.patient)) == 1


def test_it_is_due_before_a_visit_that_comes_sooner(cast: Cast) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 3 * HOUR)
    correct(cast, phone="+17815550177")
    (task,) = tasks("fix_contact", cast.patient)
    assert task.due_at == NOW + 3 * HOUR


def test_nothing_is_owed_without_a_visit_or_for_another_name(cast: Cast) -> None:
    correct(cast, phone="+17815550177")
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 4 * DAY)
    correct(cast, minutes=5, name="Pat Another")
    assert tasks("fix_contact", cast.patient) == []
