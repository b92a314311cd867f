"""Her whole record: all that is hers to have, on one page, for her alone, and written down."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from fhir.resources.R4B.bundle import Bundle as R4BBundle

from booking.models import EarlierWish, LedgerEntry, Payment, SlotOffer
from clinic.audit.context import Context
from clinic.audit.details import fields_of, words_of
from clinic.audit.record import SYSTEM
from clinic.models import Email
from clinic.models.audit import AuditEvent
from intake.concerns.tasks import owe_task
from intake.emergency_contact.actions import ContactDetails, save_emergency_contact
from intake.models import Task
from intake.visit_records.actions import write_record
from tests.cast import Cast, client_for, make_cast
from tests.clinic.retention.whole_patient import tables_of_patients
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.checkins.test_checkin_pages import BORN
from tests.intake.review.reviewing import CANARY, TORN, correct, decide, make_intake

pytestmark = pytest.mark.django_db

PAGE, FILE = "/visits/record/", "/visits/record/file/"
CONTEXT = Context(SYSTEM, NOW)
# On which part of the page a table stands, or why it does not.
OPENS, HOW, INSIDE = "what opens her pages", "how, not what", "kept for the rules and the trail"
LEAVES = {
    "clinic.patient": "You, and how we reach you",
    "intake.emergencycontact": "You, and how we reach you",
    "booking.referral": "What you may book",
    "intake.intake": "What you answered, and what it meant",
    "intake.flag": "What you answered, and what it meant",
    "intake.decision": "What you answered, and what it meant",
    "intake.decline": "What you answered, and what it meant",
    "booking.appointment": "Your visits, and what was found",
    "intake.visitrecord": "Your visits, and what was found",
    "intake.visitrecordwords": "Your visits, and what was found",
    "booking.enrollment": "Packages and payments",
    "booking.ledgerentry": "Packages and payments",
    "booking.payment": "Packages and payments",
    "booking.addeddays": "Packages and payments",
    "booking.ledgerreason": "Packages and payments",
    "booking.paymentreason": "Packages and payments",
    "booking.addeddaysreason": "Packages and payments",
    "intake.task": "Calls, and what else we owed you",
    "intake.attempt": "Calls, and what else we owed you",
    "booking.earlierwish": "Earlier times you wished for",
    "booking.slotoffer": "Earlier times you wished for",
    "clinic.email": "Mail we sent you",
    "clinic.accesslink": OPENS, "booking.calendarfeed": OPENS, "clinic.birthdatetries": OPENS,
    "intake.urgentcall": INSIDE, "intake.concern": INSIDE, "intake.concernevent": INSIDE,
    "intake.concerneventwords": INSIDE, "intake.task_concerns": INSIDE,
    "intake.taskevent": HOW, "intake.taskeventwords": HOW, "intake.attemptwords": HOW,
    "intake.takeover": HOW,
    # On the page of her e-mail, for a day.
    "intake.emailchange": HOW,
    # What another system said of her, for a day after the import.
    "booking.importrow": HOW,
    # On the page of who read it.
    "intake.emergencyaccess": HOW,
}  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def identified(cast: Cast) -> Client:
    """Return the patient's browser after she gave her date of birth."""
    client = client_for(cast.patient.user)
    assert client.post(PAGE, BORN).status_code == 302
    return client


def words(client: Client, path: str = PAGE) -> str:
    """Return the words of the page, without its tags."""
    answer = client.get(path)
    assert answer.status_code == 200
    return text_of(answer)


def text_of(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode()).split()).replace("&#x27;", "'")


def live(cast: Cast) -> None:
    """Let a form, a decision, a visit, a package, a call, a wish and a mail happen to her."""
    patient, user = cast.patient, cast.clinician.user
    assert user is not None
    first = make_intake(patient=patient, **TORN)
    assert decide(client_for(user), first, mark="impact_held", reason="Healing is slow",
                  note="Ring in the morning", next_act="decline") == 302  # fmt: skip
    first.decisions.update(decided_at=timezone.now() - timedelta(minutes=2))
    with_package(cast)
    owe_task(patient=patient, kind="ask_patient", question="Which hospital?", context=CONTEXT)
    owe_task(patient=patient, kind="desk_note", question="Prefers cash", context=CONTEXT)
    details = ContactDetails("Sam Rivers", "+17815550155", "my sister", "12 Elm Street", True)
    save_emergency_contact(patient_id=patient.pk, details=details, context=CONTEXT)
    for kind, sent in (("confirmation", NOW), ("intake_received", None)):
        Email.objects.create(
            kind=kind, about=kind, patient=patient, due_at=NOW, next_try_at=NOW, sent_at=sent,
            status="sent" if sent else "due",
        )  # fmt: skip


def with_package(cast: Cast) -> None:
    patient = cast.patient
    referral = make_referral(patient=patient, superseded_at=NOW)
    package = make_enrollment(patient=patient, referral=referral)
    books = {"enrollment": package, "at": NOW, "by": "system"}
    Payment.objects.create(kind="paid", part=1, cents=57_000, method="cash", **books)
    LedgerEntry.objects.create(kind="adjust", delta=-1, reason="Talked it over", **books)
    visit = make_appointment(
        patient=patient, clinician=cast.clinician, starts_at=NOW - timedelta(days=30),
        status="completed", exam_wish="talk",
    )  # fmt: skip
    test = {"left": 10, "right": 9, "overall": None, "leak": True, "heaviness": False,
            "limp": False, "pain": 2}  # fmt: skip
    content = {"items": {"li.hop": test}, "stage": 1, "home_plan": "Walk uphill",
               "note": "Guarding a little"}  # fmt: skip
    for revision, signed in ((1, True), (2, True), (3, False)):
        kept = {**content, "home_plan": f"Walk uphill {revision}"}
        write_record(visit, revision=revision, content=kept, by=cast.clinician.user, at=NOW,
                     is_signed=signed)  # fmt: skip
    wish = EarlierWish.objects.create(patient=patient, service=visit.service, made_at=NOW)
    SlotOffer.objects.create(
        wish=wish, hold=visit, priority=1, waiting_then=1, starts_at=NOW, outcome="declined",
        clinician=cast.clinician, offered_at=NOW, expires_at=NOW, closed_at=NOW,
    )  # fmt: skip


HERS = [
    # Who she is.
    "Pat Example", "May 4, 1992", "Sam Rivers", "my sister", "12 Elm Street",
    # What she answered, what she was told, what was decided.
    CANARY, "Tear into the anal sphincter", "Impact held", "Healing is slow",
    "We are not the right place for you at the moment.", "What Dr. Test decided on",
    # Her visits and what was found: the last signed revision.
    "Evaluation, ", "Completed", "Let’s talk about it at the visit",
    "left 10 reps, right 9 reps; pain 2 of 10; leak: fail",
    "1: Run 1, walk 2, 6 times", "Walk uphill 2",
    # Packages, money, mail, calls, wishes.
    "Paid in all $570", "Still to pay $570", "Paid: $570, Cash", "Changed by the clinic",
    "Confirmation", "Ask the patient", "Offered", "Declined",
]  # fmt: skip
FOR_THE_TEAM = [
    "Ring in the morning", "Guarding a little", "Talked it over", "Prefers cash", "Which hospital?",
]  # fmt: skip


def test_her_page_holds_everything_that_is_hers_and_nothing_for_the_team(cast: Cast) -> None:
    live(cast)
    make_intake(patient=cast.other_patient, name="Otherwise Known")
    page = words(identified(cast))
    assert [one for one in HERS if one not in page] == []
    assert [one for one in FOR_THE_TEAM if one in page] == []
    # Neither an unsigned revision, nor mail that was not sent, nor anybody else's.
    for other in ("Walk uphill 1", "Walk uphill 3", "Form received", "Otherwise"):
        assert other not in page
    assert "What staff wrote for each other about you. You may have it: ask us." in page


def test_every_table_that_leads_to_a_patient_is_on_the_page_or_has_a_reason(cast: Cast) -> None:
    assert tables_of_patients() == set(LEAVES)
    page = words(identified(cast))
    assert [one for one in set(LEAVES.values()) - {OPENS, HOW, INSIDE} if one not in page] == []


def test_a_form_is_shown_in_the_words_in_which_it_was_sent(cast: Cast) -> None:
    form = make_intake(patient=cast.patient)
    former = "Fainting, or so dizzy you could not stand"
    client = identified(cast)
    form.raw = form.answers = {**form.answers, "safety.emergency": ["faint"]}
    form.questionnaire_version = "1.1"
    form.save()
    assert former in words(client)
    form.questionnaire_version = "1.2"
    form.save()
    assert former not in words(client)


def test_what_can_still_be_undone_she_is_not_told(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, **TORN)
    decide(client_for(cast.clinician.user), form, reason="Healing is slow")
    client = identified(cast)
    assert "What Dr. Test decided on" not in words(client)
    form.decisions.update(decided_at=timezone.now() - timedelta(minutes=2))
    assert "What Dr. Test decided on" in words(client)


def test_a_corrected_form_stays_and_says_so(cast: Cast) -> None:
    first = make_intake(patient=cast.patient, **TORN)
    correct(first, now=NOW + timedelta(hours=1))
    page = words(identified(cast))
    assert page.count("Questions, sent ") == 2
    assert "You changed a form that you had sent before" in page


def test_the_reading_is_recorded_once_with_every_part(cast: Cast) -> None:
    live(cast)
    client = identified(cast)
    client.get(PAGE)
    (event,) = AuditEvent.objects.filter(action="read own record")
    assert (event.actor, event.patient) == (f"user:{cast.patient.user_id}", str(cast.patient.pk))
    assert {
        "contact", "may book", "answers", "visits", "packages", "calls", "wishes", "mails",
        "emergency contact", "visit records", "care.note", "bg.tear",
    } <= set(fields_of(event))  # fmt: skip
    assert "team notes" not in fields_of(event)


def test_the_date_of_birth_is_asked_again_after_ten_minutes(cast: Cast) -> None:
    make_intake(patient=cast.patient)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = identified(cast)
        clock.shift(timedelta(minutes=9))
        assert CANARY in words(client)
        clock.shift(timedelta(minutes=2))
        for path in (PAGE, FILE):
            asked = client.get(path).content.decode()
            assert "Your own date of birth" in asked
            assert CANARY not in asked
        # Other pages ask once a session.
        assert "Who read your record" in words(client, "/visits/readers/")
        assert client.post(PAGE, BORN)["Location"] == PAGE
        assert CANARY in words(client)


def test_no_name_stands_in_address_title_or_file_and_nothing_is_stored(cast: Cast) -> None:
    client = identified(cast)
    for path in (PAGE, FILE):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"]
        assert "Example" not in answer.get("Content-Disposition", "")
    title = re.search("<title>(.*?)</title>", client.get(PAGE).content.decode(), re.DOTALL)
    assert title is not None
    assert title[1].split() == ["Your", "whole", "record", "-", "Run", "Ready"]


def test_her_file_holds_the_same_and_is_valid(cast: Cast) -> None:
    live(cast)
    answer = identified(cast).get(FILE)
    assert answer["Content-Type"] == "application/fhir+json"
    R4BBundle.model_validate_json(answer.content)
    entries = [entry["resource"] for entry in answer.json()["entry"]]
    kinds = [one["resourceType"] for one in entries]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Patient": 1, "QuestionnaireResponse": 1, "Flag": 1, "ClinicalImpression": 1,
        "ServiceRequest": 1, "Appointment": 1, "Observation": 1, "CarePlan": 1, "Invoice": 2,
        "Task": 2, "Communication": 1,
    }  # fmt: skip
    by_kind = {one["resourceType"]: one for one in entries}
    assert by_kind["Patient"]["contact"][0]["name"] == {"text": "Sam Rivers"}
    hop = by_kind["Observation"]
    assert (hop["code"]["text"], hop["interpretation"]) == ("Hop in place", [{"text": "fail"}])
    assert hop["component"][0]["valueQuantity"] == {"value": 10, "unit": "reps"}
    assert by_kind["CarePlan"]["description"] == "Walk uphill 2"
    bills = {one["type"]["text"]: one for one in entries if one["resourceType"] == "Invoice"}
    assert bills["Run Ready, 6 visits"]["note"][0]["text"] == "Paid: 570.00 USD, Cash"
    assert "note" not in bills["Evaluation"]
    assert by_kind["Communication"]["topic"] == {"text": "Confirmation"}
    text = answer.content.decode()
    assert [one for one in FOR_THE_TEAM if one in text] == []


def asked(way: str, **fields: str) -> dict[str, str]:
    return {"asked": "letter", "way": way, "is_her": "on", **fields}


def desk_page(cast: Cast) -> str:
    return reverse("desk_record", args=[cast.patient.pk])


def test_the_desk_mails_her_the_way_to_her_own_pages(cast: Cast) -> None:
    make_intake(patient=cast.patient)
    desk = client_for(cast.manager)
    assert CANARY not in desk.get(desk_page(cast)).content.decode()
    sent = desk.post(desk_page(cast), asked("mail"))
    assert sent["Location"] == reverse("desk_patient", args=[cast.patient.pk])
    mail = Email.objects.get(kind="own_pages")
    assert (mail.patient_id, mail.payload) == (cast.patient.pk, None)
    event = AuditEvent.objects.get(action="ask to hand over record")
    assert (event.reason, words_of(event)) == ("by mail", "She asked by letter")
    assert not Task.objects.filter(kind="hand_over").exists()


@pytest.mark.parametrize("missing", ["asked", "way", "is_her"])
def test_the_desk_says_why_and_how_and_made_sure_who_she_is(cast: Cast, missing: str) -> None:
    posted = {name: value for name, value in asked("mail").items() if name != missing}
    assert client_for(cast.manager).post(desk_page(cast), posted).status_code == 422
    assert not Email.objects.filter(kind="own_pages").exists()


def test_whom_no_mail_reaches_gets_it_on_paper(cast: Cast) -> None:
    type(cast.patient).objects.filter(pk=cast.patient.pk).update(email="")
    desk = client_for(cast.manager)
    refused = desk.post(desk_page(cast), asked("mail"))
    assert refused.status_code == 422
    assert "No mail reaches her" in refused.content.decode()
    for _ in range(2):
        assert desk.post(desk_page(cast), asked("paper")).status_code == 302
    task = Task.objects.get(kind="hand_over")
    assert (task.question, task.status) == ("She asked by letter", "open")


def test_a_manager_never_sees_it_and_a_clinician_does_with_a_reason(cast: Cast) -> None:
    live(cast)
    page = reverse("hand_over", args=[cast.patient.pk])
    form = {"asked": "in_person", "is_her": "on"}
    for other in (cast.manager, cast.admin, cast.patient.user):
        assert client_for(other).post(page, form).status_code == 403
    clinician = client_for(cast.clinician.user)
    assert CANARY not in clinician.get(page).content.decode()
    assert clinician.post(page, {"asked": "in_person"}).status_code == 422
    assert clinician.post(page, {"is_her": "on", "file": "yes"}).status_code == 422
    assert not AuditEvent.objects.filter(action="hand over record").exists()
    shown = text_of(clinician.post(page, form))
    assert [one for one in HERS if one not in shown] == []
    assert [one for one in FOR_THE_TEAM if one in shown] == []
    everything = text_of(clinician.post(page, {**form, "with_team_notes": "on"}))
    assert [one for one in FOR_THE_TEAM if one not in everything] == []
    first, second = AuditEvent.objects.filter(action="hand over record").order_by("pk")
    assert words_of(first) == words_of(second) == "She asked in person"
    assert {"answers", "care.note"} <= set(fields_of(first))
    assert "team notes" in fields_of(second)
    saved = clinician.post(page, {**form, "file": "yes"})
    assert saved["Content-Disposition"] == 'attachment; filename="record.fhir.json"'
    assert words_of(AuditEvent.objects.get(action="export record")) == "She asked in person"


def test_the_pages_of_staff_ask_for_a_fresh_sign_in(cast: Cast) -> None:
    for user, page in (
        (cast.manager, desk_page(cast)),
        (cast.clinician.user, reverse("hand_over", args=[cast.patient.pk])),
    ):
        client = client_for(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": 0}]
        session.save()
        assert "reauthenticate" in client.post(page, asked("paper"))["Location"]
    assert not Task.objects.filter(kind="hand_over").exists()


def test_nothing_is_left_to_hand_over_of_who_was_erased(cast: Cast) -> None:
    type(cast.patient).objects.filter(pk=cast.patient.pk).update(erased_at=NOW)
    assert client_for(cast.manager).get(desk_page(cast)).status_code == 404
    page = reverse("hand_over", args=[cast.patient.pk])
    assert client_for(cast.clinician.user).get(page).status_code == 404
