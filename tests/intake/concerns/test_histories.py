"""Random histories of forms, decisions, tries, outcomes, undoing and merges: what always holds."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.management.sample.patients import WELL
from clinic.models.people import Patient, User
from intake.concerns.actions import NotYet, mark_concern
from intake.concerns.history import is_as_written
from intake.concerns.tasks import (
    CannotReopen,
    MayNotClose,
    TaskIsOver,
    close_task,
    record_attempt,
    reopen_task,
    undo_close,
)
from intake.duplicates.merge import merge_patients
from intake.flags.actions import add_flag
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import (
    Attempt,
    Concern,
    ConcernEvent,
    Decision,
    Decline,
    Flag,
    Intake,
    Task,
    TaskEvent,
    UrgentCall,
)
from intake.questionnaire.definition import INTAKE
from intake.review.decisions import Marking, StaleDecision, TooEarly, Verdict, sign_decision
from intake.review.queue import Tab, queue_page
from intake.review.undo import CannotUndo, undo_decision
from intake.triage.sample_answers import completed
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_patient
from tests.intake.concerns.world import at, taken_back
from tests.intake.review.reviewing import FEVERISH, TORN, actor, rules_to_mark, save_page
from tests.intake.strategies import UNTIMED
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

BORN = {"bg.birth_date": (NOW.date() - timedelta(weeks=52)).isoformat()}
# Well, a red flag, two urgent ones, one that only a clinician ends the call of, and one whose text
# promises to check in with her in private.
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    TORN,
    FEVERISH,
    {"safety.body": ["fever", "leg"], **TORN},
    {"safety.mind": ["self_harm"]},
    {"safety.mind": ["prefer_not"]},
)
ANSWERS = [completed(INTAKE, {**WELL, **BORN, **changed}, as_of=NOW.date()) for changed in CHANGES]

# What ends a task of each kind. Source: docs/decisions/0051-concerns-and-tasks.md.
OUTCOMES = {
    "urgent_call": {"spoke", "emergency_sent", "other_professional", "seen"},
    "private_check_in": {"spoke", "declined", "seen"},
    "call_patient": {"answered", "spoke", "withdrawn"},
    "ask_patient": {"answered", "spoke", "withdrawn"},
    "own_doctor": {"went", "declined"},
}
ANY_OUTCOME = sorted(set().union(*OUTCOMES.values()) | {"not_reached", "mistake"})
MARKS = ("reviewed", "overridden", "impact_held", "referred")
UNRESOLVED = ("open", "taken_back", "look_again", "impact_held", "referred")
HISTORY: tuple[type[ConcernEvent | TaskEvent | Attempt], ...] = (ConcernEvent, TaskEvent, Attempt)
# How the product says no. A refused step changes nothing.
REFUSALS = (
    NotYet, TooEarly, StaleDecision, TaskIsOver, MayNotClose, CannotReopen, CannotUndo, Refused,
    KeyError, ValueError,
)  # fmt: skip


@dataclass
class History:
    """What has happened so far to the two rows of one person, and what the clock says."""

    cast: Cast
    rows: list[Patient]
    now: datetime = NOW
    written: dict[Any, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def clinician(self) -> User:
        assert self.cast.clinician.user
        return self.cast.clinician.user

    def by(self, number: int) -> User:
        return (self.clinician, self.cast.manager)[number % 2]

    def context(self, user: User) -> Context:
        return Context(actor(user), self.now)

    def forms(self) -> list[Intake]:
        return list(Intake.objects.order_by("started_at", "pk"))


def picked(rows: Iterable[Any], number: int) -> Any:
    """Return one of the rows, counted from the newest. Raises KeyError if there are none."""
    found = list(rows)[::-1]
    if not found:
        raise KeyError(number)
    return found[number % len(found)]


# --- What can happen ------------------------------------------------------------------------------
#
# Each takes two numbers, which choose among what there is.


def send_form(world: History, row: int, answers: int) -> None:
    draft = Intake.objects.create(
        patient=world.rows[row % 2], questionnaire_version=INTAKE.version,
        raw=ANSWERS[answers % len(ANSWERS)], started_at=world.now, saved_at=world.now,
    )  # fmt: skip
    send_intake(intake_id=draft.pk, context=at(world.now))


def begin_form(world: History, row: int, answers: int) -> None:
    draft = Intake.objects.create(
        patient=world.rows[row % 2], questionnaire_version=INTAKE.version,
        started_at=world.now, saved_at=world.now,
    )  # fmt: skip
    save_page(intake=draft, slug="safety", said=ANSWERS[answers % len(ANSWERS)], now=world.now)


def change_form(world: History, which: int, answers: int) -> None:
    """Answer the first page of a draft again."""
    draft = picked(Intake.objects.drafts().order_by("started_at", "pk"), which)
    save_page(intake=draft, slug="safety", said=ANSWERS[answers % len(ANSWERS)], now=world.now)


def send_draft(world: History, which: int, _: int) -> None:
    draft = picked(Intake.objects.drafts().order_by("started_at", "pk"), which)
    send_intake(intake_id=draft.pk, context=at(world.now))


def correct(world: History, which: int, answers: int) -> None:
    form = picked(Intake.objects.sent().order_by("sent_at", "pk"), which)
    draft = start_correction(intake_id=form.pk, context=at(world.now))
    draft.raw = ANSWERS[answers % len(ANSWERS)]
    draft.save(update_fields=["raw"])
    send_intake(intake_id=draft.pk, context=at(world.now))


def decide(world: History, which: int, how: int) -> None:
    form = picked(world.forms(), which)
    chosen = MARKS[how % len(MARKS)]
    act = ("none", "none", "call", "decline", "accept")[how // len(MARKS) % 5]
    # The page offers to override what a rule found, not what a clinician added.
    marks = {
        rule: Marking("reviewed" if chosen == "overridden" and "HAND-" in rule else chosen, "why")
        for rule in rules_to_mark(form)
    }
    sign_decision(
        intake_id=form.pk,
        version=form.version,
        verdict=Verdict(marks, act),
        clinician=world.clinician,
        context=world.context(world.clinician),
    )


def take_decision_back(world: History, _which: int, _: int) -> None:
    decision = picked(Decision.objects.order_by("decided_at"), 0)
    user = world.clinician
    undo_decision(decision_id=decision.pk, clinician=user, context=world.context(user))


def mark(world: History, which: int, how: int) -> None:
    concern = picked(Concern.objects.open().order_by("raised_at", "pk"), which)
    mark_concern(
        concern_id=concern.pk, seen=concern.events.count(), mark=MARKS[how % len(MARKS)],
        reason="because", by=world.clinician, context=world.context(world.clinician),
    )  # fmt: skip


def flag_by_hand(world: History, which: int, _: int) -> None:
    form = picked(Intake.objects.sent().order_by("sent_at", "pk"), which)
    add_flag(
        intake_id=form.pk, level="red", domain="pain", text="seen", told="", reason="because",
        clinician=world.clinician, context=world.context(world.clinician),
    )  # fmt: skip


def tasks(*statuses: str) -> list[Task]:
    return list(Task.objects.filter(status__in=statuses).order_by("created_at", "pk"))


def try_to_reach(world: History, which: int, how: int) -> None:
    user = world.by(how)
    result = ("no_answer", "left_message", "wrong_number")[how % 3]
    record_attempt(
        task_id=picked(tasks("open", "unreached"), which).pk, result=result, note="", next_at=None,
        by=user, context=world.context(user),
    )  # fmt: skip


def close(world: History, which: int, how: int) -> None:
    user = world.by(how)
    close_task(
        task_id=picked(tasks("open", "unreached"), which).pk,
        outcome=ANY_OUTCOME[how // 2 % len(ANY_OUTCOME)], note="with words", by=user,
        context=world.context(user),
    )  # fmt: skip


def reach(world: History, which: int, _: int) -> None:
    """End a task as its kind is ended most often."""
    task = picked(tasks("open", "unreached"), which)
    outcome = {"own_doctor": "went"}.get(task.kind, "spoke")
    user = world.clinician
    close_task(task_id=task.pk, outcome=outcome, note="", by=user, context=world.context(user))


def take_close_back(world: History, which: int, how: int) -> None:
    task = picked(tasks("done"), which)
    undo_close(task_id=task.pk, by=world.by(how), context=world.context(world.by(how)))


def reopen(world: History, which: int, how: int) -> None:
    user = world.by(how)
    reopen_task(
        task_id=picked(tasks("done"), which).pk, reason="The wrong row", by=user,
        context=world.context(user),
    )  # fmt: skip


def merge(world: History, kept: int, _: int) -> None:
    kept_row, merged_row = world.rows[kept % 2], world.rows[(kept + 1) % 2]
    merge_patients(kept_id=kept_row.pk, merged_id=merged_row.pk, context=at(world.now))
    world.rows = [kept_row, another_row()]


def another_row() -> Patient:
    return make_patient(email="twin@example.test")


STEPS: dict[str, Callable[[History, int, int], None]] = {
    step.__name__: step
    for step in (
        send_form, begin_form, change_form, send_draft, correct, decide, take_decision_back, mark,
        flag_by_hand, try_to_reach, close, reach, take_close_back, reopen, merge,
    )
}  # fmt: skip
# A step that needs another one before it is refused without it.
OFTEN = ("decide", "decide", "reach", "reach", "take_decision_back", "mark", "merge", "send_form")
# Some wait, most follow within the minute in which the step before can be undone.
WAITS = (20, 20, 20, 3600, 30 * 3600)
steps = st.tuples(
    st.sampled_from([*sorted(STEPS), *OFTEN]),
    st.integers(0, 3),
    st.integers(0, 19),
    st.sampled_from(WAITS),
)
# Begins with a form, as nothing can be done before.
histories = st.tuples(st.integers(0, len(ANSWERS) - 1), st.lists(steps, min_size=6, max_size=14))


# --- What always holds ----------------------------------------------------------------------------


def check(world: History) -> None:
    concerns = list(Concern.objects.select_related("patient", "changed_by"))
    every_task = list(Task.objects.select_related("patient", "closed_by"))
    for row in (*concerns, *every_task, *Decline.objects.select_related("patient")):
        assert row.patient.merged_into_id is None, row
    for patient in world.rows:
        check_bookable(patient, [one for one in concerns if one.patient_id == patient.pk], world)
    check_digests(concerns)
    check_nothing_is_lost(concerns)
    check_each_is_on_a_list(concerns, world)
    for concern in concerns:
        check_ended_by_a_clinician(concern)
    for task in every_task:
        check_ended_by_an_outcome(task)
    check_grows_only(world)


def check_bookable(patient: Patient, concerns: list[Concern], world: History) -> None:
    """Nothing is open that an unresolved concern or a decline forbids, in a package or without."""
    unresolved = [one for one in concerns if one.state in UNRESOLVED]
    closes_all = any(one.level == "urgent" and one.state != "taken_back" for one in unresolved)
    closes_all = closes_all or patient.declines.filter(ended_at=None).exists()
    bookable = what_may_be_booked(patient, world.now)
    if unresolved or closes_all:
        assert not bookable.run_ready.is_open
        assert bookable.referral is None or bookable.referral.run_ready_opens_on is None
    if closes_all:
        assert not bookable.evaluation.is_open
        assert bookable.referral is None or bookable.referral.stops_self_booking


def check_each_is_on_a_list(concerns: list[Concern], world: History) -> None:
    """The form that raised what is unresolved waits for a clinician, or stands among the held."""
    listed = {
        row.id
        for tab in (Tab.OPEN, Tab.HELD)
        for row in queue_page(tab, reader=None, now=world.now).rows
    }
    assert {one.last_form_id for one in concerns if one.state in UNRESOLVED} <= listed


def check_digests(concerns: list[Concern]) -> None:
    unresolved = [one for one in concerns if one.state in UNRESOLVED]
    assert len({one.digest for one in unresolved}) == len(unresolved)
    assert len({(one.patient_id, one.rule) for one in unresolved}) == len(unresolved)


def check_nothing_is_lost(concerns: list[Concern]) -> None:
    """Whatever fired is unresolved, or was resolved after it fired."""
    fired = [
        (flag.intake.patient_id, known_as(flag), flag.intake.sent_at)
        for flag in Flag.objects.filter(level__in=("urgent", "red")).select_related("intake")
    ]
    fired += [
        (call.patient_id, rule, call.raised_at)
        for call in UrgentCall.objects.all()
        for rule in call.rules
    ]
    for patient_id, rule, fired_at in fired:
        about = [one for one in concerns if (one.patient_id, one.rule) == (patient_id, rule)]
        assert any(
            one.state in UNRESOLVED or (one.state == "resolved" and one.changed_at >= fired_at)
            for one in about
        ), rule


def known_as(flag: Flag) -> str:
    return f"HAND-{flag.copied_from_id or flag.pk}" if flag.added_at else flag.rule


def check_ended_by_a_clinician(concern: Concern) -> None:
    if concern.state != "resolved":
        return
    last = concern.events.exclude(kind="merged").order_by("at").last()
    assert last is not None
    assert (last.state, last.at) == ("resolved", concern.changed_at)
    for user in (last.by, concern.changed_by):
        assert user is not None
        assert user.is_clinician
    assert concern.events.filter(kind="marked", state="resolved").exists()
    obliged = "private_check_in" if concern.rule == "R-MIND-SKIP" else ""
    kind = "urgent_call" if concern.level == "urgent" else obliged
    if kind:
        owed = concern.tasks.filter(kind=kind).exclude(status="merged")
        assert {one.status for one in owed} == {"done"}
        assert all(one.closed_at <= concern.changed_at for one in owed if one.closed_at)


def check_ended_by_an_outcome(task: Task) -> None:
    assert task.due_at is not None
    if task.status == "merged":
        return
    ended = task.status == "done"
    assert bool(task.outcome) == ended == (task.closed_by is not None)
    if ended:
        assert task.outcome in OUTCOMES[task.kind]
        last = task.events.filter(kind__in=("closed", "undone", "reopened")).latest("at")
        assert (last.kind, last.outcome, last.by) == ("closed", task.outcome, task.closed_by)
        needs = task.is_sensitive or task.kind in ("private_check_in", "ask_patient")
        assert task.closed_by.is_clinician or not needs


def check_grows_only(world: History) -> None:
    written = rows_of_history()
    assert written.items() >= world.written.items()
    world.written = written


def rows_of_history() -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row for model in HISTORY for row in model.objects.values_list()}


def check_words() -> None:
    for model in HISTORY:
        assert all(is_as_written(row) for row in model.objects.select_related("words"))


QUICK = settings(
    UNTIMED,
    max_examples=rounds(on_sqlite(2, 6), 60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


# The first decision resolves, the second holds again, the outcome that the first stood on is taken
# away: what undoing the second puts back is no longer true.
CALL_REOPENED = [
    ("reach", 0, 0, 20),
    ("decide", 0, 0, 20),
    ("decide", 0, 2, 20),
    ("reopen", 0, 0, 20),
    ("take_decision_back", 0, 0, 20),
]


@QUICK
@example(history=(2, CALL_REOPENED))
@given(history=histories)
def test_whatever_happens_nothing_opens_or_ends_by_itself(
    cast: Cast, history: tuple[int, list[tuple[str, int, int, int]]]
) -> None:
    first, following = history
    with taken_back():
        world = History(cast, [make_patient(email="twin@example.test"), another_row()])
        send_form(world, 0, first)
        check(world)
        for name, which, how, seconds in following:
            world.now += timedelta(seconds=seconds)
            refused = True
            with suppress(*REFUSALS):
                STEPS[name](world, which, how)
                refused = False
            event(f"{name} {'refused' if refused else 'done'}")
            check(world)
        check_words()
