"""The move of old forms and calls into concerns and tasks, on a database of the version before."""

import io
import uuid
from collections.abc import Callable, Generator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from booking.models import Appointment, Referral
from clinic.audit.context import Context
from clinic.audit.details import fields_of
from clinic.audit.details import is_as_written as is_as_seen
from clinic.audit.details import words_of as typed_of
from clinic.audit.record import SYSTEM
from clinic.database.append_only import missing_triggers
from clinic.database.digests import keyed_digest, salted_digest
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from intake.concerns.history import is_as_written, words_of
from intake.episodes.referrals import refer_patient
from intake.models import Concern, Decline, Flag, Intake, Task, UrgentCall
from tests.rounds import rounds

# On SQLite in full only: a minute of migrations shows there what they show on PostgreSQL.
IN_FULL = bool(rounds(0, 1))
pytestmark = [pytest.mark.django_db, *([pytest.mark.promises] if IN_FULL else [])]

BEFORE = [
    ("clinic", "0005_interpreter"),
    ("booking", "0012_terms_of_waiting"),
    ("intake", "0007_visit_record"),
]
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
AHEAD = datetime(2126, 3, 4, 15, 0, tzinfo=UTC)
FEVER, TEAR = "U-FEVER", "R-TEAR34"
FEVERISH, TORN = [["safety.body", ["fever"]]], [["bg.tear", "third"]]


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@dataclass
class Old:
    """Writes rows as the version before did, through the models of then."""

    get: Callable[[str, str], Any]
    patients: dict[str, uuid.UUID] = field(default_factory=dict)
    staff: Any = None

    def make_clinic(self) -> None:
        self.staff = self.get("clinic", "User").objects.create(
            email="rosa@example.com", name="Rosa"
        )
        self.clinician = self.get("clinic", "Clinician").objects.create(
            name="Rosa", user=self.staff
        )
        self.policy = self.get("booking", "Policy").objects.first() or self.get(
            "booking", "Policy"
        ).objects.create(in_force_from=START)
        self.room = self.get("booking", "Room").objects.create(name="Room of then")
        self.service = self.get("booking", "Service").objects.create(
            code="then", name="Evaluation of then", minutes=60
        )

    def patient(self, name: str, *, opens: str = "") -> Any:
        """Add a patient; `opens` is what her referral opens: "", "evaluation" or "all"."""
        row = self.get("clinic", "Patient").objects.create(
            name=name, email=f"{name}@example.com", phone="+15550100", created_at=START
        )
        self.patients[name] = row.pk
        if opens:
            self.refer(row, opens=opens)
        return row

    def refer(self, patient: Any, *, opens: str, made: float = 1, **fields: Any) -> Any:
        return self.get("booking", "Referral").objects.create(
            patient=patient,
            level="clear",
            source="decision",
            evaluation_opens_on=TODAY if opens else None,
            run_ready_opens_on=TODAY if opens == "all" else None,
            intake_sent_on=TODAY,
            expires_on=date(2126, 1, 1),
            made_at=at(made),
            **fields,
        )

    def form(self, patient: Any, hours: float = 0, *, level: str = "clear", **fields: Any) -> Any:
        given = {"sent_at": at(hours), "as_of": TODAY, "decided_at": at(hours + 1)} | fields
        return self.get("intake", "Intake").objects.create(
            patient=patient,
            questionnaire_version="2",
            rules_version="2",
            answers={"bg.birth_date": "2025-11-01"},
            started_at=at(hours - 0.5),
            saved_at=at(hours),
            level=level if given["sent_at"] else "",
            next_step="evaluation" if given["sent_at"] else "",
            queue=level if level in ("urgent", "red") else "",
            review_due_at=at(hours + 24) if level in ("urgent", "red") else None,
            **given,
        )

    def flag(self, form: Any, rule: str, level: str, mark: str = "", **fields: Any) -> Any:
        evidence = FEVERISH if rule == FEVER else TORN
        given = {"marked_at": at(1), "marked_by": self.staff} if mark else {}
        return self.get("intake", "Flag").objects.create(
            intake=form,
            rule=rule,
            level=level,
            domain="x",
            evidence=evidence,
            mark=mark,
            **given,
            **fields,
        )

    def call(self, form: Any, hours: float = 0, outcome: str = "", **fields: Any) -> Any:
        given = {"outcome_at": at(hours + 0.5), "outcome_by": self.staff} if outcome else {}
        return self.get("intake", "UrgentCall").objects.create(
            patient=form.patient,
            intake=form,
            rules=[FEVER],
            actions=["call_provider_now"],
            answers={"safety.body": ["fever"]},
            raised_at=at(hours),
            due_at=at(hours + 2),
            outcome=outcome,
            **given,
            **fields,
        )

    def decide(self, form: Any, hours: float, marks: dict[str, str], **fields: Any) -> Any:
        content = {
            "marks": marks,
            "reasons": dict.fromkeys(marks, "canary reason"),
            "note": "",
            "told": [],
        }
        given = {"next_act": "none", "content": content, "decided_by": self.staff} | fields
        return self.get("intake", "Decision").objects.create(
            intake=form, decided_at=at(hours), **given
        )

    def visit(self, patient: Any, starts_at: datetime, status: str) -> Any:
        ends_at = starts_at + timedelta(hours=1)
        return self.get("booking", "Appointment").objects.create(
            patient=patient,
            clinician=self.clinician,
            room=self.room,
            service=self.service,
            policy=self.policy,
            starts_at=starts_at,
            ends_at=ends_at,
            busy_from=starts_at,
            busy_until=ends_at,
            status=status,
            booked_at=START,
        )


def held_and_forgotten(old: Old) -> None:
    """A tear was held; a second form without it opened everything."""
    patient = old.patient("held")
    first = old.form(patient, level="red")
    old.flag(first, TEAR, "red", "impact_held")
    old.decide(first, 1, {TEAR: "impact_held"})
    old.form(patient, 24)
    old.refer(patient, opens="all", made=24)
    old.visit(patient, AHEAD, "booked")


def not_reached(old: Old) -> None:
    """Nobody reached her, the flag was reviewed, and booking opened."""
    patient = old.patient("not-reached", opens="all")
    form = old.form(patient, level="urgent")
    old.flag(form, FEVER, "urgent", "reviewed")
    old.call(form, 0, "not_reached", outcome_note="Mailbox full")
    old.decide(form, 1, {FEVER: "reviewed"})
    old.visit(patient, AHEAD + timedelta(days=1), "booked")


def not_reached_but_seen_later(old: Old) -> None:
    patient = old.patient("seen-later", opens="all")
    form = old.form(patient, level="urgent")
    old.flag(form, FEVER, "urgent", "reviewed")
    old.call(form, 0, "not_reached")
    old.visit(patient, at(20), "completed")
    old.decide(form, 30, {FEVER: "reviewed"})


def called_and_reviewed(old: Old) -> None:
    """Everything was done as it should be: nothing closes."""
    patient = old.patient("done", opens="all")
    form = old.form(patient, level="urgent")
    old.flag(form, FEVER, "urgent", "reviewed")
    old.call(form, 0, "getting_care", outcome_note="Dr. Poe, canary")
    old.decide(form, 1, {FEVER: "reviewed"})


def taken_back_and_read(old: Old) -> None:
    """A wrong tick, corrected before sending, called about and read: nothing closes."""
    patient = old.patient("slip", opens="all")
    form = old.form(patient)
    old.call(form, -0.2, "mistake", changed_at=at(-0.1), changed_answers={"safety.body": ["none"]})
    old.decide(form, 1, {})


def withdrawn_review(old: Old) -> None:
    """Her review was undone; a later form opened the package."""
    patient = old.patient("withdrawn")
    form = old.form(patient, level="red", decided_at=None)
    old.flag(form, TEAR, "red")
    old.decide(form, 1, {TEAR: "reviewed"}, withdrawn_at=at(1.01))
    old.form(patient, 24)
    old.refer(patient, opens="all", made=24)


def declined_and_sent_again(old: Old) -> None:
    """Declined; a fresh form opened booking by itself."""
    patient = old.patient("declined")
    old.decide(old.form(patient), 1, {}, next_act="decline")
    old.refer(patient, opens="", made=1, superseded_at=at(24), evaluation_closed="declined")
    old.form(patient, 24, decided_at=None)
    old.refer(patient, opens="all", made=24)


def decline_taken_back(old: Old) -> None:
    patient = old.patient("accepted")
    form = old.form(patient)
    old.decide(form, 1, {}, next_act="decline", superseded_at=at(9))
    old.decide(form, 9, {})
    old.refer(patient, opens="all", made=9)


def corrected(old: Old) -> None:
    """A tear was held; a correction without it opened the package."""
    patient = old.patient("corrected")
    first = old.form(patient, level="red")
    old.flag(first, TEAR, "red", "impact_held")
    old.decide(first, 1, {TEAR: "impact_held"})
    old.form(patient, 24, replaces=first)
    old.refer(patient, opens="all", made=24)


def two_calls(old: Old) -> None:
    """Two forms of one patient wait for a call each."""
    patient = old.patient("two-calls")
    for hours in (0, 5):
        form = old.form(patient, hours, level="urgent", decided_at=None)
        old.flag(form, FEVER, "urgent")
        call = old.call(form, hours)
    # Recorded only after the second form.
    call.outcome, call.outcome_at, call.outcome_by = "seen", at(6), old.staff
    call.outcome_note = "On the ward"
    call.save()


def added_by_hand(old: Old) -> None:
    """A clinician's own flag was carried to a correction and is open on both."""
    patient = old.patient("by-hand", opens="evaluation")
    first = old.form(patient, level="red", decided_at=None)
    fields = {"added_at": at(1), "added_by": old.staff, "words": "canary words"}
    old.flag(first, "HAND-1", "red", **fields)
    old.flag(
        old.form(patient, 24, level="red", decided_at=None, replaces=first),
        "HAND-1",
        "red",
        **fields,
    )


STORIES = (
    held_and_forgotten,
    not_reached,
    not_reached_but_seen_later,
    called_and_reviewed,
    taken_back_and_read,
    withdrawn_review,
    declined_and_sent_again,
    decline_taken_back,
    corrected,
    two_calls,
    added_by_hand,
)


@pytest.fixture(scope="module")
def scratch(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Generator[None, None, None]:
    """Let the default connection be one to an empty database of its own."""
    with django_db_blocker.unblock():
        tests = connections["default"]
        name = f"moving_{uuid.uuid4().hex[:8]}"
        if tests.vendor == "sqlite":
            name = str(tmp_path_factory.mktemp("moving") / "moving.sqlite3")
        else:
            with tests.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        connections["default"] = type(tests)({**tests.settings_dict, "NAME": name}, "default")
        yield
        connections["default"].close()
        connections["default"] = tests
        if tests.vendor != "sqlite":
            with tests.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


def migrate(targets: list[tuple[str, str]] | None = None) -> Callable[[str, str], Any]:
    """Migrate to these states, or to the newest; return `get_model` of the state reached."""
    executor = MigrationExecutor(connections["default"])
    wanted = targets or executor.loader.graph.leaf_nodes()
    state = executor.migrate(wanted)
    get: Callable[[str, str], Any] = state.apps.get_model
    return get


def rows_of(get: Callable[[str, str], Any]) -> dict[str, Any]:
    """Return all rows of the tables the move reads, by table."""
    names = ("intake.Intake", "intake.Flag", "intake.UrgentCall", "intake.Decision")
    names += ("booking.Referral", "booking.Appointment")
    return {one: list(get(*one.split(".")).objects.order_by("pk").values()) for one in names}


@dataclass
class Move:
    """What the move printed, and the rows before it."""

    patients: dict[str, uuid.UUID]
    dry_run: list[str]
    printed: list[str]
    changed_by_dry_run: bool
    before: dict[str, Any]
    printed_when_empty: str

    def concerns(self, name: str) -> list[tuple[str, str]]:
        found = Concern.objects.filter(patient=self.patients[name])
        return [(one.rule, one.state) for one in found]

    def task(self, name: str) -> Task:
        return Task.objects.get(patient=self.patients[name])

    def referral(self, name: str) -> Referral:
        return Referral.objects.get(patient=self.patients[name], superseded_at__isnull=True)


WISHED, TESTED = "talk", {"items": {}, "stage": 2, "note": "canary-visit-note"}
SEEN = ["bg.tear", "safety.mind"]
TYPED = "Her prolapse is worse"


def write_in_clear(old: Old) -> None:
    """Write what stood in clear then, or was sealed in a table that nobody may change."""
    patient = old.patient("in-clear")
    old.refer(patient, opens="all", needs_pessary_fitting=True, run_ready_closed="weeks")
    visit = old.visit(patient, at(400), "completed")
    type(visit).objects.filter(pk=visit.pk).update(
        exam_wish=WISHED, overlap_reason=TYPED, early_reason=TYPED
    )
    old.get("intake", "VisitRecord").objects.create(
        appointment=visit, revision=1, content=TESTED, saved_at=START, saved_by=old.staff
    )
    package = old.get("booking", "Enrollment").objects.create(
        patient=patient, referral=old.get("booking", "Referral").objects.get(patient=patient),
        policy=old.policy, price_cents=100, first_visit_from=TODAY, impact_from=TODAY,
        enrolled_at=START, ended_at=START, ending="cancelled", ending_reason=TYPED,
    )  # fmt: skip
    books = {"enrollment": package, "at": START, "by": "user:1", "reason": TYPED}
    old.get("booking", "LedgerEntry").objects.create(kind="adjust", delta=-1, **books)
    old.get("booking", "Payment").objects.create(kind="refund", cents=1, method="cash", **books)
    days = old.get("booking", "AddedDays")
    days.objects.create(kind="pause", days=1, starts_on=TODAY, **books)
    # One without a reason.
    days.objects.create(kind="review", days=1, starts_on=TODAY, **{**books, "reason": ""})
    # She has no form: she is not among those whose forms are moved.
    del old.patients["in-clear"]
    event = {"at": START, "actor": "user:1", "role": "clinician", "action": "read answers"}
    events = old.get("clinic", "AuditEvent").objects
    for seen in (SEEN, []):
        events.create(**event, fields_seen=seen)
    events.create(**{**event, "action": "cancel"}, reason=TYPED, fields_seen=[])


@pytest.fixture(scope="module")
def move(scratch: None) -> Move:
    """Write the stories by the models of then, and migrate to the newest."""
    with pytest.raises(CommandError, match="older than the version before"):
        call_command("move_concerns")
    get = migrate(BEFORE)
    with redirect_stdout(io.StringIO()) as empty:
        import_module("intake.migrations.0009_replay_into_concerns").replay(
            SimpleNamespace(get_model=get), None
        )
    old = Old(get)
    old.make_clinic()
    for story in STORIES:
        story(old)
    write_in_clear(old)
    before, dry = rows_of(get), io.StringIO()
    call_command("move_concerns", stdout=dry)
    changed = rows_of(get) != before
    with redirect_stdout(io.StringIO()) as printed:
        migrate()
    return Move(
        old.patients,
        dry.getvalue().splitlines(),
        # Another migration says what it copied of the clinic.
        [line for one in printed.getvalue().splitlines() if "clinic" not in (line := one.strip())],
        changed,
        before,
        empty.getvalue(),
    )


def test_a_dry_run_prints_the_numbers_and_changes_nothing(move):
    assert move.dry_run == [
        "11 patients with forms",
        "9 concerns, 6 of them open",
        "7 tasks, 3 of them open, 1 not reached",
        "1 declined",
        "5 patients whose booking or impact closes; they are in the queue",
    ]
    assert not move.changed_by_dry_run


def test_the_move_prints_what_the_dry_run_said_and_nothing_on_an_empty_database(move):
    assert move.printed == move.dry_run
    assert move.printed_when_empty == ""


def test_it_cannot_be_tried_again_afterwards(move):
    with pytest.raises(CommandError, match="made already"):
        call_command("move_concerns")


@pytest.mark.parametrize(
    ("name", "concerns"),
    [
        ("held", [(TEAR, "impact_held")]),
        ("not-reached", [(FEVER, "open")]),
        ("seen-later", [(FEVER, "resolved")]),
        ("done", [(FEVER, "resolved")]),
        ("slip", [(FEVER, "resolved")]),
        ("withdrawn", [(TEAR, "open")]),
        ("declined", []),
        ("accepted", []),
        ("corrected", [(TEAR, "impact_held")]),
        ("two-calls", [(FEVER, "open")]),
    ],
)
def test_what_is_open_afterwards(move, name, concerns):
    assert move.concerns(name) == concerns


def test_a_flag_added_by_hand_is_one_concern_with_its_copy(move):
    first, copy = Flag.objects.filter(intake__patient=move.patients["by-hand"]).order_by(
        "intake__sent_at"
    )
    assert move.concerns("by-hand") == [(f"HAND-{first.pk}", "open")]
    assert copy.copied_from == first


@pytest.mark.parametrize(
    ("name", "kind", "status", "outcome", "closed_at"),
    [
        ("not-reached", "urgent_call", "unreached", "", None),
        ("seen-later", "urgent_call", "done", "seen", at(20)),
        ("done", "urgent_call", "done", "other_professional", at(0.5)),
        ("slip", "urgent_call", "done", "spoke", at(0.3)),
        ("declined", "call_patient", "open", "", None),
        ("accepted", "call_patient", "done", "withdrawn", at(9)),
        ("two-calls", "urgent_call", "open", "", None),
    ],
)
def test_what_she_is_owed_afterwards(move, name, kind, status, outcome, closed_at):
    task = move.task(name)
    assert (task.kind, task.status, task.outcome, task.closed_at) == (
        kind,
        status,
        outcome,
        closed_at,
    )


def test_a_call_is_due_when_it_was_due(move):
    assert move.task("not-reached").due_at == at(2)
    assert move.task("two-calls").due_at == at(2)
    calls = UrgentCall.objects.filter(patient=move.patients["two-calls"])
    assert {one.task for one in calls} == {move.task("two-calls")}


def test_every_word_is_sealed_readable_and_as_written(move):
    concerns, tasks = Concern.objects.all(), Task.objects.all()
    rows = [row for one in concerns for row in one.events.all()]
    rows += [row for one in tasks for row in (*one.events.all(), *one.attempts.all())]
    assert len(rows) > len(concerns) + len(tasks)
    assert all(is_as_written(row) for row in rows)
    with connections["default"].cursor() as cursor:
        for table in ("intake_concerneventwords", "intake_taskeventwords", "intake_attemptwords"):
            cursor.execute(f"SELECT sealed FROM {table}")  # noqa: S608
            stored = str(cursor.fetchall())
            assert stored != "[]"
            for word in ("canary", "Mailbox", "ward", "fever", "third"):
                assert word not in stored


def test_answers_reasons_and_notes_are_kept_with_their_times(move):
    (held,) = Concern.objects.filter(patient=move.patients["held"])
    fired, marked = held.events.all()
    assert (fired.kind, fired.at, words_of(fired)["answers"]) == ("fired", at(0), TORN)
    assert words_of(fired)["version"] == "2"
    assert (marked.kind, marked.at, marked.by.name) == ("marked", at(1), "Rosa")
    assert words_of(marked)["reason"] == "canary reason"
    (attempt,) = move.task("not-reached").attempts.all()
    assert (attempt.result, attempt.at) == ("not_reached", at(0.5))
    assert words_of(attempt) == {"note": "Mailbox full"}
    notes = {
        name: [words_of(one)["note"] for one in move.task(name).events.filter(kind="closed")]
        for name in ("done", "two-calls")
    }
    assert notes == {"done": ["Dr. Poe, canary"], "two-calls": ["On the ward"]}


def test_a_decline_lasts_unless_a_later_decision_opened_booking(move):
    ended = {
        name: Decline.objects.get(patient=move.patients[name]).ended_at
        for name in ("declined", "accepted")
    }
    assert ended == {"declined": None, "accepted": at(9)}


@pytest.mark.parametrize(
    ("name", "level", "evaluation", "package"),
    [
        ("held", "red", "", "review"),
        ("not-reached", "urgent", "urgent", "urgent"),
        ("withdrawn", "red", "", "review"),
        ("declined", "clear", "declined", "declined"),
        ("corrected", "red", "", "review"),
    ],
)
def test_booking_closes_where_something_was_lost(move, name, level, evaluation, package):
    referral = move.referral(name)
    assert referral.level == level
    assert (referral.evaluation_closed, referral.run_ready_closed) == (evaluation, package)
    assert (referral.evaluation_opens_on is None) == bool(evaluation)
    assert referral.run_ready_opens_on is None
    assert referral.stops_self_booking == (
        "urgent" in (level, evaluation) or evaluation == "declined"
    )


def test_no_other_referral_changes(move):
    before = {row["id"]: row for row in move.before["booking.Referral"]}
    for name in ("seen-later", "done", "slip", "accepted", "by-hand"):
        referral = move.referral(name)
        now = {key: getattr(referral, key) for key in before[referral.pk]}
        assert now == before[referral.pk]


def test_visits_ahead_keep_their_time_and_state_and_are_marked(move):
    kept = ("id", "starts_at", "ends_at", "status", "rev", "clinician_id", "room_id")
    after = Appointment.objects.order_by("pk").values(*kept)
    assert list(after) == [
        {key: row[key] for key in kept} for row in move.before["booking.Appointment"]
    ]
    marked = Appointment.objects.filter(status="booked").order_by("starts_at")
    assert [one.attention for one in marked] == ["red", "stop"]


def test_nothing_is_mailed(move):
    assert not Email.objects.exists()


def test_forms_of_patients_whose_booking_closes_stand_in_the_queue(move):
    waiting = Intake.objects.filter(
        review_due_at__isnull=False, decided_at=None, replaced_by__sent_at=None
    )
    found = {
        name: [one.queue for one in waiting.filter(patient=patient)]
        for name, patient in move.patients.items()
    }
    assert {name: queues for name, queues in found.items() if queues} == {
        "held": ["red"],
        "not-reached": ["urgent"],
        "withdrawn": ["red"],
        "declined": ["reading"],
        "corrected": ["red"],
        # They waited before.
        "two-calls": ["urgent", "urgent"],
        "by-hand": ["red"],
    }


def test_the_next_change_opens_nothing_that_the_move_closed(move):
    context = Context(SYSTEM, at(24 * 14))
    for name, patient in move.patients.items():
        before = Referral.objects.filter(patient=patient, superseded_at__isnull=True).first()
        if before is None:
            continue
        after = refer_patient(patient_id=patient, context=context)
        assert after is not None
        for opens in ("evaluation_opens_on", "run_ready_opens_on"):
            is_open = getattr(before, opens) is not None
            assert (getattr(after, opens) is not None) == is_open, (name, opens)


def test_what_stood_in_clear_is_sealed_and_says_the_same(move):
    visit = Appointment.objects.get(patient__name="in-clear")
    assert visit.exam_wish == WISHED
    referral = Referral.objects.get(patient=visit.patient)
    assert (referral.needs_pessary_fitting, referral.run_ready_closed) == (True, "weeks")
    assert move.referral("accepted").needs_pessary_fitting is False
    record = visit.records.get()
    assert record.content == TESTED
    assert salted_digest(record.words.sealed["salt"], TESTED) == record.digest
    seen, nothing = AuditEvent.objects.filter(action="read answers").order_by("pk")
    assert (fields_of(seen), fields_of(nothing)) == (SEEN, [])
    assert is_as_seen(seen)
    assert is_as_seen(nothing)
    assert nothing.fields_digest == ""
    flags = list(Flag.objects.select_related("intake"))
    assert {flag.digest for flag in flags} == {
        keyed_digest("flag", flag.intake_id, flag.rule) for flag in flags
    }
    assert {flag.domain for flag in flags} == {"x"}
    assert {tuple(call.rules) for call in UrgentCall.objects.all()} == {(FEVER,)}
    assert not Intake.objects.filter(sent_at=None, next_step__isnull=False).exists()
    assert {form.next_step for form in Intake.objects.sent()} == {"evaluation"}
    assert missing_triggers() == []


def test_the_rows_stand_sealed_in_the_tables(move):
    columns = ("rule", "domain"), ("rules", "actions"), ("exam_wish",), ("needs_pessary_fitting",)
    models = Flag, UrgentCall, Appointment, Referral
    for model, names in zip(models, columns, strict=True):
        stored = [text for row in model.objects.values_list(*names) for text in row]
        assert stored
        assert {text[:5] for text in stored} == {"gAAAA"}


def test_reasons_that_staff_typed_are_sealed_and_say_the_same(move):
    visit = Appointment.objects.get(patient__name="in-clear")
    assert (visit.overlap_reason, visit.early_reason) == (TYPED, TYPED)
    package = visit.patient.enrollments.get()
    assert package.ending_reason == TYPED
    books = (*package.ledger.filter(kind="adjust"), *package.payments.all())
    paused, reviewed = package.added_days.order_by("pk")
    assert {row.reason for row in (*books, paused)} == {TYPED}
    assert (reviewed.reason, reviewed.reason_digest) == ("", "")
    words = paused.words.sealed
    assert salted_digest(words["salt"], words["reason"]) == paused.reason_digest
    assert typed_of(AuditEvent.objects.get(action="cancel", actor="user:1")) == TYPED
    with connections["default"].cursor() as cursor:
        for table in ("appointment", "enrollment", "ledgerentry", "payment", "addeddays"):
            cursor.execute(f"SELECT * FROM booking_{table}")  # noqa: S608 our names
            assert TYPED not in repr(cursor.fetchall())
