"""The need for an interpreter is asked once and shown wherever somebody talks with the patient."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from fhir.resources.R4B.patient import Patient as R4BPatient

from booking.desk.forms import WANTED
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.people import Patient
from clinic.people.contact import ChangedMeanwhile, Contact, change_contact, fingerprint
from clinic.people.merge_patients import merge_people
from intake.fhir.resources import patient_resource
from intake.fhir.response import read_response
from intake.models import UrgentCall
from intake.questionnaire.definition import INTAKE
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_patient, make_referral
from tests.intake.fhir.test_fhir import response
from tests.intake.online_intake.test_flow import CONTACT, start
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

pytestmark = pytest.mark.django_db

SAID = "Interpreter: Portuguese"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def patient(cast: Cast) -> Patient:
    cast.patient.interpreter = "Portuguese"
    cast.patient.save()
    return cast.patient


def test_the_patient_writes_it_down_before_the_questions(cast: Cast, settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    start(interpreter=" Portuguese ")
    assert Patient.objects.get(email=CONTACT["email"]).interpreter == "Portuguese"


def test_the_desk_writes_it_down_on_the_telephone_and_changes_it(cast: Cast) -> None:
    desk = client_for(cast.manager)
    new = {"name": "Tess Example", "phone": "781 555 0155", "born_on": "1990-02-01"}
    assert desk.post("/desk/patients/new/", {**new, "interpreter": "ASL"}).status_code == 302
    tess = Patient.objects.get(name="Tess Example")
    assert tess.interpreter == "ASL"

    path = reverse("desk_contact", args=[tess.pk])
    seen = desk.get(path).context["seen"]
    page = desk.post(path, {**new, "interpreter": "x" * 41, "seen": seen})
    assert page.status_code == 422
    assert b"x" * 41 in page.content
    assert desk.post(path, {**new, "interpreter": "", "seen": seen}).status_code == 302
    tess.refresh_from_db()
    assert tess.interpreter == ""


def test_a_change_made_meanwhile_is_not_overwritten(patient: Patient) -> None:
    seen = fingerprint(patient)
    Patient.objects.filter(pk=patient.pk).update(interpreter="Arabic")
    typed = Contact(**{name: getattr(patient, name) for name in WANTED})
    with pytest.raises(ChangedMeanwhile):
        change_contact(patient_id=patient.pk, seen=seen, wanted=typed, context=Context(SYSTEM, NOW))


def test_the_desk_reads_it_on_calendar_visit_and_patient(patient: Patient, cast: Cast) -> None:
    make_referral(patient=patient)
    make_referral(patient=cast.other_patient)
    visit = make_appointment(patient=patient, clinician=cast.clinician, starts_at=NOW)
    make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW + timedelta(hours=3)
    )
    desk = client_for(cast.manager)
    week = f"/desk/week/2027-02-01/?clinician={cast.clinician.pk}"
    for path in ("/desk/day/2027-02-01/", "/desk/week/2027-02-01/", week):
        assert desk.get(path).content.decode().count(SAID) == 1, path
    for path in (
        reverse("desk_appointment", args=[visit.pk]),
        reverse("desk_patient", args=[patient.pk]),
    ):
        assert SAID in desk.get(path).content.decode(), path
    others = reverse("desk_patient", args=[cast.other_patient.pk])
    assert "Interpreter:" not in desk.get(others).content.decode()


def test_whoever_calls_or_reviews_reads_it(patient: Patient, cast: Cast) -> None:
    make_intake(patient=patient, **FEVERISH)
    call = reverse("task", args=[UrgentCall.objects.get().task_id])
    both = (client_for(cast.manager), client_for(cast.clinician.user))
    for staff in both:
        assert SAID in staff.get(reverse("task_list")).content.decode()
        assert SAID in staff.get(call).content.decode()
    torn = make_intake(patient=patient, **TORN)
    clinician = both[1]
    assert SAID in clinician.get(reverse("review_queue")).content.decode()
    assert SAID in clinician.get(reverse("review_case", args=[torn.pk])).content.decode()


def test_the_clinician_reads_it_on_her_day(patient: Patient, cast: Cast) -> None:
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=NOW)
    with time_machine.travel(NOW, tick=False):
        page = client_for(cast.clinician.user).get(reverse("review_day"))
    assert SAID in page.content.decode()


def test_it_is_in_no_mail(patient: Patient, cast: Cast) -> None:
    make_intake(patient=patient, now=timezone.now())
    send_due(now=timezone.now())
    assert mail.outbox
    assert not [one for one in mail.outbox if "Portuguese" in str(one.message())]


def test_merging_two_rows_loses_no_interpreter(patient: Patient) -> None:
    older = make_patient(email="older@example.test")
    merge_people(kept=older, merged=patient, context=Context(SYSTEM, NOW))
    older.refresh_from_db()
    assert older.interpreter == "Portuguese"


def test_it_leaves_and_comes_back_as_fhir(patient: Patient) -> None:
    resource = patient_resource(patient)
    read = R4BPatient.model_validate(resource)
    assert read.communication[0].language.text == "Portuguese"
    assert read.extension[0].url == (
        "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
    )
    came = response(contained=[{**resource, "id": "p"}], subject={"reference": "#p"})
    assert read_response(json.dumps(came).encode(), INTAKE).person.interpreter == "Portuguese"
    for change in (
        {"extension": []}, {"extension": "x"}, {"communication": []}, {"communication": ["x"]},
        {"communication": [{"language": "x"}]}, {"communication": [{"language": {"text": 3}}]},
    ):  # fmt: skip
        came = response(contained=[{**resource, "id": "p", **change}], subject={"reference": "#p"})
        assert read_response(json.dumps(came).encode(), INTAKE).person.interpreter == ""
