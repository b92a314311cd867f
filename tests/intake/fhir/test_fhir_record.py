"""Exporting a patient's record, and importing a form from a file."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from fhir.resources.R4B.bundle import Bundle as R4BBundle

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.details import fields_of
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from intake.episodes.due_times import today
from intake.fhir.exports import export_record
from intake.flags.actions import add_flag
from intake.models import Intake, UrgentCall
from intake.review.decisions import Marking, Verdict, sign_decision
from intake.review.undo import undo_decision
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.review.reviewing import CANARY, FEVERISH, TORN, actor, make_intake

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def exported(patient: Patient) -> dict[str, Any]:
    return export_record(patient=patient, context=Context(SYSTEM, NOW))


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in resources if resource["resourceType"] == kind]


def decided(cast: Cast, **answers: Any) -> Intake:
    intake = make_intake(patient=cast.patient, **answers)
    user = cast.clinician.user
    assert user is not None
    marks = {
        flag.rule: Marking("impact_held", "Healing is slow") for flag in intake.flags.to_mark()
    }
    sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=Verdict(marks, "call", "Ring in the morning"),
        clinician=user,
        context=Context(actor(user), NOW),
    )
    return intake


def test_the_whole_record_is_a_valid_bundle(cast: Cast) -> None:
    intake = decided(cast, **TORN)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + HOUR)
    make_intake(patient=cast.other_patient)
    bundle = exported(cast.patient)
    R4BBundle.model_validate(bundle)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == [
        "Patient", "QuestionnaireResponse", "Flag", "ClinicalImpression", "ServiceRequest",
        "Appointment", "Invoice", "Task",
    ]  # fmt: skip
    (flag,) = of_type(bundle, "Flag")
    (coding,) = flag["code"]["coding"]
    assert (flag["status"], coding["code"]) == ("active", "R-TEAR-SEVERE")
    assert coding["display"] == "Tear into the anal sphincter"
    (decision,) = of_type(bundle, "ClinicalImpression")
    assert decision["finding"][0]["itemCodeableConcept"]["coding"] == [coding]
    assert decision["finding"][0]["basis"] == "Healing is slow"
    assert [one["text"] for one in decision["note"]][-1] == "Ring in the morning"
    (referral,) = of_type(bundle, "ServiceRequest")
    assert referral["status"] == "active"
    assert referral["orderDetail"] == [{"text": f"evaluation from {intake.as_of}"}]
    assert referral["supportingInfo"] == [{"reference": f"urn:uuid:{intake.pk}"}]
    assert str(cast.other_patient.pk) not in json.dumps(bundle)


def test_flags_added_by_hand_and_withdrawn_decisions_are_exported_as_such(cast: Cast) -> None:
    intake = decided(cast, **TORN)
    user = cast.clinician.user
    assert user is not None
    undo_decision(
        decision_id=intake.decisions.get().pk, clinician=user, context=Context(actor(user), NOW)
    )
    words = {"text": "Walks with a limp", "told": "", "reason": "Seen on the stairs"}
    add_flag(
        intake_id=intake.pk,
        level="red",
        domain="pain",
        clinician=user,
        context=Context(actor(user), NOW),
        **words,
    )
    bundle = exported(cast.patient)
    R4BBundle.model_validate(bundle)
    by_hand = of_type(bundle, "Flag")[0]["code"]
    assert by_hand["text"] == "Walks with a limp"
    assert "display" not in by_hand["coding"][0]
    assert of_type(bundle, "ClinicalImpression")[0]["status"] == "entered-in-error"


def test_an_urgent_referral_is_on_hold_and_drafts_are_not_exported(cast: Cast) -> None:
    make_intake(patient=cast.patient, **FEVERISH)
    make_intake(patient=cast.patient, send=False)
    bundle = exported(cast.patient)
    R4BBundle.model_validate(bundle)
    assert len(of_type(bundle, "QuestionnaireResponse")) == 1
    assert of_type(bundle, "ServiceRequest")[0]["status"] == "on-hold"


def test_visits_have_the_statuses_of_fhir_and_released_holds_are_not_exported(cast: Cast) -> None:
    words = {
        "held": "pending", "booked": "booked", "arrived": "arrived", "completed": "fulfilled",
        "no_show": "noshow", "cancelled": "cancelled",
    }  # fmt: skip
    more: dict[str, dict[str, Any]] = {
        "held": {"hold_until": NOW, "holder_key": "x"},
        "cancelled": {"cancelled_at": NOW},
    }
    statuses = [*words, "released"]
    assert set(statuses) == set(Appointment.Status.values)
    for n, status in enumerate(statuses):
        make_appointment(
            patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=n),
            status=status, **more.get(status, {}),
        )  # fmt: skip
    bundle = exported(cast.patient)
    R4BBundle.model_validate(bundle)
    assert [visit["status"] for visit in of_type(bundle, "Appointment")] == list(words.values())


def test_a_clinician_downloads_it_and_the_reading_is_recorded(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **TORN)
    answer = client_for(cast.clinician.user).get(f"/review/{intake.pk}/fhir/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/fhir+json"
    assert answer["Content-Disposition"] == 'attachment; filename="record.fhir.json"'
    assert "no-store" in answer["Cache-Control"]
    R4BBundle.model_validate_json(answer.content)
    event = AuditEvent.objects.get(action="export record")
    assert event.patient == str(cast.patient.pk)
    assert "bg.tear" in fields_of(event)
    assert client_for(cast.manager).get(f"/review/{intake.pk}/fhir/").status_code == 403
    assert client_for(cast.clinician.user).get(f"/review/{uuid4()}/fhir/").status_code == 404
    assert AuditEvent.objects.filter(action="export record").count() == 1


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def written(tmp_path: Path, content: object) -> str:
    path = tmp_path / "response.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        TORN,
        FEVERISH,
        {"safety.mind": ["prefer_not"], "ready.mood": "most_days"},
        {"safety.emergency": ["headache", "vision"], "bg.history": ["high_bp", "clot"]},
        {"pain.areas": ["sacrum"], "pain.worst": 7, "pain.signs": ["pinpoint", "nerve"],
         "leak.when": ["stool"], "leak.frequency": "daily", "leak.amount": "soak",
         "leak.bother": 9, "care.note": "Slowly, please"},
    ],
    ids=["well", "torn", "fever", "mood", "headache", "many"],
)  # fmt: skip
def test_a_record_exported_and_imported_again_is_judged_alike(
    cast: Cast, tmp_path: Path, answers: dict[str, Any]
) -> None:
    before = make_intake(patient=cast.patient, **answers)
    out = tmp_path / "record.json"
    run("fhir_export", str(cast.patient.pk), "--out", str(out))
    (response,) = of_type(json.loads(out.read_text()), "QuestionnaireResponse")
    with time_machine.travel(NOW, tick=False):
        run("fhir_import", written(tmp_path, response))
    after = Intake.objects.exclude(pk=before.pk).get()
    rules = [{flag.rule for flag in one.flags.all()} for one in (before, after)]
    assert rules[0] == rules[1]
    assert (after.level, after.next_step) == (before.level, before.next_step)
    assert (after.queue, after.authored) == (before.queue, response["authored"])


def responded(*items: object, **more: object) -> dict[str, object]:
    head = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    return {**head, "item": list(items), **more}


FEVER = {"linkId": "safety.body", "answer": [{"valueCoding": {"code": "fever"}}]}
INA = {
    "contained": [
        {
            "resourceType": "Patient",
            "id": "p",
            "name": [{"text": "Ina Example"}],
            "telecom": [
                {"system": "phone", "value": "(781) 555-0144"},
                {"system": "email", "value": "not an address"},
            ],
            "birthDate": "1990-02-01",
        }
    ],
    "subject": {"reference": "#p"},
    "authored": "2024-01-05T09:00:00Z",
}


def test_a_file_makes_an_unmatched_patient_and_an_urgent_call(tmp_path: Path, cast: Cast) -> None:
    said = run("fhir_import", written(tmp_path, responded(FEVER, **INA)))
    intake = Intake.objects.get()
    assert said.startswith(f"intake {intake.pk}: urgent")
    patient = intake.patient
    assert patient.is_unmatched
    assert (patient.name, patient.phone, patient.email) == ("Ina Example", "+17815550144", "")
    assert patient.born_on == date(1990, 2, 1)
    assert (intake.authored, intake.as_of) == ("2024-01-05T09:00:00Z", today(intake.sent_at))
    assert UrgentCall.objects.open().get().rules == ["U-FEVER"]
    assert AuditEvent.objects.filter(actor="system", action="send intake").count() == 1


def test_the_day_it_was_entered_decides_and_not_the_day_it_was_written(
    tmp_path: Path, cast: Cast
) -> None:
    birth = {"linkId": "bg.birth_date", "answer": [{"valueDate": "2026-10-01"}]}
    path = written(tmp_path, responded(birth, authored="2026-10-03"))
    with time_machine.travel(NOW, tick=False):
        run("fhir_import", path, "--as-of", "2026-11-12", "--patient", str(cast.patient.pk))
        run("fhir_import", path, "--patient", str(cast.patient.pk))
    weeks = [(one.as_of, one.weeks_since_birth) for one in Intake.objects.order_by("as_of")]
    assert weeks == [(date(2026, 11, 12), 6), (today(NOW), 17)]


@pytest.mark.parametrize(
    ("content", "more", "why"),
    [
        ("{", (), "JSON"),
        ("[" * 5000, (), "JSON"),
        (json.dumps({"resourceType": "Patient"}), (), "not a QuestionnaireResponse"),
        (json.dumps(responded({"linkId": "care.note", "answer": [{"valueString": "\x00"}]})), (),
         "NUL"),
        (json.dumps(responded()), ("--as-of", "yesterday"), "YYYY-MM-DD"),
        (json.dumps(responded()), ("--as-of", "2999-01-01"), "ahead"),
        (json.dumps(responded()), ("--patient", "1"), "no such patient"),
        (json.dumps(responded()), ("--patient", "c0ffee00-0000-4000-8000-000000000000"),
         "no such patient"),
        (json.dumps(responded(**INA)), ("--patient", "hers"), "another date of birth"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_leaves_nothing(
    tmp_path: Path, cast: Cast, content: str, more: tuple[str, ...], why: str
) -> None:
    args = [str(cast.patient.pk) if one == "hers" else one for one in more]
    with pytest.raises(CommandError, match=why):
        run("fhir_import", written(tmp_path, content), *args)
    assert not Intake.objects.exists()
    assert Patient.objects.count() == 2


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, cast: Cast) -> None:
    with pytest.raises(CommandError, match="Cannot read"):
        run("fhir_import", str(tmp_path / "nothing.json"))
    with pytest.raises(CommandError, match="Cannot write"):
        run("fhir_export", str(cast.patient.pk), "--out", str(tmp_path))
    with pytest.raises(CommandError, match="no such patient"):
        run("fhir_export", "nobody")


def test_unknown_questions_are_ignored_and_missing_ones_are_judged(
    tmp_path: Path, cast: Cast
) -> None:
    unknown = {"linkId": "phq.9", "answer": [{"valueString": CANARY}]}
    run("fhir_import", written(tmp_path, responded(unknown)))
    intake = Intake.objects.get()
    assert intake.raw == {}
    assert "R-DATA-SAFETY" in [flag.rule for flag in intake.flags.all()]


def test_a_number_nobody_can_dial_stays_visible_to_staff(tmp_path: Path, cast: Cast) -> None:
    about = {
        "contained": [
            {
                "resourceType": "Patient",
                "id": "p",
                "name": [{"text": "Ina\u200b\tExample"}],
                "telecom": [
                    {"system": "phone", "value": "555-0144, ask for Ina"},
                    {"system": "email", "value": "mailto:ina@example.com"},
                ],
                "birthDate": "1850-02-01",
            }
        ],
        "subject": {"reference": "#p"},
    }
    run("fhir_import", written(tmp_path, responded(FEVER, **about)))
    patient = Intake.objects.get().patient
    assert (patient.name, patient.email) == ("Ina Example", "ina@example.com")
    assert (patient.phone, patient.born_on) == ("555-0144, ask for Ina", None)
    calls = client_for(cast.manager).get("/review/tasks/?tab=calls").content.decode()
    assert "555-0144, ask for Ina (cannot be dialed)" in calls
    assert 'href="tel:555' not in calls
