"""The case page: what a clinician reads, and that nobody reads it without a trace."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.test import Client

from clinic.audit.context import Context
from clinic.audit.details import fields_of
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.people import User
from intake.intakes import sending
from intake.intakes.sending import send_intake
from intake.models import Flag, Intake
from intake.questionnaire.definition import INTAKE
from intake.review.claims import CLAIM_MINUTES
from intake.triage.rules import RULES_VERSION
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import (
    CANARY,
    FEVERISH,
    TORN,
    change_safety,
    make_intake,
    posted,
    save_page,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def page_of(user: User, intake: Intake) -> str:
    answer = client_for(user).get(f"/review/{intake.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_flag_stands_with_question_answer_rule_why_told_source_and_version(cast: Cast) -> None:
    page = page_of(cast.clinician.user, make_intake(**TORN))
    for words in (
        "Tear into the anal sphincter",
        "R-TEAR-SEVERE",
        "Did you have a tear or a cut near the vagina when you gave birth?",
        "Yes, a 3rd or 4th degree tear",
        f"Questionnaire {INTAKE.version}, rules {RULES_VERSION}",
        "One flag to mark",
        "Referred out",
        CANARY,
    ):
        assert words in page, words


def test_skipped_and_not_asked_are_told_apart(cast: Cast) -> None:
    page = page_of(cast.clinician.user, make_intake(**{"bg.goal": None, "care.note": None}))
    asked = page.split("What is your main goal right now?")[1][:200]
    assert "Not provided (optional)" in asked
    not_asked = page.split("How often do you leak?")[1][:200]
    assert "Did not apply" in not_asked
    assert "What the patient asked for" not in page


def test_weeks_birth_date_and_what_signing_opens_are_said(cast: Cast) -> None:
    page = page_of(cast.clinician.user, make_intake(**TORN))
    for words in ("Impact tests from", "May be booked now", "If all is reviewed"):
        assert words in page, words
    now, best = page.split("May be booked now")[1].split("If all is reviewed")
    assert "Run Ready" not in now
    assert "Run Ready" in best[:80]


def test_what_she_wrote_cannot_act_on_the_page(cast: Cast) -> None:
    page = page_of(cast.clinician.user, make_intake(**{"care.note": "<script>alert(1)</script>"}))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_changed_urgent_answer_stands_with_both_answers_and_times(cast: Cast) -> None:
    draft = make_intake(send=False, **FEVERISH)
    change_safety(intake=draft)
    page = page_of(cast.clinician.user, draft)
    change = page.split("Urgent answer changed by patient")[1].split("</article>")[0]
    assert "A fever of 100.4°F" in change
    assert "None of these" in change
    assert change.count("February 1") == 2
    assert "I have looked at the changed answer" in page


def test_an_answer_changed_in_part_is_shown_too_and_stays_urgent(cast: Cast) -> None:
    draft = make_intake(send=False, **{"safety.body": ["fever", "vomiting"]})
    change_safety(intake=draft, **FEVERISH)
    assert (draft.queue, draft.has_unreviewed_change) == ("urgent", True)
    page = page_of(cast.clinician.user, draft)
    assert "Urgent answer changed by patient" in page
    assert "Throwing up so much" in page
    signed_version = draft.version
    save_page(intake=draft, slug="running", said={"bg.running": "paused"})
    draft.refresh_from_db()
    assert draft.version == signed_version  # another page, the same change


def test_a_form_never_sent_shows_the_urgent_rules_that_fired(cast: Cast) -> None:
    page = page_of(cast.clinician.user, make_intake(send=False, **FEVERISH))
    assert 'name="mark-U-FEVER"' in page
    assert "The urgent call has no outcome yet." in page


def test_a_form_the_rules_could_not_judge_can_be_read_and_signed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = make_intake(send=False)

    def fails(*args: Any, **kwargs: Any) -> None:
        raise ValueError

    monkeypatch.setattr(sending, "evaluate_intake", fails)
    intake = send_intake(intake_id=draft.pk, context=Context(SYSTEM, NOW))
    page = page_of(cast.clinician.user, intake)
    assert "The rules could not judge these answers." in page
    assert CANARY in page
    client = client_for(cast.clinician.user)
    assert client.get("/review/").status_code == 200
    assert client.post(f"/review/{intake.pk}/", posted(intake)).status_code == 302


def test_starting_claims_and_another_clinician_is_told(cast: Cast) -> None:
    intake = make_intake(**TORN)
    other = make_clinician(email="second@example.test", name="Dr. Second")
    mine = client_for(cast.clinician.user)
    assert "Start the review" in page_of(cast.clinician.user, intake)
    assert mine.post(f"/review/{intake.pk}/start/")["Location"] == f"/review/{intake.pk}/"
    page = page_of(cast.clinician.user, intake)
    assert "Yours until" in page
    assert "Start the review" not in page
    intake.refresh_from_db()
    first_until = intake.claimed_until
    page = page_of(other.user, intake)
    assert "Dr. Test is reviewing this case until" in page
    assert "Start the review" not in page
    # A press on the page renews it, reading does not.
    mine.get(f"/review/{intake.pk}/")
    intake.refresh_from_db()
    assert intake.claimed_until == first_until
    mine.post(f"/review/{intake.pk}/", {"preview": "1"})
    intake.refresh_from_db()
    assert intake.claimed_by == cast.clinician.user
    assert first_until is not None
    assert intake.claimed_until is not None
    assert intake.claimed_until > first_until
    Intake.objects.update(claimed_until=NOW.replace(year=2000))
    assert "Start the review" in page_of(other.user, intake)
    assert CLAIM_MINUTES == 15


def test_opening_claims_nothing_and_a_colleague_sees_who_opened_it(cast: Cast) -> None:
    intake = make_intake(**TORN)
    other = make_clinician(email="second@example.test", name="Dr. Second")
    page = page_of(cast.clinician.user, intake)
    assert "opened this case" not in page
    intake.refresh_from_db()
    assert (intake.claimed_by, intake.claimed_until) == (None, None)
    page = " ".join(page_of(other.user, intake).split())
    assert "Dr. Test opened this case at" in page
    assert "has not started the review" in page
    client_for(cast.clinician.user).post(f"/review/{intake.pk}/start/")
    assert "has not started the review" not in page_of(other.user, intake)


def test_each_reading_is_recorded_with_the_questions_and_no_answer(cast: Cast) -> None:
    intake = make_intake(**TORN)
    page_of(cast.clinician.user, intake)
    event = AuditEvent.objects.get(action="read answers")
    assert event.actor == f"user:{cast.clinician.user.pk}"
    assert event.patient == str(intake.patient_id)
    assert {"safety.mind", "bg.tear", "care.note"} <= set(fields_of(event))
    assert "leak.amount" not in fields_of(event)
    assert CANARY not in repr(vars(event))


@pytest.mark.parametrize("error", [OperationalError, IntegrityError, DatabaseError])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_shown_or_signed_when_the_reading_cannot_be_recorded(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, method: str, error: type[Exception]
) -> None:
    intake = make_intake(**TORN)
    form = posted(intake)

    def refuses(*args: Any, **kwargs: Any) -> None:
        raise error("audit")

    monkeypatch.setattr("intake.review.claims.record", refuses)
    client = client_for(cast.clinician.user)
    answer = getattr(client, method)(f"/review/{intake.pk}/", form)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    for hidden in (CANARY, "Ina", "3rd or 4th"):
        assert hidden not in answer.content.decode()
    intake.refresh_from_db()
    assert (intake.decided_at, intake.claimed_by) == (None, None)


@pytest.mark.parametrize("path", ["/review/", "/review/tasks/"])
def test_lists_too_stay_closed_without_their_record(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    make_intake(**FEVERISH)
    module = "tasks.views" if "tasks" in path else "review.views"

    def refuses(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(f"intake.{module}.record_shown", refuses)
    answer = client_for(cast.clinician.user).get(path)
    assert answer.status_code == 503
    assert b"Ina" not in answer.content


BAD = [
    {"version": ""},
    {"version": "x"},
    {"version": "-1"},
    {"mark-R-TEAR-SEVERE": ""},
    {"mark-R-TEAR-SEVERE": "cleared"},
    {"mark-R-TEAR-SEVERE": "impact_held"},
    {"mark-R-TEAR-SEVERE": "referred", "reason-R-TEAR-SEVERE": "   "},
    {"next_act": "invite"},
    {"next_act": "decline"},
    {"note": "x" * 10_001},
]


def test_what_cannot_be_signed_is_said_and_nothing_typed_is_lost(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    for bad in BAD:
        answer = client.post(f"/review/{intake.pk}/", posted(intake) | bad)
        page = answer.content.decode()
        assert answer.status_code == 422, bad
        assert "There is a problem" in page
        assert "<title>Error:" in page
    form = posted(intake, "impact_held", note="typed note")
    page = client.post(f"/review/{intake.pk}/", form).content.decode()
    assert "typed note" in page
    assert re.search('value="impact_held" [^>]*checked', page)
    assert not intake.decisions.exists()


def test_the_longest_texts_are_stored_to_the_letter(cast: Cast) -> None:
    intake = make_intake(**TORN)
    note = "Ünïcode 👩‍👧 " + "x" * 9_980
    client = client_for(cast.clinician.user)
    assert client.post(f"/review/{intake.pk}/", posted(intake, note=note)).status_code == 302
    assert intake.decisions.get().content["note"] == note


def test_input_no_form_sends_never_fails(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    path = f"/review/{intake.pk}/"
    assert client.post(path, posted(intake, note="a\x00b")).status_code == 400
    assert client.post(path, posted(intake, version="9" * 30)).status_code == 409
    assert client.post(path, {"preview": "1", "mark-R-TEAR-SEVERE": "\x00"}).status_code == 400
    assert client.post(path, {"preview": "1", "mark-R-TEAR-SEVERE": "zzz"}).status_code == 200
    assert client.post(path, {}).status_code == 422
    assert client.put(path).status_code == 405
    assert client.get("/review/00000000-0000-4000-8000-000000000000/").status_code == 404
    assert client.get("/review/1/").status_code == 404
    assert Flag.objects.filter(mark="").count() == 1


def test_only_clinicians_open_a_case_and_a_refusal_leaves_a_trace(cast: Cast) -> None:
    intake = make_intake(**TORN)
    path = f"/review/{intake.pk}/"
    for user, status in (
        (None, 302),
        (cast.patient.user, 403),
        (cast.manager, 403),
        (cast.admin, 403),
        (cast.disabled, 302),
        (cast.clinician.user, 200),
    ):
        client: Client = client_for(user)
        assert client.get(path).status_code == status, user
        answer = client.post(path, {"preview": "1"})
        # Signed out, a form is not lost: a page leads to the sign-in and says so.
        assert answer.status_code == (403 if status == 302 else status), user
        assert (CANARY in answer.content.decode()) is (user == cast.clinician.user)
    assert AuditEvent.objects.filter(action="read answers").count() == 2
    assert AuditEvent.objects.filter(allowed=False, role="manager").count() == 2
