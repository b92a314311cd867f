"""Tasks: what was told and whom to reach, no answers; a try never ends one, an outcome does."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from clinic.audit.context import Context
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient, User
from clinic.practice.wall_time import clinic_date
from clinic.security.submission_keys import new_key
from intake.concerns import history
from intake.concerns.actions import NotYet, mark_concern
from intake.concerns.task_kinds import KINDS
from intake.concerns.tasks import (
    CannotReopen,
    MayNotClose,
    TaskIsOver,
    close_task,
    owe_task,
    record_attempt,
    reopen_task,
    undo_close,
)
from intake.episodes.staff_messages import clinicians_and_managers
from intake.models import Concern, Intake, Task
from intake.review.decisions import sign_decision
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_patient
from tests.intake.review.reviewing import (
    CANARY,
    FEVERISH,
    TORN,
    actor,
    change_safety,
    make_intake,
    save_page,
    verdict,
)
from tests.racing import race

NOTE = "spoke-with-her-canary"
SELF_HARM = {"safety.mind": ["self_harm"]}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def task_of(intake: Intake) -> Task:
    return Task.objects.get(patient=intake.patient_id, kind="urgent_call")


def attempt(task: Task, by: User, result: str = "no_answer", minutes: int = 0) -> None:
    record_attempt(
        task_id=task.pk,
        result=result,
        note="",
        next_at=None,
        by=by,
        context=Context(actor(by), NOW + timedelta(minutes=minutes)),
    )
    task.refresh_from_db()


def close(task: Task, by: User, outcome: str = "spoke", minutes: int = 0, **fields: Any) -> Task:
    return close_task(
        task_id=task.pk,
        outcome=outcome,
        note=fields.pop("note", ""),
        by=by,
        context=Context(actor(by), NOW + timedelta(minutes=minutes)),
        **fields,
    )


@pytest.mark.django_db
def test_the_desk_sees_whom_to_call_and_what_was_told_and_no_answer(cast: Cast) -> None:
    answers = {"safety.body": ["fever", "leg"], "safety.mind": ["prefer_not"]}
    intake = make_intake(name="Ada Canary Madeup", **answers)
    for path in ("/review/tasks/", f"/review/tasks/{task_of(intake).pk}/"):
        page = client_for(cast.manager).get(path).content.decode()
        for shown in ("Ada Canary Madeup", "tel:+17815550144", "Urgent call", "don’t rub it"):
            assert shown.lower() in page.lower(), shown
        for hidden in (CANARY, "100.4°", "One leg or arm", "rather not answer", "U-FEVER"):
            assert hidden not in page, hidden
        assert f"/review/{intake.pk}/" not in page


@pytest.mark.django_db
def test_calls_of_forms_never_sent_and_of_changed_answers_stay_until_their_outcome(
    cast: Cast,
) -> None:
    draft = make_intake(send=False, **FEVERISH)
    change_safety(intake=draft)
    page = client_for(cast.manager).get("/review/tasks/?tab=calls").content.decode()
    assert "Ina Example" in page
    assert task_of(draft).is_open


@pytest.mark.django_db
def test_an_outcome_is_recorded_once_and_the_second_gets_the_first(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    path = f"/review/tasks/{task.pk}/"
    desk, clinician = client_for(cast.manager), client_for(cast.clinician.user)
    form = {"outcome": "seen", "note": NOTE, "form_key": new_key()}
    for _ in range(2):  # a double click
        assert desk.post(path, form)["Location"] == path
    late = clinician.post(path, {"outcome": "spoke", "note": "typed by the second"})
    page = late.content.decode()
    assert late.status_code == 409
    for words in ("Mara Desk", "Seen in person", "typed by the second"):
        assert words in page, words
    task.refresh_from_db()
    assert (task.outcome, task.closed_by) == ("seen", cast.manager)
    assert AuditEvent.objects.filter(action="close task").count() == 1
    assert "Seen in person" in desk.get("/review/tasks/?tab=closed").content.decode()


@pytest.mark.django_db
def test_something_else_from_the_same_page_is_never_said_to_be_recorded(cast: Cast) -> None:
    """Back in the browser brings a page that was sent: what is typed there then is another try."""
    task, desk, key = task_of(make_intake(**FEVERISH)), client_for(cast.manager), new_key()
    path = f"/review/tasks/{task.pk}/try/"
    assert desk.post(path, {"result": "no_answer", "form_key": key}).status_code == 302
    other = {"result": "left_message", "note": "Said to call back", "form_key": key}
    answer = desk.post(path, other)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Something else was recorded from this page before." in page
    assert "Said to call back" in page
    assert [one.result for one in task.attempts.all()] == ["no_answer"]
    assert desk.post(path, {**other, "form_key": new_key()}).status_code == 302
    assert {one.result for one in task.attempts.all()} == {"no_answer", "left_message"}


@pytest.mark.django_db
def test_the_note_of_an_outcome_is_for_clinicians_only(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    path = f"/review/tasks/{task.pk}/"
    client_for(cast.clinician.user).post(path, {"outcome": "seen", "note": NOTE})
    for page in (path, "/review/tasks/?tab=closed"):
        assert NOTE not in client_for(cast.manager).get(page).content.decode()
    assert NOTE in client_for(cast.clinician.user).get(path).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"outcome": "fine"}, 422),
        # Outcomes of the call list as it was, and of other kinds of task.
        ({"outcome": "not_reached"}, 422),
        ({"outcome": "mistake"}, 422),
        ({"outcome": "booked"}, 422),
        ({"outcome": "other_professional"}, 422),
        ({"outcome": "seen", "note": "x" * 10_001}, 422),
        ({"outcome": "seen", "note": "a\x00b"}, 400),
    ],
)
def test_bad_input_is_shown_as_an_error_and_records_nothing(
    cast: Cast, form: dict[str, Any], status: int
) -> None:
    task = task_of(make_intake(**FEVERISH))
    answer = client_for(cast.manager).post(f"/review/tasks/{task.pk}/", form)
    assert answer.status_code == status
    task.refresh_from_db()
    assert task.is_open


@pytest.mark.django_db
def test_a_task_that_is_not_there_is_404(cast: Cast) -> None:
    path = "/review/tasks/00000000-0000-4000-8000-000000000000/"
    desk = client_for(cast.manager)
    assert desk.get(path).status_code == 404
    assert desk.post(path, {"outcome": "seen"}).status_code == 404
    for act in ("try", "take", "undo", "reopen"):
        data = {"result": "no_answer", "reason": "why"}
        assert desk.post(f"{path}{act}/", data).status_code == 404, act


@pytest.mark.django_db
def test_who_may_open_a_task(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    for user, status in (
        (None, 302),
        (cast.patient.user, 403),
        (cast.admin, 403),
        (cast.disabled, 302),
        (cast.manager, 200),
        (cast.clinician.user, 200),
    ):
        assert client_for(user).get(f"/review/tasks/{task.pk}/").status_code == status, user
    seen = AuditEvent.objects.filter(action="see task")
    assert {event.role for event in seen} == {"manager", "clinician"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_outcomes_recorded_at_once_one_stands(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    outcomes = ["seen", "spoke", "seen", "spoke", "emergency_sent"]

    def close_it(number: int) -> Task:
        return close(task, cast.manager, outcomes[number], note=outcomes[number])

    results = race(len(outcomes), close_it)
    (winner,) = [result for result in results if isinstance(result, Task)]
    late = [result for result in results if isinstance(result, TaskIsOver)]
    assert len(late) == len(outcomes) - 1
    task.refresh_from_db()
    assert task.outcome == winner.outcome
    assert {one.task.outcome for one in late} == {winner.outcome}
    (closed,) = task.events.filter(kind="closed")
    assert history.words_of(closed)["note"] == winner.outcome


@pytest.mark.django_db
@pytest.mark.promises
def test_a_try_never_ends_a_task_and_the_third_makes_it_unreached(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    for number, status in enumerate(("open", "open", "unreached", "unreached")):
        attempt(task, cast.manager, minutes=number)
        assert task.status == status
    assert task.outcome == ""
    told = Email.objects.filter(about__startswith=f"unreached:{task.pk}")
    # Everybody who may end it: the two clinicians and the managers of the cast, once.
    assert told.count() == len(set(told.values_list("user", flat=True))) >= 2
    assert close(task, cast.manager, minutes=9).status == "done"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["call_patient", "ask_patient", "own_doctor", "fix_contact"])
def test_whatever_reached_nobody_alarms_and_stands_where_the_mail_leads(
    cast: Cast, kind: str
) -> None:
    context = Context(actor(cast.manager), NOW)
    task = owe_task(patient=cast.patient, kind=kind, question="Is it right?", context=context)
    desk = client_for(cast.manager)
    assert cast.patient.name not in desk.get("/review/tasks/?tab=calls").content.decode()
    for number in range(3):
        attempt(task, cast.manager, minutes=number)
    mailed = Email.objects.filter(kind="call_now", about__startswith=f"unreached:{task.pk}")
    assert {one.user for one in mailed} == set(clinicians_and_managers())
    send_due(now=NOW + timedelta(minutes=3))
    assert {one.subject for one in mail.outbox} == {"Ell Pond: please call now"}
    assert all("1 call to make now" in str(one.body) for one in mail.outbox)
    assert cast.patient.name in desk.get("/review/tasks/?tab=calls").content.decode()


@pytest.mark.django_db
def test_what_waits_for_a_patient_has_a_list(cast: Cast) -> None:
    waits = {"call_patient", "ask_patient", "own_doctor"}
    for kind in (*sorted(waits), "fix_contact", "rebook", "private_check_in", "urgent_call"):
        patient = make_patient(name=f"Waits {kind}", email=f"{kind}@example.test")
        context = Context(actor(cast.manager), NOW)
        owe_task(patient=patient, kind=kind, question="Which day?", about=kind, context=context)
    desk = client_for(cast.manager)
    page = desk.get("/review/tasks/?tab=waiting").content.decode()
    assert {kind for kind in KINDS if f"<bdi>Waits {kind}</bdi>" in page} == waits
    assert "Waiting for patients 3" in " ".join(page.split())
    # From the queue one press leads there.
    queue = client_for(cast.clinician.user).get("/review/").content.decode()
    assert 'href="/review/tasks/?tab=waiting"' in queue
    close(Task.objects.get(kind="ask_patient"), cast.clinician.user, outcome="answered")
    page = desk.get("/review/tasks/?tab=waiting").content.decode()
    assert "<bdi>Waits ask_patient</bdi>" not in page


@pytest.mark.django_db
def test_no_list_holds_a_task_of_a_patient_who_was_erased(cast: Cast) -> None:
    context = Context(actor(cast.manager), NOW)
    owe_task(patient=cast.patient, kind="call_patient", question="Why?", context=context)
    Patient.objects.filter(pk=cast.patient.pk).update(erased_at=NOW)
    page = " ".join(client_for(cast.manager).get("/review/tasks/").content.decode().split())
    assert "To do 0" in page
    assert "Nothing here." in page


@pytest.mark.django_db
@pytest.mark.promises
def test_for_self_harm_one_try_is_enough_and_only_a_clinician_ends_it(cast: Cast) -> None:
    task = task_of(make_intake(**SELF_HARM))
    assert task.is_sensitive
    with pytest.raises(MayNotClose):
        close(task, cast.manager)
    attempt(task, cast.manager, "left_message")
    assert task.status == "unreached"
    page = client_for(cast.manager).get(f"/review/tasks/{task.pk}/").content.decode()
    assert "Only a clinician can end this task" in page
    assert 'name="outcome"' not in page
    posted = client_for(cast.manager).post(f"/review/tasks/{task.pk}/", {"outcome": "spoke"})
    assert posted.status_code == 403
    task.refresh_from_db()
    assert task.status == "unreached"
    assert close(task, cast.clinician.user, minutes=5).status == "done"


@pytest.mark.django_db
@pytest.mark.promises
def test_another_urgent_answer_begins_the_tries_again_and_keeps_the_earlier_due(cast: Cast) -> None:
    first = make_intake(**FEVERISH)
    task = task_of(first)
    due = task.due_at
    for number in range(3):
        attempt(task, cast.manager, minutes=number)
    later = NOW + timedelta(minutes=30)
    make_intake(patient=first.patient, now=later, **{"safety.body": ["leg"]})
    task.refresh_from_db()
    assert (task.status, task.due_at) == ("open", due)
    assert {"U-FEVER", "U-CLOT"} <= set(task.rules)
    assert task.attempts.count() == 3
    attempt(task, cast.manager, minutes=31)
    assert task.status == "open"


@pytest.mark.django_db
@pytest.mark.promises
def test_an_outcome_is_taken_back_within_a_minute_by_whom_recorded_it(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    close(task, cast.manager)
    other = Context(actor(cast.clinician.user), NOW + timedelta(seconds=10))
    with pytest.raises(CannotReopen):
        undo_close(task_id=task.pk, by=cast.clinician.user, context=other)
    late = Context(actor(cast.manager), NOW + timedelta(seconds=60))
    with pytest.raises(CannotReopen):
        undo_close(task_id=task.pk, by=cast.manager, context=late)
    in_time = Context(actor(cast.manager), NOW + timedelta(seconds=59))
    undo_close(task_id=task.pk, by=cast.manager, context=in_time)
    task.refresh_from_db()
    assert (task.status, task.outcome, task.closed_by) == ("open", "", None)


@pytest.mark.django_db
@pytest.mark.promises
def test_a_task_is_opened_again_later_with_a_reason(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    close(task, cast.manager)
    later = Context(actor(cast.manager), NOW + timedelta(days=1))
    with pytest.raises(CannotReopen):
        reopen_task(task_id=task.pk, reason="", by=cast.manager, context=later)
    reopen_task(task_id=task.pk, reason="The wrong row", by=cast.manager, context=later)
    task.refresh_from_db()
    assert task.status == "open"
    (event,) = task.events.filter(kind="reopened")
    assert history.words_of(event) == {"note": "The wrong row"}


@pytest.mark.django_db
def test_the_words_of_the_history_are_sealed_and_proved_by_a_digest(cast: Cast) -> None:
    task = task_of(make_intake(**FEVERISH))
    close(task, cast.manager, note=NOTE)
    event = task.events.get(kind="closed")
    assert history.is_as_written(event)
    event.words.sealed = {**event.words.sealed, "content": {"note": "something else"}}
    assert not history.is_as_written(event)


@pytest.mark.django_db
def test_what_is_most_dangerous_stands_first_then_what_is_due_first(cast: Cast) -> None:
    # Told to call the midwife, to go to the emergency room, to call 988, to call 911: each in turn
    # a minute later, so that neither due time nor arrival gives the right order.
    asked = (
        ("provider", {"safety.body": ["fever"]}),
        ("er", {"safety.body": ["leg"]}),
        ("988", {"safety.mind": ["self_harm"]}),
        ("911", {"safety.emergency": ["chest_pain"]}),
    )
    for number, (name, answers) in enumerate(asked):
        make_intake(name=f"Row {name}", now=NOW + timedelta(minutes=number), **answers)
    page = client_for(cast.manager).get("/review/tasks/?tab=calls").content.decode()
    order = sorted(
        ("911", "er", "988", "provider"), key=lambda name: page.index(f"<bdi>Row {name}")
    )
    assert order == ["911", "er", "988", "provider"]


@pytest.mark.django_db
@pytest.mark.promises
def test_an_urgent_answer_given_again_after_the_outcome_owes_another_call(cast: Cast) -> None:
    """An outcome answers only what was said before it; saving another page says nothing again."""
    draft = make_intake(send=False, patient=cast.patient, **FEVERISH)
    first = task_of(draft)
    close(first, cast.manager, minutes=1)
    save_page(intake=draft, slug="pain", said={"pain.areas": ["none"]})
    assert not Task.objects.open().urgent_calls().exists()
    change_safety(intake=draft, **FEVERISH)
    again = Task.objects.open().urgent_calls().get(patient=cast.patient)
    assert again != first
    assert again.rules == ["U-FEVER"]
    assert draft.urgent_calls.get().task == again
    with pytest.raises(NotYet):
        mark_reviewed(cast)


def mark_reviewed(cast: Cast) -> None:
    concern = Concern.objects.open().get()
    mark_concern(
        concern_id=concern.pk, seen=concern.events.count(), mark="reviewed", reason="",
        by=cast.clinician.user, context=Context(actor(cast.clinician.user), NOW),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.promises
def test_a_call_opened_again_beside_a_newer_one_becomes_one_with_it(cast: Cast) -> None:
    first = make_intake(**FEVERISH)
    task = task_of(first)
    close(task, cast.manager)
    later = NOW + timedelta(hours=1)
    make_intake(patient=first.patient, now=later, **{"safety.body": ["leg"]})
    newer = Task.objects.open().urgent_calls().get(patient=first.patient)
    assert newer != task
    again = Context(actor(cast.manager), later)
    reopen_task(task_id=task.pk, reason="The wrong row", by=cast.manager, context=again)
    task.refresh_from_db()
    newer.refresh_from_db()
    assert (task.status, task.merged_into) == ("merged", newer)
    assert {"U-FEVER", "U-CLOT"} <= set(newer.rules)
    # The form it was about still leads to a call that is open.
    assert first.urgent_calls.get().task == newer
    assert Task.objects.open().urgent_calls().get(patient=first.patient) == newer


@pytest.mark.django_db
def test_the_question_stays_open_until_the_day_on_which_she_will_go(cast: Cast) -> None:
    intake = make_intake(now=timezone.now(), **{"bg.bleeding": "returned"})
    task = Task.objects.get(patient=intake.patient, kind="own_doctor")
    desk, path = client_for(cast.manager), f"/review/tasks/{task.pk}/"
    assert desk.post(path, {"outcome": "will_go"}).status_code == 422
    assert desk.post(path, {"outcome": "will_go", "day": "2020-01-01"}).status_code == 422
    today = clinic_date(timezone.now(), "America/New_York")
    # A Wednesday: of a day on which the clinic is closed the end is midnight.
    day = today + timedelta(days=9 - today.weekday())
    assert desk.post(path, {"outcome": "will_go", "day": str(day)}).status_code == 302
    task.refresh_from_db()
    assert task.is_open
    assert clinic_date(task.due_at, "America/New_York") == day
    # On that day she went: the second answer ends it.
    assert desk.post(path, {"outcome": "went"}).status_code == 302
    task.refresh_from_db()
    assert (task.status, task.outcome) == ("done", "went")


@pytest.mark.django_db
def test_whoever_calls_after_a_decline_reads_what_she_was_told(cast: Cast) -> None:
    intake = make_intake(**TORN)
    clinician = cast.clinician.user
    sign_decision(
        intake_id=intake.pk, version=intake.version,
        verdict=verdict(intake, "reviewed", "decline"), clinician=clinician,
        context=Context(actor(clinician), NOW),
    )  # fmt: skip
    (task,) = Task.objects.filter(kind="call_patient")
    desk = client_for(cast.manager)
    for address in (f"/review/tasks/{task.pk}/", "/review/tasks/"):
        page = desk.get(address).content.decode()
        assert "We will call you to say who can help." in page, address
