"""Erasing a patient: nothing of hers is left but what the law keeps, also after a restore."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection

from booking.models import Appointment, Enrollment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models import AuditEvent, Email
from clinic.models.people import Patient, User
from clinic.retention import erasing, jobs
from clinic.retention.erasing import StillOpen, _Hers, _keys, erase_patient
from clinic.retention.erasure_list import ListUnwritable, listed, renew_list
from clinic.retention.jobs import keep_no_longer
from clinic.retention.schedule import schedule
from intake.duplicates.merge import merge_patients
from intake.models import Concern, Intake, Task
from tests.cast import Cast, make_cast
from tests.clinic.retention.whole_patient import (
    ASKED,
    STAYS,
    everything_of,
    make_whole_patient,
    sealed_columns,
    tables_of_patients,
    telling_columns,
)
from tests.factories import NOW, make_appointment, make_clinician, make_offer, make_patient
from tests.long_values import TYPED, TYPED_AND_SEALED
from tests.racing import race

pytestmark = pytest.mark.django_db
CONTEXT = Context(SYSTEM, NOW)
YEAR = timedelta(days=366)
# Her visit was last month, so the law asks for her record: all of it, and whose it is.
RECORD = {
    *("clinic.patient.name", "clinic.patient.name_key", "clinic.patient.born_on"),
    *("clinic.patient.interpreter", "booking.appointment.exam_wish", "booking.appointment.told"),
    *("booking.referral.because_of", "booking.referral.link"),
    *("booking.referral.evaluation_closed", "booking.referral.run_ready_closed"),
    *("booking.referral.first_visit_from", "booking.referral.impact_from"),
    *("booking.enrollment.first_visit_from", "booking.enrollment.impact_from"),
    *(f"intake.intake.{name}" for name in ("raw", "answers", "scores", "authored", "next_step")),
    "intake.intake.weeks_since_birth",
    *(f"intake.flag.{name}" for name in ("rule", "domain", "evidence", "words", "reason")),
    *("intake.decision.content", "intake.decision.before", "intake.takeover.reason"),
    *("intake.task.rules", "intake.task.actions", "intake.task.question", "intake.concern.rule"),
    *("intake.attemptwords.sealed", "intake.taskeventwords.sealed"),
    *("intake.concerneventwords.sealed", "intake.visitrecordwords.sealed"),
    *(f"intake.urgentcall.{one}" for one in ("rules", "actions", "answers", "changed_answers")),
    "intake.emergencyaccess.content",
}
# What is erased whoever was treated when.
GOES = {
    *("clinic.patient.email", "clinic.patient.email_key", "clinic.patient.phone"),
    *("clinic.patient.phone_key", "clinic.user.email", "clinic.user.name"),
    *("account.emailaddress.email", "clinic.email.payload", "clinic.email.message_id"),
    *("clinic.accesslink.about", "clinic.accesslink.token_hash", "clinic.accesslink.given_to"),
    *("clinic.signedin.browser", "clinic.signedin.system", "clinic.signedin.address"),
    *("account.emailconfirmation.key", "mfa.authenticator.data", "clinic.knownbrowser.token_hash"),
    *("clinic.keptform.content", "clinic.submission.outcome", "intake.emergencycontact.content"),
    *("booking.calendarfeed.token_hash", "booking.appointment.overlap_reason"),
    *("intake.emailchange.new_email", "booking.importrow.cells", "booking.importrow.done_how"),
    *("booking.appointment.early_reason", "booking.enrollment.ending_reason"),
    *("booking.ledgerreason.sealed", "booking.paymentreason.sealed"),
    "booking.addeddaysreason.sealed",
}


# Sealed, but no words: whether she needs a fitting, and what a code's row is found by.
NO_WORDS = {"booking.referral.needs_pessary_fitting"}


@pytest.fixture(autouse=True)
def erasure_list(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURE_LIST = str(tmp_path / "backups" / "erasures.sealed")
    return Path(settings.ERASURE_LIST)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def erase(patient: Patient) -> str:
    return erase_patient(patient_id=patient.pk, reason="she asked for it", context=CONTEXT)


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        pytest.param(NOW - 8 * YEAR, STAYS, marks=pytest.mark.promises, id="all"),
        pytest.param(NOW - timedelta(days=30), STAYS | RECORD, id="but the record"),
    ],
)
def test_nothing_of_hers_is_left_but_what_the_law_keeps(
    cast: Cast, came: Any, kept: set[str]
) -> None:
    patient = make_whole_patient(cast, came)
    other = everything_of(cast.other_patient)
    # The control: each of them holds something of hers before.
    assert telling_columns() == STAYS | RECORD | GOES
    erase(patient)
    connection.check_constraints()
    assert telling_columns() == kept
    assert everything_of(cast.other_patient) == other
    user = User.objects.get(pk=patient.user_id)
    assert not user.is_active
    assert not user.has_usable_password()
    # The visit and the books stay, and who was erased stands in the trail by her id.
    assert patient.appointments.count() == 1
    assert AuditEvent.objects.filter(action="erase patient", patient=str(patient.pk)).count() == 1


def test_every_table_that_can_hold_something_of_hers_has_a_row_of_hers(cast: Cast) -> None:
    _kinds, tables = schedule()
    # A new model that leads to a patient must say whose its rows are.
    assert {label for label in tables_of_patients() if not tables[label].rows} == set()
    patient = make_whole_patient(cast, NOW)
    hers = _Hers((patient.pk,), (patient.user_id,))
    without = {label for label, table in tables.items() if table.rows and not _keys(table, hers)}
    assert without == set()
    # What a model seals, and what people type, holds a word of hers that must be gone afterwards.
    typed = {
        f"{label}.{name}"
        for label, names in (*TYPED.items(), *TYPED_AND_SEALED.items())
        for name in names
        if tables[label].rows
    }
    assert (typed | sealed_columns() | ASKED) - NO_WORDS - telling_columns() == set()


def test_whoever_works_here_keeps_the_sign_in_and_a_merged_row_goes_too(cast: Cast) -> None:
    merged = make_patient(name="Zqcanary Twice", merged_into=cast.patient)
    Patient.objects.filter(pk=cast.patient.pk).update(user=cast.manager)
    erase(merged)
    assert "clinic.patient.name" not in telling_columns()
    manager = User.objects.get(pk=cast.manager.pk)
    assert (manager.email, manager.is_active) == ("manager@example.test", True)
    assert [set(one.patients) for one in listed()] == [{merged.pk, cast.patient.pk}]


def leave_open(what: str, cast: Cast) -> None:
    """Leave one thing about the whole patient open."""
    times = dict.fromkeys(("created_at", "due_at", "tries_from"), NOW)
    if what == "visit":
        make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + YEAR)
    elif what == "package":
        Enrollment.objects.filter(patient=cast.patient).update(ended_at=None, ending="")
    elif what == "task":
        Task.objects.create(patient=cast.patient, kind="call_patient", **times)
    elif what == "concern":
        Concern.objects.filter(patient=cast.patient).update(state="open")
    else:
        Intake.objects.filter(patient=cast.patient).update(queue="reading", review_due_at=NOW)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("visit", "A visit is ahead or under way"),
        ("package", "A package is under way"),
        ("task", "A task about her is open"),
        ("concern", "A concern about her is open"),
        ("form", "waits for a clinician"),
    ],
)
def test_what_is_open_keeps_her(cast: Cast, what: str, said: str, erasure_list: Path) -> None:
    patient = make_whole_patient(cast, NOW - 8 * YEAR)
    leave_open(what, cast)
    before = telling_columns()
    with pytest.raises(StillOpen, match=said) as refusal:
        erase(patient)
    assert len(refusal.value.sentences) == 1
    assert telling_columns() == before
    assert not erasure_list.exists()


def test_without_a_list_that_can_be_written_nothing_is_erased(
    cast: Cast, erasure_list: Path
) -> None:
    patient = make_whole_patient(cast, NOW - 8 * YEAR)
    before = telling_columns()
    # A file stands where its folder should be.
    erasure_list.parent.write_text("")
    with pytest.raises(ListUnwritable):
        erase(patient)
    with pytest.raises(CommandError, match="Nothing was erased: ERASURE_LIST"):
        call_command("erase", str(patient.pk), reason="she asked", no_input=True)
    assert telling_columns() == before


def test_who_is_back_after_a_restore_is_erased_again_once(cast: Cast, erasure_list: Path) -> None:
    patient = make_whole_patient(cast, NOW - 8 * YEAR)
    row = Patient.objects.filter(pk=patient.pk).values().get()
    erase(patient)
    key = str(patient.pk)
    assert key not in erasure_list.read_text()
    # As the backup of the day before has it, with a visit that was cancelled since.
    Patient.objects.filter(pk=patient.pk).update(**row)
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=NOW + YEAR)
    for again in ("1 were", "0 were"):
        told = StringIO()
        call_command("replay_erasures", stdout=told)
        assert f"1 erasures are listed, {again} done again" in told.getvalue()
        assert telling_columns() == STAYS
    assert Appointment.objects.filter(patient=patient).count() == 2


def test_the_list_is_sealed_anew_with_the_keys(
    cast: Cast, erasure_list: Path, settings: Any
) -> None:
    erase(cast.patient)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert [renew_list(write=False), renew_list(write=True), renew_list(write=True)] == [1, 1, 0]
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert [one.patients for one in listed()] == [(cast.patient.pk,)]
    assert erasure_list.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("years", "open_task", "erased"), [(8, False, 1), (8, True, 0), (6, False, 0)]
)
def test_seven_years_after_the_last_visit_the_daily_job_erases_her(
    cast: Cast, years: int, open_task: bool, erased: int
) -> None:
    make_whole_patient(cast, NOW - years * YEAR)
    if open_task:
        leave_open("task", cast)
    assert keep_no_longer(now=NOW) == erased
    assert keep_no_longer(now=NOW) == 0
    assert (telling_columns() == STAYS) is bool(erased)


def test_whom_something_open_keeps_takes_nobodys_turn(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 2)
    rows = [make_patient(name=f"Due {number}") for number in range(5)]
    for number, row in enumerate(rows):
        created = NOW - 9 * YEAR + timedelta(days=number)
        Patient.objects.filter(pk=row.pk).update(created_at=created)
    times = dict.fromkeys(("created_at", "due_at", "tries_from"), NOW)
    for row in rows[:2]:
        Task.objects.create(patient=row, kind="call_patient", **times)
    assert [keep_no_longer(now=NOW) for _ in range(3)] == [2, 1, 0]
    erased = Patient.objects.filter(erased_at__isnull=False)
    assert {one.pk for one in erased} == {one.pk for one in rows[2:]}


def came_years_ago(**fields: Any) -> Patient:
    """Return a patient whose row is nine years old and was never used."""
    row = make_patient(**fields)
    Patient.objects.filter(pk=row.pk).update(created_at=NOW - 9 * YEAR)
    return row


def test_a_row_of_this_week_that_is_hers_now_keeps_her() -> None:
    old = came_years_ago()
    merge_patients(kept_id=old.pk, merged_id=make_patient().pk, context=CONTEXT)
    assert keep_no_longer(now=NOW) == 0


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_becomes_hers_while_others_are_erased_keeps_her(
    monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    make_offer()
    old, new = came_years_ago(), make_patient()
    make_appointment(
        patient=new, clinician=make_clinician(), starts_at=NOW - timedelta(days=30),
        status="completed",
    )  # fmt: skip
    kept, merged = (old, new) if is_kept else (new, old)

    def due(now: datetime) -> list[UUID]:
        merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=CONTEXT)
        return [old.pk]

    monkeypatch.setattr(jobs, "due", due)
    assert keep_no_longer(now=NOW) == 0
    assert not Patient.objects.filter(name="Erased").exists()


def test_one_who_cannot_be_erased_takes_nobodys_turn(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = came_years_ago(), came_years_ago()

    def erase_after_years(*, patient_id: UUID, context: Context) -> bool:
        if patient_id == jobs.due(NOW)[0]:
            raise IntegrityError("a row still refers to her")
        return erasing.erase_after_years(patient_id=patient_id, context=context)

    monkeypatch.setattr(jobs, "erase_after_years", erase_after_years)
    assert keep_no_longer(now=NOW) == 1
    [left] = Patient.objects.filter(pk__in=(first.pk, second.pk), erased_at__isnull=True)
    assert f"patient {left.pk} is past her years and could not be erased" in caplog.text


@pytest.mark.parametrize("is_kept", [True, False])
def test_nothing_is_merged_with_an_erased_row(cast: Cast, is_kept: bool) -> None:
    gone, other = came_years_ago(), make_patient()
    erase(gone)
    kept, merged = (gone, other) if is_kept else (other, gone)
    with pytest.raises(Patient.DoesNotExist):
        merge_patients(kept_id=kept.pk, merged_id=merged.pk, reason="Same", context=CONTEXT)


@pytest.mark.django_db(transaction=True)
def test_a_merge_that_ended_just_before_the_lock_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = came_years_ago(), make_patient()
    rows_of, is_first = erasing._rows_of, iter([True])

    def rows_before_a_merge(patient: Patient) -> tuple[UUID, ...]:
        found = rows_of(patient)
        if next(is_first, False):
            given = {"kept_id": new.pk, "merged_id": old.pk, "context": CONTEXT}
            [done] = race(1, lambda _number: merge_patients(**given))
            assert done == new
        return found

    monkeypatch.setattr(erasing, "_rows_of", rows_before_a_merge)
    erase(old)
    erased = Patient.objects.filter(name="Erased", erased_at__isnull=False)
    assert {one.pk for one in erased} == {old.pk, new.pk}


def test_what_a_mail_carries_is_emptied_after_a_month(cast: Cast) -> None:
    for days in (29, 31):
        Email.objects.create(
            patient=cast.patient,
            kind="code",
            about=str(days),
            payload={"code": "1"},
            due_at=NOW - timedelta(days=days),
            next_try_at=NOW,
            status="failed",
        )
    keep_no_longer(now=NOW)
    assert [one.about for one in Email.objects.filter(payload__isnull=False)] == ["29"]
