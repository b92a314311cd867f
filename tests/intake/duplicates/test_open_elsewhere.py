"""A second row of somebody with something open: staff see it wherever she is, she sees nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, Enrollment
from booking.packages.enrollment import enroll
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor
from clinic.known_patients.open_elsewhere import has_open_elsewhere
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient, User
from clinic.people.attaching import attach_row
from clinic.people.contact import Contact, change_contact, change_own_email, fingerprint
from intake.concerns.tasks import CannotReopen, MayNotClose, close_task, reopen_task, undo_close
from intake.duplicates.comparing import owe_comparisons
from intake.duplicates.merge import keep_apart, merge_patients
from intake.duplicates.queries import facts_of, unmatched_page
from intake.fhir.record import record_bundle
from intake.intakes.answering import IntakeContact, start_intake
from intake.models import Intake, Task
from intake.review.decisions import sign_decision
from intake.whole_record.record import whole_record
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_patient, make_user, newest_version
from tests.intake.review.reviewing import (
    FEVERISH,
    TORN,
    actor,
    answer_all,
    make_intake,
    opened,
    verdict,
)
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BORN_ON = NOW.date().replace(year=1990)
# What every page says in its own length.
HINTS = ("something is open on the other record", "ompare two records")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign(form: Intake, cast: Cast, mark: str, next_act: str = "none") -> None:
    form.refresh_from_db()
    clinician = cast.clinician.user
    sign_decision(
        intake_id=form.pk, version=form.version, verdict=verdict(form, mark, next_act),
        clinician=clinician, context=Context(actor(clinician), NOW + HOUR),
    )  # fmt: skip


# What can be open on her first row.
STATES: dict[str, Callable[[Cast], Intake]] = {
    "red": lambda cast: make_intake(**TORN),
    "urgent": lambda cast: make_intake(**FEVERISH),
    "urgent, not sent": lambda cast: make_intake(send=False, **FEVERISH),
    "impact held": lambda cast: _signed(cast, "impact_held"),
    "referred out": lambda cast: _signed(cast, "referred"),
    "declined": lambda cast: _signed(cast, "reviewed", "decline"),
}


def _signed(cast: Cast, mark: str, next_act: str = "none") -> Intake:
    form = make_intake(**TORN)
    sign(form, cast, mark, next_act)
    return form


def second_row(**fields: Any) -> Patient:
    """Return the row of a fresh form with the same contact, on which nothing is open."""
    patient = make_intake(now=NOW + 2 * HOUR, **fields).patient
    assert patient.is_unmatched
    assert opened(patient) == ("evaluation", "run_ready")
    return patient


def visit_of(patient: Patient, cast: Cast, *, starts_at: datetime | None = None) -> Appointment:
    return make_appointment(
        patient=patient, clinician=cast.clinician, starts_at=starts_at or NOW + DAY
    )


def by(user: User) -> Context:
    return Context(Actor(f"user:{user.pk}", user.role, ""), NOW + 3 * HOUR)


def comparisons(patient: Patient) -> list[Task]:
    return list(Task.objects.filter(kind="compare", patient=patient).order_by("created_at"))


def staff_pages(patient: Patient, visit: Appointment, cast: Cast) -> dict[str, str]:
    """Return every page of staff on which the patient or her visit stands, by its name."""
    desk, clinician = client_for(cast.manager), client_for(cast.clinician.user)
    day = f"{visit.starts_at:%Y-%m-%d}"
    form = patient.intakes.latest("started_at")
    pages: dict[str, tuple[Client, str]] = {
        "patient at the desk": (desk, reverse("desk_patient", args=[patient.pk])),
        "booking for her": (desk, reverse("desk_new", args=[patient.pk])),
        "package for her": (desk, reverse("desk_join", args=[patient.pk])),
        "her visit at the desk": (desk, reverse("desk_appointment", args=[visit.pk])),
        "calendar": (desk, reverse("desk_day_on", args=[day])),
        "tasks": (desk, reverse("task_list")),
        "queue": (clinician, reverse("review_queue")),
        "case": (clinician, reverse("review_case", args=[form.pk])),
        "day sheet": (clinician, reverse("review_day_on", args=[day])),
        "visit record": (clinician, reverse("visit_record", args=[visit.pk])),
    }
    found = {}
    for name, (client, address) in pages.items():
        answer = client.get(address)
        assert answer.status_code == 200, (name, address)
        found[name] = " ".join(answer.content.decode().split())
    return found


def silent(pages: dict[str, str]) -> set[str]:
    """Return the names of the pages that give no hint."""
    # As it is read: a part of the words on a card of the calendar is for who hears the page.
    read = {name: " ".join(strip_tags(page).split()) for name, page in pages.items()}
    return {name for name, page in read.items() if not any(hint in page for hint in HINTS)}


@pytest.mark.promises
@pytest.mark.parametrize("state", STATES)
def test_every_staff_page_of_the_second_row_says_it(cast: Cast, state: str) -> None:
    STATES[state](cast)
    # With a note of hers it stands on the list to read as well.
    patient = second_row()
    visit = visit_of(patient, cast)
    assert owe_comparisons(now=NOW + 2 * HOUR) == 1
    assert silent(staff_pages(patient, visit, cast)) == set()


def test_control_without_anything_open_no_page_says_it(cast: Cast) -> None:
    make_intake()
    patient = second_row()
    visit = visit_of(patient, cast)
    assert owe_comparisons(now=NOW + 2 * HOUR) == 0
    pages = staff_pages(patient, visit, cast)
    assert silent(pages) == set(pages)


@pytest.mark.parametrize("state", STATES)
def test_no_page_of_the_desk_says_what_is_open(cast: Cast, state: str) -> None:
    STATES[state](cast)
    patient = second_row()
    visit = visit_of(patient, cast)
    owe_comparisons(now=NOW + 2 * HOUR)
    pages = staff_pages(patient, visit, cast)
    for name in ("patient at the desk", "booking for her", "package for her", "calendar"):
        for word in ("tear", "fever", "decline", "held", "referred out"):
            assert word not in pages[name].lower(), (name, word)


def test_what_she_sees_and_may_do_herself_is_as_without_the_first_row(cast: Cast) -> None:
    _signed(cast, "reviewed", "decline")
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    enroll(patient=patient, version_id=newest_version().pk, context=Context(SYSTEM, NOW + 2 * HOUR))
    assert Enrollment.objects.live().filter(patient=patient).exists()


@time_machine.travel(NOW + 3 * HOUR)
def test_the_desk_sells_no_package_past_it(cast: Cast) -> None:
    _signed(cast, "impact_held")
    patient = second_row()
    desk, address = client_for(cast.manager), reverse("desk_join", args=[patient.pk])
    refused = desk.post(address, {"version": newest_version().pk})
    assert refused.status_code == 409
    assert "Compare the two first." in refused.content.decode()
    assert not Enrollment.objects.exists()
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    assert desk.post(address, {"version": newest_version().pk}).status_code == 302
    assert Enrollment.objects.get().patient == patient


@pytest.mark.parametrize("state", STATES)
def test_impact_waits_at_the_visit_of_the_second_row(cast: Cast, state: str) -> None:
    STATES[state](cast)
    patient = second_row()
    visit = visit_of(patient, cast)
    address, client = reverse("visit_record", args=[visit.pk]), client_for(cast.clinician.user)
    reason = "Something is open on another record that may be hers"
    assert reason in client.get(address).content.decode()
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    assert reason not in client.get(address).content.decode()


def test_a_decline_of_her_own_holds_impact_too(cast: Cast) -> None:
    form = _signed(cast, "reviewed", "decline")
    visit = visit_of(form.patient, cast)
    page = (
        client_for(cast.clinician.user)
        .get(reverse("visit_record", args=[visit.pk]))
        .content.decode()
    )
    assert "A clinician declined the patient for now." in page


# --- The task -----------------------------------------------------------------------------------


@pytest.mark.promises
def test_comparing_is_owed_once_and_due_before_the_visit(cast: Cast) -> None:
    STATES["impact held"](cast)
    patient = second_row()
    visit = visit_of(patient, cast, starts_at=NOW + 20 * HOUR)
    assert [owe_comparisons(now=NOW + 2 * HOUR) for _ in range(3)] == [1, 0, 0]
    (task,) = comparisons(patient)
    assert task.due_at == visit.starts_at
    page = client_for(cast.manager).get(reverse("task", args=[task.pk])).content.decode()
    assert "Compare the two before she comes." in " ".join(page.split())
    assert reverse("match", args=[patient.pk]) in page


def test_a_visit_that_is_booked_later_gets_the_mark_with_the_next_run(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    booked = book_by_staff(
        patient=patient, staff=cast.manager, context=Context(SYSTEM, NOW + 2 * HOUR),
        service_code="evaluation", starts_at=NOW + 8 * DAY, clinician_id=None,
    )  # fmt: skip
    owe_comparisons(now=NOW + 2 * HOUR)
    booked.refresh_from_db()
    assert booked.attention == "compare"
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    owe_comparisons(now=NOW + 2 * HOUR)
    booked.refresh_from_db()
    assert booked.attention == ""


def test_a_mark_for_something_of_her_own_stays(cast: Cast) -> None:
    STATES["impact held"](cast)
    patient = make_intake(now=NOW + 2 * HOUR, **FEVERISH).patient
    visit = visit_of(patient, cast)
    Appointment.objects.filter(pk=visit.pk).update(attention="stop")
    owe_comparisons(now=NOW + 2 * HOUR)
    visit.refresh_from_db()
    assert visit.attention == "stop"


def test_the_first_row_says_it_where_the_second_one_has_something_open(cast: Cast) -> None:
    older = make_intake().patient
    visit = visit_of(older, cast)
    newer = make_intake(now=NOW + 2 * HOUR, **TORN).patient
    owe_comparisons(now=NOW + 2 * HOUR)
    assert [task.status for task in comparisons(older)] == ["open"]
    assert not comparisons(newer)
    assert silent(staff_pages(older, visit, cast)) == set()
    # Said where she is not compared: at the newer row, which ends what was owed to the older one.
    page = client_for(cast.manager).get(reverse("match", args=[older.pk])).content.decode()
    assert reverse("match", args=[newer.pk]) in page
    keep_apart(patient_id=newer.pk, context=by(cast.manager))
    assert [task.outcome for task in comparisons(older)] == ["kept_apart"]


def test_a_row_with_nothing_sent_and_no_visit_owes_nothing_yet(cast: Cast) -> None:
    STATES["red"](cast)
    patient = make_intake(send=False, now=NOW + 2 * HOUR).patient
    assert owe_comparisons(now=NOW + 2 * HOUR) == 0
    visit_of(patient, cast)
    assert owe_comparisons(now=NOW + 2 * HOUR) == 1


@pytest.mark.promises
def test_joining_ends_it_and_gives_her_what_was_open(cast: Cast) -> None:
    first = STATES["impact held"](cast).patient
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    merge_patients(kept_id=first.pk, merged_id=patient.pk, context=by(cast.manager))
    (task,) = Task.objects.filter(kind="compare")
    assert (task.status, task.outcome, task.closed_by) == ("done", "joined", cast.manager)
    assert opened(first) == ("evaluation",)
    assert owe_comparisons(now=NOW + 4 * HOUR) == 0


def test_nothing_but_comparing_ends_it(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    (task,) = comparisons(patient)
    for user in (cast.manager, cast.clinician.user):
        posted = {"outcome": "kept_apart", "note": ""}
        answer = client_for(user).post(reverse("task", args=[task.pk]), posted)
        assert answer.status_code in (403, 422)
        with pytest.raises(MayNotClose):
            close_task(task_id=task.pk, outcome="kept_apart", note="", by=user, context=by(user))
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    with pytest.raises(CannotReopen):
        undo_close(task_id=task.pk, by=cast.manager, context=by(cast.manager))
    with pytest.raises((CannotReopen, MayNotClose)):
        reopen_task(task_id=task.pk, reason="no", by=cast.manager, context=by(cast.manager))


# --- What is not comparing ----------------------------------------------------------------------


def test_signing_in_does_not_compare_it_with_a_row_of_another_address(cast: Cast) -> None:
    STATES["impact held"](cast)
    patient = second_row()
    # From another mailbox, with the same name, telephone and date of birth.
    wanted = Contact(patient.name, patient.phone, "new@example.test", patient.born_on, "")
    change_contact(
        patient_id=patient.pk, seen=fingerprint(patient), wanted=wanted, context=by(cast.manager)
    )
    user = make_user(email="new@example.test")
    attach_row(user=user, patient_id=patient.pk, context=Context(SYSTEM, NOW + 2 * HOUR))
    patient.refresh_from_db()
    assert patient.is_unmatched
    assert patient in [row for row, _matches in unmatched_page().rows]
    assert owe_comparisons(now=NOW + 2 * HOUR) == 1


def test_joining_two_fresh_rows_does_not_compare_them_with_the_first(cast: Cast) -> None:
    first = STATES["impact held"](cast).patient
    second, third = second_row(), second_row()
    assert owe_comparisons(now=NOW + 2 * HOUR) == 2
    merge_patients(kept_id=second.pk, merged_id=third.pk, context=by(cast.manager))
    second.refresh_from_db()
    assert second.is_unmatched
    assert [task.status for task in comparisons(second) if task.merged_into_id is None] == ["open"]
    merge_patients(kept_id=first.pk, merged_id=second.pk, context=by(cast.manager))
    assert not Task.objects.open().filter(kind="compare").exists()


def test_control_a_row_that_agrees_with_nobody_is_compared_by_signing_in(cast: Cast) -> None:
    patient = make_patient(
        email="lone@example.test",
        name="Lone Example",
        phone="+17815550111",
        born_on=None,
        is_unmatched=True,
    )
    user = make_user(email="lone@example.test")
    attach_row(user=user, patient_id=patient.pk, context=Context(SYSTEM, NOW))
    patient.refresh_from_db()
    assert not patient.is_unmatched


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_jobs_at_once_one_owes_it(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    made = race(4, lambda _number: owe_comparisons(now=NOW + 2 * HOUR))
    assert sorted(made) == [0, 0, 0, 1]
    assert len(comparisons(patient)) == 1


# --- What she may ask for herself ---------------------------------------------------------------


@pytest.mark.promises
@pytest.mark.parametrize("with_team_notes", [False, True])
def test_no_copy_of_her_record_says_that_it_may_be_somebody_we_know(
    cast: Cast, *, with_team_notes: bool
) -> None:
    STATES["impact held"](cast)
    patient = second_row()
    visit_of(patient, cast)

    def copies() -> str:
        at = {"now": NOW + 3 * HOUR, "with_team_notes": with_team_notes}
        bundle, seen = record_bundle(patient, **at)
        # The id and time of the bundle are its own.
        return repr((whole_record(patient, **at).parts, bundle["entry"], sorted(seen)))

    before = copies()
    assert owe_comparisons(now=NOW + 2 * HOUR) == 1
    assert copies() == before


# --- A third row --------------------------------------------------------------------------------


def test_joining_with_a_row_that_was_compared_leaves_the_third_to_compare(cast: Cast) -> None:
    STATES["impact held"](cast)
    # Only her name is on it so far, so it agrees with nobody until it gets the e-mail.
    desk_row = make_patient(name="Ina Example", email="", phone="+17815550177", born_on=None)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    merge_patients(
        kept_id=desk_row.pk, merged_id=patient.pk, context=by(cast.manager), reason="her new phone"
    )
    desk_row.refresh_from_db()
    assert has_open_elsewhere(desk_row)
    assert [task.status for task in comparisons(desk_row)] == ["open"]


@pytest.mark.parametrize("open_on", ["third", "merged"])
def test_no_join_hides_a_third_row_that_nobody_compared(cast: Cast, open_on: str) -> None:
    first, second = (TORN, {}) if open_on == "third" else ({}, TORN)
    make_intake(**first)
    patient = make_intake(now=NOW + 2 * HOUR, **second).patient
    married = make_patient(
        name="Ina Married", email="m@example.test", phone="+17815550177", born_on=patient.born_on
    )
    pair = {"kept_id": married.pk, "merged_id": patient.pk, "reason": "she said so"}
    with pytest.raises(Refused) as refused:
        merge_patients(context=by(cast.manager), **pair)
    assert [one.code for one in refused.value.reasons] == ["compare_third_first"]
    patient.refresh_from_db()
    assert patient.merged_into_id is None
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    assert merge_patients(context=by(cast.manager), **pair) == married


# --- What changes afterwards --------------------------------------------------------------------


@pytest.mark.promises
def test_an_address_she_corrects_herself_makes_it_likely_and_is_compared(cast: Cast) -> None:
    STATES["impact held"](cast)
    # Married, with a new telephone and a slip in the address: only the date of birth agrees.
    contact = IntakeContact("Ina Married", "ina@example.tst", "+17815550188", BORN_ON)
    form = start_intake(contact=contact, patient=None, context=Context(SYSTEM, NOW + 2 * HOUR))
    patient = answer_all(form, send=True, now=NOW + 2 * HOUR).patient
    assert owe_comparisons(now=NOW + 2 * HOUR) == 0
    change_own_email(
        patient_id=patient.pk, epoch=patient.epoch, email="ina@example.test",
        context=Context(SYSTEM, NOW + 2 * HOUR),
    )  # fmt: skip
    assert owe_comparisons(now=NOW + 2 * HOUR) == 1


def test_control_another_address_does_not_undo_that_they_were_compared(cast: Cast) -> None:
    STATES["impact held"](cast)
    patient = second_row()
    keep_apart(patient_id=patient.pk, context=by(cast.manager))
    change_own_email(
        patient_id=patient.pk, epoch=patient.epoch, email="new@example.test",
        context=Context(SYSTEM, NOW + 2 * HOUR),
    )  # fmt: skip
    assert owe_comparisons(now=NOW + 2 * HOUR) == 0


def test_a_nearer_visit_brings_it_forward_and_a_later_one_does_not_put_it_off(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    near = visit_of(patient, cast, starts_at=NOW + 5 * HOUR)
    visit_of(patient, cast, starts_at=NOW + 9 * DAY)
    for _again in range(2):
        owe_comparisons(now=NOW + 2 * HOUR)
        assert [task.due_at for task in comparisons(patient)] == [near.starts_at]


def test_where_nothing_is_left_to_compare_staff_can_still_end_it(cast: Cast) -> None:
    older = make_intake().patient
    newer = make_intake(now=NOW + 2 * HOUR, **TORN).patient
    owe_comparisons(now=NOW + 2 * HOUR)
    wanted = Contact("Other Person", "+17815550111", "o@example.test", newer.born_on, "")
    change_contact(
        patient_id=newer.pk, seen=fingerprint(newer), wanted=wanted, context=by(cast.manager)
    )
    desk, address = client_for(cast.manager), reverse("match", args=[older.pk])
    assert 'name="apart"' in desk.get(address).content.decode()
    desk.post(address, {"apart": "1", "compared": "on"})
    assert [task.outcome for task in comparisons(older)] == ["kept_apart"]
    assert 'name="apart"' not in desk.get(address).content.decode()


@pytest.mark.promises
def test_that_she_is_somebody_else_can_be_taken_back(cast: Cast) -> None:
    STATES["impact held"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    desk, address = client_for(cast.manager), reverse("match", args=[patient.pk])
    assert 'name="again"' not in desk.get(address).content.decode()
    said = desk.post(address, {"apart": "1", "compared": "on"}, follow=True).content.decode()
    assert "somebody else than the rows" in said
    assert 'name="again"' in said
    patient.refresh_from_db()
    assert not has_open_elsewhere(patient)
    desk.post(address, {"again": "1"})
    patient.refresh_from_db()
    assert has_open_elsewhere(patient)
    assert owe_comparisons(now=NOW + 4 * HOUR) == 1
    assert [task.status for task in comparisons(patient)] == ["done", "open"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_two_forms_begun_at_once_staff_compare_the_rows(cast: Cast) -> None:
    """Neither sees the row of the other when it begins."""
    contact = IntakeContact("Ina Example", "ina@example.test", "+17815550144", BORN_ON)

    def begin(_number: int) -> Intake:
        return start_intake(contact=contact, patient=None, context=Context(SYSTEM, NOW))

    forms = race(2, begin)
    Patient.objects.update(is_unmatched=False)  # as both find nobody where they do not wait
    answer_all(forms[0], send=True, now=NOW, **TORN)
    answer_all(forms[1], send=True, now=NOW)
    assert owe_comparisons(now=NOW) == 1
    assert comparisons(forms[1].patient)


# --- The pages on which staff compare -----------------------------------------------------------


def test_somebody_else_is_noted_only_with_a_tick(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    desk, address = client_for(cast.manager), reverse("match", args=[patient.pk])
    assert "Something is open on a record below" in " ".join(
        desk.get(address).content.decode().split()
    )
    refused = desk.post(address, {"apart": "1"})
    assert refused.status_code == 422
    assert "Tick that you compared the records." in refused.content.decode()
    assert [task.status for task in comparisons(patient)] == ["open"]
    noted = desk.post(address, {"apart": "1", "compared": "on"}, follow=True)
    assert "Noted: a person of her own." in noted.content.decode()
    assert [task.outcome for task in comparisons(patient)] == ["kept_apart"]
    # A slip is taken back.
    desk.post(address, {"again": "1"})
    assert owe_comparisons(now=NOW + 3 * HOUR) == 1


def test_side_by_side_it_says_on_which_row_something_is_open(cast: Cast) -> None:
    first = STATES["impact held"](cast).patient
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    facts = facts_of([first, patient], NOW + 2 * HOUR)
    assert [(one.is_open, one.tasks) for one in facts] == [(True, 0), (False, 0)]
    address = reverse("match_pair", args=[patient.pk, first.pk])
    page = client_for(cast.manager).get(address).content.decode()
    assert "Something is open with a clinician" in page


def test_her_page_of_readers_says_nothing_of_comparing(cast: Cast) -> None:
    STATES["red"](cast)
    patient = second_row()
    owe_comparisons(now=NOW + 2 * HOUR)
    (task,) = comparisons(patient)
    client_for(cast.manager).get(reverse("task", args=[task.pk]))
    seen = AuditEvent.objects.filter(patient=str(patient.pk)).values_list("action", flat=True)
    assert "see task" not in seen
    assert "see likely matches" in seen


# --- Rows of before -----------------------------------------------------------------------------


def test_what_signed_in_before_is_compared_after_the_upgrade(cast: Cast) -> None:
    STATES["impact held"](cast)
    signed_in, apart, lone = (
        second_row(),
        second_row(),
        make_patient(
            name="Lone Example", email="lone@example.test", phone="+17815550111", born_on=None
        ),
    )
    keep_apart(patient_id=apart.pk, context=by(cast.manager))
    for number, row in enumerate((signed_in, apart, lone)):
        row.user, row.is_unmatched = make_user(email=f"u{number}@example.test"), False
        row.save()
    migration = import_module("clinic.migrations.0024_compare_what_signed_in")
    migration.mark(apps, connection.schema_editor())
    waiting = Patient.objects.filter(pk__in=[signed_in.pk, apart.pk, lone.pk], is_unmatched=True)
    assert [one.pk for one in waiting] == [signed_in.pk]
