"""Merging rows of one person: everything moves, the stricter referral counts, nothing is lost."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment, move_appointment
from booking.duplicates.queries import visits_left_behind
from booking.models import Appointment, CalendarFeed, EarlierWish, Enrollment, Referral, Service
from booking.packages.enrollment import enroll
from booking.refusals import Refused
from booking.waitlist.actions import wish_earlier
from clinic.audit.context import Context
from clinic.audit.details import words_of
from clinic.audit.record import SYSTEM
from clinic.known_patients.queries import likely_matches
from clinic.messages.outbox import owe
from clinic.models.audit import AuditEvent
from clinic.models.links import BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient, User
from clinic.security.private_links import issue
from clinic.sign_in.codes import user_for_code
from intake.duplicates.merge import merge_patients
from intake.duplicates.queries import older_row_first, unmatched_page
from intake.intakes.answering import start_intake
from intake.models import Concern, Decision, Decline, EmergencyAccess, Intake, Task, UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    NOW,
    make_appointment,
    make_enrollment,
    make_patient,
    make_referral,
    make_user,
    newest_version,
)
from tests.intake.review.reviewing import CANARY, FEVERISH, make_intake
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def twins(**fields: Any) -> tuple[Patient, Patient]:
    """Make two rows of the same person, the older one first."""
    same = {"name": "Maya Ortiz", "phone": "+17815550177", "email": "maya@example.test"}
    older = make_patient(**{**same, **fields})
    newer = make_patient(**same, is_unmatched=True)
    return older, newer


def merge(kept: Patient, merged: Patient, reason: str = "") -> Patient:
    return merge_patients(
        kept_id=kept.pk, merged_id=merged.pk, context=Context(SYSTEM, NOW), reason=reason
    )


# --- What is moved -----------------------------------------------------------------------------


@pytest.mark.promises
def test_everything_of_the_merged_row_moves_to_the_kept_one(cast: Cast) -> None:
    older, newer = twins()
    intake = make_intake(**FEVERISH)
    Intake.objects.filter(pk=intake.pk).update(patient=newer)
    for model in (UrgentCall, Concern, Task):
        model.objects.update(patient=newer)
    declined = sign_of(intake, cast)
    Decline.objects.create(patient=newer, decision=declined, declined_at=NOW)
    visit = make_appointment(patient=newer, clinician=cast.clinician, starts_at=NOW + DAY)
    package = make_enrollment(patient=newer, referral=make_referral(patient=newer))
    owe(kind="confirmation", about="a", patient=newer, due_at=NOW)
    BirthDateTries.objects.create(patient=newer, wrong=3)
    EmergencyAccess.objects.create(
        patient=newer, user=cast.manager, content={"reason": "why"}, began_at=NOW, ends_at=NOW + DAY
    )
    CalendarFeed.objects.create(patient=newer, token_hash="x", made_at=NOW)
    issue(purpose="unsubscribe", about="x", patient=newer, expires_at=None)
    merge(older, newer)
    newer.refresh_from_db()
    assert newer.merged_into == older
    assert not newer.is_unmatched
    for model, field in naming_patients():
        assert not model._base_manager.filter(**{field: newer}).exists(), model
    assert older.appointments.get() == visit
    assert older.enrollments.get() == package
    assert older.feeds.get().revoked_at == NOW
    assert Patient.objects.current().filter(name="Maya Ortiz").get() == older
    event = AuditEvent.objects.get(action="merge patients")
    assert (event.patient, event.object) == (str(older.pk), f"patient:{newer.pk}")


def sign_of(intake: Intake, cast: Cast) -> Decision:
    """Return a decision on the form, as a row to refer to."""
    return Decision.objects.create(
        intake=intake, next_act="decline", content={}, decided_at=NOW,
        decided_by=cast.clinician.user,
    )  # fmt: skip


def naming_patients() -> list[tuple[Any, str]]:
    """Return (model, field) of everything that names a patient."""
    fields = Patient._meta.get_fields(include_hidden=True)
    pointing = [one for one in fields if one.auto_created and not one.concrete]
    return [(one.related_model, one.field.name) for one in pointing]


def test_no_table_that_knows_patients_is_forgotten() -> None:
    """A new table with a patient must be merged too: add it to the action and to the test above."""
    assert {f"{model.__name__}.{field}" for model, field in naming_patients()} == {
        "AccessLink.patient", "Appointment.patient", "BirthDateTries.patient",
        "CalendarFeed.patient", "Concern.patient", "Decline.patient",
        # Ended by the merge, and gone in a day.
        "EmailChange.patient",
        # What an import made stays what it made.
        "ImportRow.patient",
        "EarlierWish.patient", "Email.patient", "EmergencyAccess.patient",
        "EmergencyContact.patient",
        "Enrollment.patient", "Intake.patient", "Patient.merged_into", "Referral.patient",
        "Task.patient",
        "UrgentCall.patient",
    }  # fmt: skip


@pytest.mark.promises
def test_of_two_wishes_for_the_same_visit_the_earlier_position_stays(cast: Cast) -> None:
    older, newer = twins()
    evaluation, first = Service.objects.get(code="evaluation"), Service.objects.get(code="rr1")
    for patient, service, hours in (
        (older, evaluation, 2),
        (newer, evaluation, 1),
        (newer, first, 3),
    ):
        wish_earlier(
            patient=patient, service=service, weekdays=[], parts=[], clinician_id=None,
            context=Context(SYSTEM, NOW + timedelta(hours=hours)),
        )  # fmt: skip
    merge(older, newer)
    waiting = EarlierWish.objects.filter(patient=older, closed_at__isnull=True)
    assert [(wish.service, wish.made_at.hour) for wish in waiting] == [
        (evaluation, (NOW + timedelta(hours=1)).hour),
        (first, (NOW + timedelta(hours=3)).hour),
    ]
    assert EarlierWish.objects.filter(patient=older).count() == 3


@pytest.mark.promises
@pytest.mark.parametrize("turned", [False, True])
def test_the_stricter_referral_counts_whichever_row_it_stood_on(cast: Cast, turned: bool) -> None:
    older, newer = twins()
    strict, open_ = (newer, older) if turned else (older, newer)
    make_referral(patient=open_, needs_pessary_fitting=True)
    make_intake(send=False, patient=strict, **FEVERISH)
    visit = make_appointment(patient=open_, clinician=cast.clinician, starts_at=NOW + DAY)
    merge(older, newer)
    current = Referral.objects.current().get(patient=older)
    assert (current.level, current.stops_self_booking) == ("urgent", True)
    assert current.evaluation_opens_on is current.run_ready_opens_on is None
    assert current.needs_pessary_fitting
    visit.refresh_from_db()
    assert visit.attention == Appointment.Attention.STOP


@pytest.mark.promises
def test_an_overlapping_visit_is_left_to_the_desk_and_moves_once_the_desk_cancels_it(
    cast: Cast,
) -> None:
    older, newer = twins()
    mine = make_appointment(patient=older, clinician=cast.clinician, starts_at=NOW + DAY)
    clash = make_appointment(
        patient=newer, clinician=cast.clinician, starts_at=NOW + DAY + timedelta(minutes=30),
        overlap_reason="same person, unknown yet",
    )  # fmt: skip
    past = make_appointment(
        patient=newer, clinician=cast.clinician, starts_at=NOW + 5 * DAY, status="cancelled",
        cancelled_at=NOW,
    )  # fmt: skip
    merge(older, newer)
    assert set(Appointment.objects.filter(status="booked")) == {mine, clash}
    assert list(visits_left_behind()) == [clash]
    past.refresh_from_db()
    assert past.patient == older
    cancel_appointment(appointment_id=clash.pk, rev=0, context=Context(SYSTEM, NOW), by_clinic=True)
    clash.refresh_from_db()
    assert clash.patient == older
    assert not visits_left_behind().exists()
    assert Email.objects.get(kind="cancelled").patient == older


@pytest.mark.promises
def test_an_overlapping_visit_moves_to_the_kept_row_once_its_time_is_changed(cast: Cast) -> None:
    older, newer = twins()
    make_referral(patient=older)
    make_appointment(patient=older, clinician=cast.clinician, starts_at=NOW + DAY)
    clash = make_appointment(
        patient=newer, clinician=cast.clinician, starts_at=NOW + DAY, overlap_reason="unknown yet"
    )
    merge(older, newer)
    with pytest.raises(Refused):
        _move(clash, cast, NOW + DAY + timedelta(minutes=15))
    clash.refresh_from_db()
    assert clash.patient == newer
    _move(clash, cast, NOW + 2 * DAY)
    clash.refresh_from_db()
    assert (clash.patient, clash.status) == (older, "booked")


def _move(visit: Appointment, cast: Cast, starts_at: Any) -> None:
    move_appointment(
        appointment_id=visit.pk, rev=visit.rev, starts_at=starts_at,
        clinician_id=cast.clinician.pk, context=Context(SYSTEM, NOW), staff=cast.manager,
        overlap_reason="a test",
    )  # fmt: skip


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.promises
def test_two_packages_are_refused_in_words_and_nothing_changes(cast: Cast) -> None:
    older, newer = twins()
    for row in (older, newer):
        make_enrollment(patient=row, referral=make_referral(patient=row))
    with pytest.raises(Refused, match="two_packages"):
        merge(older, newer)
    assert Enrollment.objects.live().filter(patient=newer).exists()
    assert Patient.objects.current().filter(name="Maya Ortiz").count() == 2


def test_rows_that_differ_are_merged_only_for_a_reason() -> None:
    older, newer = twins(name="Maya Reyes")
    with pytest.raises(Refused, match="needs_why"):
        merge(older, newer)
    assert merge(older, newer, reason="Married; she told us") == older


def test_a_row_is_merged_once_and_never_with_itself() -> None:
    older, newer = twins()
    third = make_patient(name="Maya Ortiz", phone="+17815550177")
    with pytest.raises(Refused, match="same_row"):
        merge(older, older)
    merge(older, newer)
    with pytest.raises(Refused, match="joined_already"):
        merge(third, newer)
    with pytest.raises(Patient.DoesNotExist):
        merge_patients(
            kept_id=older.pk, merged_id=make_user(email="x@example.test").pk,  # type: ignore[arg-type]
            context=Context(SYSTEM, NOW),
        )  # fmt: skip


def test_rows_merged_into_the_merged_row_follow() -> None:
    first, second = twins()
    third = make_patient(name="Maya Ortiz", phone="+17815550177")
    merge(second, third)
    merge(first, second)
    third.refresh_from_db()
    assert third.home == first


# --- A merge and sign-ins -------------------------------------------------------------------------


def test_a_row_with_a_sign_in_is_kept_and_a_strangers_mailbox_opens_nothing() -> None:
    victim = make_patient(email="her@example.test")
    stranger = make_patient(user=make_user(email="not-her@example.test", is_sample=False))
    stranger.email = "not-her@example.test"
    stranger.save()
    merge(victim, stranger)
    stranger.refresh_from_db()
    victim.refresh_from_db()
    assert victim.user is None
    assert stranger.user is None
    client = client_for(User.objects.get(email="not-her@example.test"))
    assert client.get("/visits/")["Location"].startswith("/visits/yours/")
    assert user_for_code("new-stranger@example.test") is None


def test_with_the_same_mailbox_the_sign_in_moves_too() -> None:
    older, newer = twins()
    newer.user = make_user(email="maya@example.test", is_sample=False)
    newer.save()
    assert older_row_first(older, newer) == (newer, older)
    merge(older, newer)
    older.refresh_from_db()
    assert older.user is not None


# --- Racing ---------------------------------------------------------------------------------------


@pytest.mark.promises
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_a_booking_and_a_merge_at_once_lose_no_visit(_: int) -> None:
    cast = make_cast()
    older, newer = twins()
    make_referral(patient=newer)
    starts_at = NOW + 7 * DAY

    def act(number: int) -> Any:
        if number == 0:
            return merge(older, newer)
        return book_by_staff(
            patient=newer, service_code="evaluation", starts_at=starts_at, clinician_id=None,
            staff=cast.manager, context=Context(SYSTEM, NOW),
        )  # fmt: skip

    merged, booked = race(2, act)
    assert merged == older
    assert isinstance(booked, Appointment) or "joined" in str(booked)
    visits = Appointment.objects.filter(status="booked")
    assert visits.count() == isinstance(booked, Appointment)
    assert all(visit.patient == older for visit in visits)


@pytest.mark.promises
@pytest.mark.django_db(transaction=True)
def test_merges_of_the_same_rows_at_once_are_one() -> None:
    make_cast()
    older, newer = twins()
    found = race(6, lambda number: merge(*((older, newer) if number % 2 else (newer, older))))
    assert sum(isinstance(one, Patient) for one in found) == 1
    assert all("joined_already" in str(one) for one in found if not isinstance(one, Patient))
    assert Patient.objects.current().filter(name="Maya Ortiz").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_started_while_rows_are_merged_is_on_the_kept_row() -> None:
    make_cast()
    older, newer = twins()
    started: list[Intake] = []

    def begin() -> None:
        started.append(start_intake(contact=None, patient=newer, context=Context(SYSTEM, NOW)))

    thread = threading.Thread(target=begin)
    with transaction.atomic():
        merge(older, newer)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert started[0].patient == older


def test_a_merged_row_takes_no_new_booking(cast: Cast) -> None:
    older, newer = twins()
    make_referral(patient=newer)
    merge(older, newer)
    newer.refresh_from_db()
    with pytest.raises(Refused, match="joined"):
        enroll(patient=newer, version_id=newest_version().pk, context=Context(SYSTEM, NOW))
    with pytest.raises(Refused, match="joined"):
        book_by_staff(
            patient=newer, service_code="evaluation", starts_at=NOW + DAY, clinician_id=None,
            staff=cast.manager, context=Context(SYSTEM, NOW),
        )  # fmt: skip


# --- The pages ------------------------------------------------------------------------------------


def test_likely_rows_are_found_in_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    older, newer = twins()
    with django_assert_num_queries(1):
        found = likely_matches([newer, cast.patient])
    assert [match.patient for match in found[newer.pk]] == [older]
    assert [row for row, _ in unmatched_page().rows] == [newer]


@pytest.mark.parametrize("kept", ["older", "newer"])
@pytest.mark.parametrize("who", ["manager", "clinician"])
def test_staff_compare_and_merge_in_the_direction_they_choose(
    cast: Cast, who: str, kept: str
) -> None:
    user = cast.manager if who == "manager" else cast.clinician.user
    older, newer = twins()
    client = client_for(user)
    assert b"Maya Ortiz" in client.get("/review/matches/").content
    page = f"/review/matches/{newer.pk}/"
    assert b"+17815550177" in client.get(page).content
    pair = f"{page}{older.pk}/"
    assert pair in client.get(page).content.decode()
    missing = client.post(pair, {"kept": str(older.pk), "reason": "typed text stays"})
    assert missing.status_code == 422
    assert b"typed text stays" in missing.content
    stays, goes = (older, newer) if kept == "older" else (newer, older)
    answer = client.post(pair, {"kept": str(stays.pk), "is_sure": "on"})
    to_her = f"/desk/patient/{stays.pk}/"
    assert answer["Location"] == (to_her if who == "manager" else "/review/matches/")
    assert client.get(f"/review/matches/{goes.pk}/").status_code == 404
    assert client.get(pair)["Location"] == answer["Location"]
    assert Patient.objects.get(pk=goes.pk).merged_into == stays
    assert Patient.objects.get(pk=stays.pk).merged_into is None
    if who == "manager":
        assert client.get(f"/desk/patient/{goes.pk}/")["Location"] == to_her


def test_any_two_rows_are_found_by_search_and_merged_with_a_reason(cast: Cast) -> None:
    client = client_for(cast.manager)
    maiden = make_patient(name="Zoë O’Neil", phone="+17815550171", email="zo@example.test")
    married = make_patient(
        name="Zoe Lane", phone="+17815550172", email="lane@example.test", born_on=None
    )
    listed = client.post("/review/matches/", {"q": "oneil"})["Location"]
    assert "oneil" not in listed
    first = client.get(listed)
    assert f"/review/matches/{maiden.pk}/" in first.content.decode()
    page = f"/review/matches/{maiden.pk}/"
    assert b"No other row agrees" in client.get(page).content
    found = client.post(page, {"q": "zoe"}, follow=True)
    assert found.context["found"].rows == [married]
    pair = f"{page}{married.pk}/"
    assert pair in found.content.decode()
    form = {"kept": str(married.pk), "is_sure": "on"}
    refused = client.post(pair, form)
    assert refused.status_code == 422
    assert b"They differ" in refused.content
    assert client.post(pair, {**form, "reason": "Married; she told us"}).status_code == 302
    maiden.refresh_from_db()
    married.refresh_from_db()
    assert maiden.merged_into == married
    assert (married.name, married.born_on) == ("Zoe Lane", maiden.born_on)
    event = AuditEvent.objects.get(action="merge patients")
    assert words_of(event) == "Married; she told us"
    seen = AuditEvent.objects.filter(action__in=["see likely matches", "search patients"])
    assert {str(maiden.pk), str(married.pk)} <= set(seen.values_list("patient", flat=True))


@pytest.mark.parametrize("who", ["manager", "clinician"])
def test_both_sides_stand_beside_each_other_with_numbers_and_no_answer(
    cast: Cast, who: str
) -> None:
    older, newer = twins()
    make_intake(patient=newer, **FEVERISH)
    with time_machine.travel(NOW, tick=False):
        for patient, days, status in ((older, -3, "completed"), (older, 2, "booked")):
            make_appointment(
                patient=patient, clinician=cast.clinician, starts_at=NOW + days * DAY, status=status
            )
        make_enrollment(patient=older, referral=make_referral(patient=older))
        user = cast.manager if who == "manager" else cast.clinician.user
        page = client_for(user).get(f"/review/matches/{older.pk}/{newer.pk}/")
    shown = {line.label: (*line.values, line.agrees) for line in page.context["lines"]}
    assert shown == {
        "Name": ("Maya Ortiz", "Maya Ortiz", True),
        "Date of birth": ("May 4, 1992", "May 4, 1992", True),
        "Phone": ("781-555-0177", "781-555-0177", True),
        "E-mail": ("maya@example.test", "maya@example.test", True),
        "Interpreter": ("", "", None),
        "Signs in online": ("no", "no", None),
        "Said not to be hers": ("no", "no", None),
        "Here since": (shown["Here since"][0], shown["Here since"][1], None),
        "Visits ahead": ("1", "0", None),
        "Visits before": ("1", "0", None),
        "Package under way": ("yes", "no", None),
        "Forms sent": ("0", "1", None),
        "Check-ins sent": ("0", "0", None),
        "Open tasks": ("0", "1", None),
        "Something is open with a clinician": ("no", "yes", None),
    }
    text = page.content.decode()
    assert CANARY not in text
    assert "fever" not in text.lower()
    assert "U-" not in text


def test_a_third_row_as_the_kept_one_is_refused_and_two_packages_are_said(cast: Cast) -> None:
    older, newer = twins()
    client, page = client_for(cast.manager), f"/review/matches/{newer.pk}/{older.pk}/"
    form = {"kept": str(cast.patient.pk), "is_sure": "on"}
    assert client.post(page, form).status_code == 422
    for row in (older, newer):
        make_enrollment(patient=row, referral=make_referral(patient=row))
    refused = client.post(page, {**form, "kept": str(older.pk)})
    assert refused.status_code == 409
    assert b"Both have a package under way" in refused.content


def test_a_row_that_was_merged_leads_to_the_one_that_was_kept(cast: Cast) -> None:
    older, newer = twins()
    third = make_patient(name="Maya Ortiz", phone="+17815550177")
    client = client_for(cast.manager)
    merge(older, newer)
    led = client.get(f"/review/matches/{third.pk}/{newer.pk}/")
    assert led["Location"] == f"/review/matches/{third.pk}/{older.pk}/"
    alone = client.get(f"/review/matches/{third.pk}/{third.pk}/")
    assert alone["Location"] == f"/desk/patient/{third.pk}/"
    assert client.get(f"/review/matches/{third.pk}/{uuid.uuid4()}/").status_code == 404


def test_pressing_twice_merges_once(cast: Cast) -> None:
    older, newer = twins()
    client, page = client_for(cast.manager), f"/review/matches/{newer.pk}/{older.pk}/"
    form = {"kept": str(older.pk), "is_sure": "on", "form_key": "k" * 43}
    for _ in range(2):
        assert client.post(page, form)["Location"] == f"/desk/patient/{older.pk}/"
    assert AuditEvent.objects.filter(action="merge patients").count() == 1


def test_after_a_merge_the_desk_is_led_to_visits_at_the_same_time(cast: Cast) -> None:
    older, newer = twins()
    for patient in (older, newer):
        make_appointment(
            patient=patient, clinician=cast.clinician, starts_at=NOW + DAY, overlap_reason="unknown"
        )
    pair = f"/review/matches/{older.pk}/{newer.pk}/"
    answer = client_for(cast.manager).post(pair, {"kept": str(older.pk), "is_sure": "on"})
    assert answer["Location"] == "/review/matches/"


def test_the_list_counts_every_row_and_pages_by_fifty(cast: Cast) -> None:
    known = make_patient(name="Maya Ortiz", phone="", email="")
    Patient.objects.bulk_create(
        Patient(name="Ortiz, Mayá", born_on=known.born_on, is_unmatched=True) for _ in range(60)
    )
    make_patient(name="Nobody Like Her", phone="", email="", is_unmatched=True, born_on=None)
    client = client_for(cast.manager)
    page = client.get("/review/matches/")
    assert "60 rows came" in " ".join(page.content.decode().split())
    first = page.context["page"]
    assert (len(first.rows), first.count) == (50, 60)
    rest = client.get(f"/review/matches/?after={first.next_after}").context["page"]
    assert (len(rest.rows), rest.next_after) == (10, None)
    assert client.get("/review/matches/?after=nothing").status_code == 404
    assert client.get(f"/review/matches/?after={uuid.uuid4()}").status_code == 404


def test_a_row_is_kept_apart(cast: Cast) -> None:
    _, newer = twins()
    client_for(cast.manager).post(f"/review/matches/{newer.pk}/", {"apart": "1", "compared": "on"})
    newer.refresh_from_db()
    assert not newer.is_unmatched
    assert unmatched_page().count == 0


def test_the_call_list_says_who_the_patient_may_be(cast: Cast) -> None:
    patient = make_intake(**FEVERISH).patient
    task = Task.objects.get(patient=patient)
    make_patient(name="Known Long Ago", phone=patient.phone, email="", born_on=patient.born_on)
    for path in ("/review/tasks/", f"/review/tasks/{task.pk}/"):
        assert b"also be Known Long Ago" in client_for(cast.manager).get(path).content
