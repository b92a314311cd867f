"""One task that stands for another: nothing tried is lost, and the louder of the two counts."""

from datetime import timedelta

import pytest

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient, User
from intake.concerns.tasks import close_task, record_attempt, reopen_task, take_task
from intake.duplicates.merge import merge_patients
from intake.models import Concern, Task
from intake.tasks.queries import task_detail
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_patient
from tests.intake.review.reviewing import FEVERISH, make_intake

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

SELF_HARM = {"safety.mind": ["self_harm"]}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def at(minutes: int) -> Context:
    return Context(SYSTEM, NOW + timedelta(minutes=minutes))


def twin(cast: Cast, email: str = "twin@example.test") -> Patient:
    her = cast.patient
    return make_patient(email=email, name=her.name, phone=her.phone, born_on=her.born_on)


def call_of(patient: Patient) -> Task:
    return Task.objects.open().urgent_calls().get(patient=patient)


def try_in_vain(task: Task, by: User, minutes: int) -> None:
    record_attempt(
        task_id=task.pk, result="no_answer", note="", next_at=None, by=by, context=at(minutes)
    )
    task.refresh_from_db()


def merge(kept: Patient, merged: Patient, minutes: int) -> Task:
    merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=at(minutes), reason="One person")
    return call_of(kept)


@pytest.mark.parametrize("is_kept", [True, False])
def test_whom_nobody_reached_stays_unreached_when_two_rows_become_one(
    cast: Cast, *, is_kept: bool
) -> None:
    loud, quiet = cast.patient, twin(cast)
    make_intake(patient=quiet, **FEVERISH)
    make_intake(patient=loud, now=NOW + timedelta(minutes=1), **SELF_HARM)
    try_in_vain(call_of(loud), cast.manager, 2)
    take_task(task_id=call_of(loud).pk, by=cast.manager, context=at(3))
    assert call_of(loud).status == "unreached"
    task = merge(loud, quiet, 4) if is_kept else merge(quiet, loud, 4)
    assert (task.status, task.is_sensitive, task.danger) == ("unreached", True, 1)
    assert task.owner == cast.manager


def test_tries_on_three_rows_of_one_person_are_three_tries(cast: Cast) -> None:
    rows = [cast.patient, twin(cast), twin(cast, "third@example.test")]
    for number, row in enumerate(rows):
        make_intake(patient=row, now=NOW + timedelta(minutes=number), **FEVERISH)
        try_in_vain(call_of(row), cast.manager, 5 + number)
    assert merge(rows[1], rows[2], 10).status == "open"
    task = merge(rows[0], rows[1], 11)
    assert task.status == "unreached"
    detail = task_detail(task.pk, reader=cast.clinician.user, now=NOW)
    assert [entry.what for entry in detail.entries].count("No answer") == 3
    assert detail.view.attempts == 3
    # So it is with what was answered on each of them.
    assert Concern.objects.open().get(patient=rows[0]).merged_rows.count() == 2


def test_an_older_call_that_is_opened_again_makes_the_newer_no_quieter(cast: Cast) -> None:
    make_intake(patient=cast.patient, **FEVERISH)
    older = call_of(cast.patient)
    close_task(task_id=older.pk, outcome="spoke", note="", by=cast.manager, context=at(1))
    make_intake(patient=cast.patient, now=NOW + timedelta(hours=1), **SELF_HARM)
    newer = call_of(cast.patient)
    try_in_vain(newer, cast.manager, 70)
    assert newer.status == "unreached"
    reopen_task(task_id=older.pk, reason="The wrong row", by=cast.manager, context=at(80))
    newer.refresh_from_db()
    assert newer.status == "unreached"
    assert {"U-FEVER", "U-SELF-HARM"} <= set(newer.rules)


def test_who_says_on_which_day_she_will_go_was_reached(cast: Cast) -> None:
    make_intake(patient=cast.patient, **{"bg.bleeding": "returned"})
    task = Task.objects.get(patient=cast.patient, kind="own_doctor")
    for minutes in (1, 2, 3):
        try_in_vain(task, cast.manager, minutes)
    assert task.status == "unreached"
    close_task(
        task_id=task.pk, outcome="will_go", note="", by=cast.manager, context=at(5),
        day_due_at=NOW + timedelta(days=3),
    )  # fmt: skip
    task.refresh_from_db()
    assert (task.status, task.due_at) == ("open", NOW + timedelta(days=3))
    try_in_vain(task, cast.manager, 4000)
    assert task.status == "open"
