"""A correction of a sent form is judged anew; the first version is neither lost nor edited."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Referral
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.messages.health_words import health_words
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient
from clinic.templatetags.look import in_full
from intake.concerns.actions import mark_concern
from intake.concerns.tasks import close_task
from intake.flags.actions import add_flag
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Concern, Intake, UrgentCall
from intake.review.decisions import Marking, Verdict, sign_decision
from tests.factories import NOW, make_appointment, make_clinician, make_offer
from tests.intake.drafts.test_resuming import STEPS
from tests.intake.online_intake.test_flow import SAFE, fill, post, send, start
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake, opened, save_page, verdict
from tests.racing import race

pytestmark = pytest.mark.django_db
TEAR = {"bg_tear": "severe"}


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician()


def change(client: Client, slug: str, **answers: Any) -> Any:
    """Press "Change my answers", change one page, and go on to the check page."""
    assert client.post("/intake/change/")["Location"] == "/intake/check/"
    return post(client, slug, {**dict(STEPS)[slug], **answers})


def sign(intake: Intake, **given: Any) -> None:
    """Sign a decision on the intake: the verdict given, or that every flag is reviewed."""
    intake.refresh_from_db()
    clinician = Clinician.objects.get().user
    assert clinician
    sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=given.pop("verdict", None) or verdict(intake),
        clinician=clinician,
        context=Context(SYSTEM, timezone.now()),
    )


def looked_at(intake: Intake) -> Verdict:
    marks = {flag.rule: Marking("reviewed") for flag in intake.flags.to_mark()}
    return Verdict(marks, "none", looked_at_change=True)


def sent() -> list[Intake]:
    return list(Intake.objects.sent().order_by("sent_at"))


def facts(intake: Intake) -> tuple[Any, ...]:
    flags = sorted((one.rule, one.level, one.mark) for one in intake.flags.all())
    return intake.level, intake.answers, intake.as_of, intake.next_step, flags, intake.sent_at


def test_a_correction_begins_as_it_was_sent_and_leads_to_the_check_page() -> None:
    client = fill(start(), birth=TEAR)
    send(client)
    first = Intake.objects.get()
    assert client.get("/intake/change/").status_code == 405
    assert client.post("/intake/change/")["Location"] == "/intake/check/"
    page = client.get("/intake/check/").content.decode()
    assert "You are changing what you sent" in page
    assert "3rd or 4th degree tear" in page
    draft = Intake.objects.drafts().get()
    assert (draft.replaces, draft.patient, draft.raw) == (first, first.patient, first.answers)
    client.post("/intake/keep/")
    assert b"Let\xe2\x80\x99s see you" in client.get("/intake/result/").content
    client.post("/intake/change/")
    assert Intake.objects.drafts().count() == 1


def test_worse_answers_are_judged_anew_and_the_first_version_stays_as_it_was() -> None:
    client = fill(start())
    send(client)
    first, patient = Intake.objects.get(), Patient.objects.get()
    before = facts(first)
    clinician = Clinician.objects.get()
    visit = make_appointment(
        patient=patient, clinician=clinician, starts_at=timezone.now() + timedelta(days=70 * 365)
    )
    assert opened(patient) == ("evaluation", "run_ready")
    assert change(client, "birth", **TEAR)["Location"] == "/intake/check/"
    assert opened(patient) == ("evaluation", "run_ready")
    send(client)
    first, second = sent()
    assert facts(first) == before
    assert (second.level, second.queue, second.replaces) == ("red", "red", first)
    assert list(Intake.objects.awaiting_review()) == [second]
    assert opened(patient) == ("evaluation",)
    visit.refresh_from_db()
    assert (visit.status, visit.attention) == ("booked", "red")
    assert Email.objects.filter(kind="read_by", about=f"read {clinician.user_id}").exists()
    sign(second)
    assert opened(patient) == ("evaluation", "run_ready")


def test_a_decision_on_the_first_version_no_longer_counts() -> None:
    client = fill(start(), birth=TEAR)
    send(client)
    first = Intake.objects.get()
    sign(first)
    assert opened(first.patient) == ("evaluation", "run_ready")
    change(client, "running", bg_running="new")
    send(client)
    second = sent()[1]
    assert opened(first.patient) == ("evaluation",)
    assert second.has_unreviewed_change is False
    sign(second)
    assert opened(first.patient) == ("evaluation", "run_ready")
    referral = Referral.objects.current().get()
    assert referral.because_of == f"intake:{second.pk}"


def test_a_red_answer_taken_back_before_anybody_looked_waits_for_a_clinician() -> None:
    client = fill(start(), birth=TEAR)
    send(client)
    patient = Patient.objects.get()
    change(client, "birth")
    send(client)
    second = sent()[1]
    assert (second.level, second.queue, second.has_unreviewed_change) == ("clear", "red", True)
    assert second.review_due_at is not None
    assert list(Intake.objects.awaiting_review()) == [second]
    assert opened(patient) == ("evaluation",)
    assert b"a clinician has to look at" in client.get("/intake/result/").content
    sign(second, verdict=looked_at(second))
    # What she sent first stays open until a clinician marks it, on its own page.
    assert opened(patient) == ("evaluation",)
    resolve(patient)
    assert opened(patient) == ("evaluation", "run_ready")


def resolve(patient: Patient) -> None:
    """Mark everything that is open about the patient as reviewed, on the pages of the concerns."""
    clinician = Clinician.objects.get().user
    assert clinician
    for concern in Concern.objects.open().filter(patient=patient):
        mark_concern(
            concern_id=concern.pk,
            seen=concern.events.count(),
            mark="reviewed",
            reason="",
            by=clinician,
            context=Context(SYSTEM, timezone.now()),
        )


def test_a_red_answer_that_was_reviewed_may_be_taken_back() -> None:
    client = fill(start(), birth=TEAR)
    send(client)
    sign(Intake.objects.get())
    change(client, "birth")
    send(client)
    second = sent()[1]
    assert (second.queue, second.has_unreviewed_change) == ("", False)


def test_an_urgent_answer_sent_by_mistake_stays_in_the_record_with_its_call() -> None:
    first = make_intake(now=timezone.now(), **FEVERISH)
    call = UrgentCall.objects.get()
    draft = start_correction(intake_id=first.pk, context=Context(SYSTEM, timezone.now()))
    answers = {**draft.raw, "safety.body": ["none"]}
    save_page(intake=draft, slug="safety", said=answers, now=timezone.now())
    second = send_intake(intake_id=draft.pk, context=Context(SYSTEM, timezone.now()))
    call.refresh_from_db()
    assert call.answers["safety.body"] == ["fever"]
    assert call.changed_answers["safety.body"] == ["none"]
    assert (call.task.is_open, call.changed_at is not None) == (True, True)
    assert (second.queue, second.has_unreviewed_change) == ("red", True)
    assert opened(first.patient) == ()
    caller = Clinician.objects.get().user
    assert caller
    close_task(
        task_id=call.task_id, outcome="spoke", note="", by=caller, context=Context(SYSTEM, NOW)
    )
    # It had been sent, so it was not taken back: nothing opens before a clinician has marked it.
    second.refresh_from_db()
    assert opened(first.patient) == ()
    sign(second, verdict=looked_at(second))
    assert opened(first.patient) == ()
    resolve(first.patient)
    assert opened(first.patient) == ("evaluation", "run_ready")


def test_the_emergency_screen_of_a_sent_form_leads_into_a_correction() -> None:
    client = start()
    urgent = make_intake(now=timezone.now(), **FEVERISH)
    session = client.session
    session["intake"] = str(urgent.pk)
    session.save()
    assert client.get("/intake/result/")["Location"] == "/intake/emergency/"
    assert client.get("/intake/emergency/").status_code == 200
    back = client.post("/intake/emergency/", {"answer": "mistake"})
    assert back["Location"] == "/intake/safety/"
    assert post(client, "safety", SAFE)["Location"] == "/intake/check/"
    again = client.post("/intake/safety/", {**SAFE, "safety_emergency": "chest_pain"})
    assert again["Location"] == "/intake/emergency/"
    assert UrgentCall.objects.count() == 2


def test_a_correction_that_becomes_urgent_shows_help_at_once() -> None:
    client = fill(start())
    send(client)
    answer = change(client, "safety", safety_emergency="chest_pain")
    assert answer["Location"] == "/intake/emergency/"
    call = UrgentCall.objects.get()
    assert call.intake == Intake.objects.drafts().get()
    assert opened(call.patient) == ()


def test_a_browser_with_the_earlier_version_says_so_and_corrects_the_newest() -> None:
    client = fill(start())
    send(client)
    old = Client()
    old.cookies = client.cookies.copy()
    key = client.session["intake"]
    change(client, "birth", **TEAR)
    send(client)
    session = client.session
    session["intake"] = key
    session.save()
    assert b"You sent newer answers" in client.get("/intake/result/").content
    client.post("/intake/change/")
    assert Intake.objects.drafts().get().replaces == sent()[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_ten_corrections_begun_at_once_are_one_draft() -> None:
    first = make_intake(**TORN)

    def act(_: int) -> Any:
        return start_correction(intake_id=first.pk, context=Context(SYSTEM, NOW)).pk

    assert len(set(race(10, act))) == 1
    assert Intake.objects.drafts().count() == 1


# --- The due time in a mail and on paper ----------------------------------------------------------


@pytest.mark.parametrize("tear", ["severe", "none"])
def test_result_mail_and_paper_say_the_same_time(tear: str, mailoutbox: Any) -> None:
    client = fill(start(), birth={"bg_tear": tear})
    assert b"a clinician reads it by" in client.get("/intake/check/").content
    Intake.objects.update(set_aside=False)  # no person is as fast as a test
    send(client)
    send_due(now=timezone.now())
    intake = Intake.objects.get()
    (message,) = [one for one in mailoutbox if "we have your answers" in one.subject]
    html = message.alternatives[0][0]
    assert health_words(f"{message.subject} {message.body} {html}") == []
    pages = [client.get(f"/intake/{path}/").content.decode() for path in ("result", "summary")]
    if tear == "severe":
        assert intake.review_due_at
        by = in_full(intake.review_due_at)
        assert all(by in text for text in (message.body, html, *pages))
    else:
        assert intake.review_due_at is None
        assert "by " not in message.body.split("In an emergency")[0].split("reached us")[1]
    assert Email.objects.filter(kind="intake_received").count() == 1


def test_a_machine_is_sent_no_mail() -> None:
    send(fill(start(website="https://spam.example")))
    assert not Email.objects.filter(kind="intake_received").exists()


def test_the_paper_holds_every_answer_and_its_reading_is_recorded() -> None:
    client = fill(start(), birth=TEAR, care={"care_note": "Tell me before each step."})
    assert client.get("/intake/summary/")["Location"] == "/intake/check/"
    send(client)
    page = client.get("/intake/summary/").content.decode()
    for words in ("Pat Example", "3rd or 4th degree tear", "Tell me before each step.", "Printed"):
        assert words in page
    assert AuditEvent.objects.filter(action="read own answers").count() == 1
    assert Client().get("/intake/summary/")["Location"] == "/intake/closed/"


def test_a_flag_added_by_hand_neither_counts_as_taken_back_nor_breaks_the_result() -> None:
    client = fill(start())
    send(client)
    first = Intake.objects.get()
    clinician = Clinician.objects.get().user
    assert clinician
    add_flag(
        intake_id=first.pk, level="red", domain="pain", text="A limp", told="Please walk only.",
        reason="seen at the door", clinician=clinician, context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip
    assert client.get("/intake/result/").status_code == 200
    change(client, "running", bg_running="new")
    send(client)
    second = sent()[1]
    assert second.has_unreviewed_change is False
    assert second.flags.get().rule == "HAND-1"
    assert opened(first.patient) == ("evaluation",)
