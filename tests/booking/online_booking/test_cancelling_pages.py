"""Cancelling on the pages: the cost is shown first, never exceeded, and it can be undone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.appointments.changes import cancel_with_following
from booking.models import Appointment, Closure, EarlierWish, Enrollment, Policy
from booking.packages import ledger
from booking.packages.queries import entries_of
from clinic.audit.context import Context
from clinic.audit.details import words_of
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from tests.booking.planner.test_following_visits import left, named, statuses
from tests.booking.planner.test_following_visits import six as six  # a fixture
from tests.booking.waitlist.test_waitlist import wish
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_referral

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USED = "for the patient this visit counts as used"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    # Nobody is signed out while the clock is moved.
    settings.SESSION_IDLE_MINUTES = {"patient": 99_999, "staff": 99_999}
    settings.SESSION_TOTAL_HOURS = 999
    settings.SESSION_COOKIE_AGE = 99_999_999
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def single(cast: Cast) -> Appointment:
    make_referral(patient=cast.patient)
    return make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 2 * DAY + HOUR
    )


def page(desk: Client, visit: Appointment) -> str:
    return desk.get(reverse("desk_appointment", args=[visit.pk])).content.decode()


def cancel(desk: Client, visit: Appointment, **said: Any) -> int:
    path = reverse("desk_cancel", args=[visit.pk])
    return desk.post(path, {"rev": visit.rev, "who": "patient", **said}).status_code


def undo(client: Client, name: str, visit: Appointment) -> int:
    return client.post(reverse(name, args=[visit.pk])).status_code


# --- What the desk reads before ----------------------------------------------------------------


def test_a_single_visit_costs_nothing_and_offers_no_excuse(
    desk: Client, single: Appointment
) -> None:
    said = page(desk, single)
    assert "A single visit: nothing is charged." in said
    assert "Give it back" not in said
    assert "This and all after it" not in said
    assert "A mail tells her, three minutes later." in said


def test_in_time_it_goes_back_and_late_it_is_used(
    desk: Client, six: list[Appointment], clock: Any
) -> None:
    later = page(desk, six[1])
    assert "Until Sunday, February 7, 12:00 pm EST the visit goes back to the package." in later
    assert "Give it back" not in later
    clock.shift(6 * DAY + 4 * HOUR)
    late = page(desk, six[1])
    assert f"The free limit was Sunday, February 7, 12:00 pm EST: {USED}" in late
    assert "Give it back although it is late" in late


def test_an_urgent_answer_makes_late_and_missed_cost_nothing(
    cast: Cast, desk: Client, six: list[Appointment], clock: Any
) -> None:
    clock.shift(4 * HOUR)
    assert "A no-show uses this visit of the package." in page(desk, six[0])
    cast.patient.referrals.update(superseded_at=NOW)
    make_referral(patient=cast.patient, stops_self_booking=True)
    said = page(desk, six[0])
    assert "A no-show costs nothing" in said
    assert "Past the free limit, but an urgent answer is open" in said
    assert USED not in said


def test_a_patient_without_mail_is_to_be_called(
    cast: Cast, desk: Client, single: Appointment
) -> None:
    cast.patient.email = ""
    cast.patient.save()
    said = page(desk, single)
    assert "Tell her on the telephone" in said
    assert "A mail tells her" not in said


# --- All after it ------------------------------------------------------------------------------


def test_the_desk_cancels_a_visit_and_all_after_it_with_one_mail(
    desk: Client, six: list[Appointment]
) -> None:
    said = page(desk, six[2])
    assert "This and all after it" in said
    assert "Monday, February 22" in said
    send = {"which": "following", "visits": named(six[2:]), "reason": "Moves away"}
    Appointment.objects.filter(pk=six[4].pk).update(rev=1)
    assert cancel(desk, six[2], **send) == 409
    assert set(statuses()) == {"booked"}
    Appointment.objects.filter(pk=six[4].pk).update(rev=0)
    assert cancel(desk, six[2], **send) == 302
    assert statuses() == ["booked", "booked"] + 4 * ["cancelled"]
    assert left() == 4
    assert Email.objects.filter(kind="plan_cancelled").count() == 1
    assert not Email.objects.filter(kind="cancelled").exists()
    events = AuditEvent.objects.filter(action="cancel")
    assert [words_of(one) for one in events] == ["Moves away"] * 4


@pytest.mark.parametrize(
    ("said", "is_used"),
    [
        ({"who": "patient"}, True),
        ({"who": "clinic"}, False),
        ({"who": "patient", "excused": "on", "reason": "Sick child"}, False),
    ],
)
def test_of_several_the_late_one_is_used_only_for_the_patient(
    desk: Client, six: list[Appointment], said: dict[str, str], is_used: bool
) -> None:
    assert USED in page(desk, six[0])
    assert cancel(desk, six[0], which="following", visits=named(six), **said) == 302
    assert left() == (5 if is_used else 6)


def test_an_excuse_without_a_reason_is_refused_and_keeps_what_was_chosen(
    desk: Client, six: list[Appointment]
) -> None:
    path = reverse("desk_cancel", args=[six[0].pk])
    send = {"rev": 0, "who": "patient", "which": "following", "visits": named(six), "excused": "on"}
    answer = desk.post(path, send)
    assert answer.status_code == 422
    assert answer.context["cancel_form"]["which"].value() == "following"
    assert answer.context["cancel_form"]["excused"].value() is True
    assert set(statuses()) == {"booked"}


# --- Undone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["patient", "clinic"])
def test_the_desk_undoes_a_cancellation_in_time(
    desk: Client, six: list[Appointment], clock: Any, who: str
) -> None:
    assert cancel(desk, six[0], who=who) == 302
    said = page(desk, six[0])
    assert "Until 9:15 am it can be booked again as it was" in said
    assert ("by the clinic" if who == "clinic" else "for the patient, past the free limit") in said
    clock.shift(timedelta(minutes=15))
    assert undo(desk, "desk_undo_cancel", six[0]) == 302
    assert undo(desk, "desk_undo_cancel", six[0]) == 409
    assert statuses() == 6 * ["booked"]
    assert left() == 0
    assert ledger.balance(entries_of(Enrollment.objects.get())) == 0


def test_what_was_cancelled_together_is_booked_again_together(
    desk: Client, six: list[Appointment]
) -> None:
    """Walk of the manager's chair, A9: of three one came back, and no word about the others."""
    send = {"which": "following", "visits": named(six[2:])}
    assert cancel(desk, six[2], **send) == 302
    assert page(desk, six[4]).count("/desk/appointment/") >= 3
    assert desk.post(reverse("desk_undo_cancel", args=[six[4].pk]), {"all": "1"}).status_code == 302
    assert statuses() == 6 * ["booked"]
    assert left() == 0
    told = {one.kind: one.status for one in Email.objects.filter(kind__startswith="plan")}
    assert told == {"plan_cancelled": "skipped", "plan": "due"}
    assert not Email.objects.filter(kind="confirmation").exists()
    # The second press finds nothing to take back.
    again = desk.post(reverse("desk_undo_cancel", args=[six[4].pk]), {"all": "1"})
    assert again.status_code == 409


def test_all_of_them_or_none(cast: Cast, desk: Client, six: list[Appointment]) -> None:
    assert cancel(desk, six[2], which="following", visits=named(six[2:])) == 302
    other = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=six[3].starts_at
    )
    refused = desk.post(reverse("desk_undo_cancel", args=[six[2].pk]), {"all": "1"})
    assert refused.status_code == 409
    other.delete()
    assert statuses() == ["booked", "booked"] + 4 * ["cancelled"]
    assert undo(desk, "desk_undo_cancel", six[2]) == 302
    assert statuses() == ["booked", "booked", "booked"] + 3 * ["cancelled"]


def test_she_keeps_all_that_she_cancelled_in_one_press(cast: Cast, six: list[Appointment]) -> None:
    she = client_for(cast.patient.user)
    cancel_with_following(
        appointment_id=six[4].pk, seen={six[4].pk: 0, six[5].pk: 0}, context=Context(SYSTEM, NOW)
    )
    address = reverse("undo_cancel_visit", args=[six[5].pk])
    assert "You cancelled these with it" in she.get(address).content.decode()
    assert she.post(address, {"all": "1"}).status_code == 302
    assert statuses() == 6 * ["booked"]


def test_too_late_or_taken_it_stays_cancelled_and_says_so(
    cast: Cast, desk: Client, single: Appointment, clock: Any
) -> None:
    assert cancel(desk, single) == 302
    other = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=single.starts_at
    )
    path = reverse("desk_undo_cancel", args=[single.pk])
    refused = desk.post(path)
    assert refused.status_code == 409
    assert b"There is a problem" in refused.content
    other.delete()
    clock.shift(timedelta(minutes=16))
    assert "Book it again" not in page(desk, single)
    refused = desk.post(path)
    assert refused.status_code == 409
    assert b"The time to undo this is over" in refused.content
    single.refresh_from_db()
    assert single.status == "cancelled"


def test_a_patient_cannot_undo_what_the_clinic_cancelled(
    cast: Cast, desk: Client, single: Appointment
) -> None:
    assert cancel(desk, single, who="clinic") == 302
    Closure.objects.create(starts_at=single.starts_at, ends_at=single.ends_at)
    she = client_for(cast.patient.user)
    seen = she.get(reverse("manage_visit", args=[single.pk])).content.decode()
    assert "Keep my visit" not in seen
    refused = she.post(reverse("undo_cancel_visit", args=[single.pk]))
    assert refused.status_code == 409
    assert b"The clinic cancelled this visit" in refused.content
    single.refresh_from_db()
    assert single.status == "cancelled"


def test_a_patient_reads_until_when_by_the_terms_she_booked_on(
    cast: Cast, single: Appointment, clock: Any
) -> None:
    single.policy = Policy.objects.create(cancel_undo_minutes=40)
    single.save()
    she = client_for(cast.patient.user)
    she.post(reverse("cancel_visit", args=[single.pk]), {"rev": 0, "cost": "0"})
    seen = she.get(reverse("manage_visit", args=[single.pk])).content.decode()
    assert "You can take it back until 9:40 am" in seen
    clock.shift(timedelta(minutes=40))
    assert undo(she, "undo_cancel_visit", single) == 302
    single.refresh_from_db()
    assert single.status == "booked"


# --- Never more than was said ------------------------------------------------------------------


def test_a_page_opened_in_time_and_sent_late_asks_again(
    cast: Cast, six: list[Appointment], clock: Any
) -> None:
    she, path = client_for(cast.patient.user), reverse("cancel_visit", args=[six[1].pk])
    clock.shift(6 * DAY + 3 * HOUR - timedelta(minutes=1))
    opened = she.get(path).content.decode()
    assert "Cancelling now costs nothing." in opened
    send = {"rev": 0, "which": "this", "cost": "0", "cost_all": "0", "visits": named(six[1:])}
    clock.shift(timedelta(minutes=2))
    for which in ("this", "following"):
        again = she.post(path, {**send, "which": which})
        assert again.status_code == 409
        assert "The free limit passed while this page was open" in again.content.decode()
        assert "this visit counts as used" in again.content.decode()
    assert set(statuses()) == {"booked"}
    assert she.post(path, {**send, "cost": "1"}).status_code == 302
    assert statuses()[1] == "cancelled"


# --- Waiting for an earlier time ---------------------------------------------------------------


def test_a_visit_says_that_she_waits_and_one_press_ends_it(
    cast: Cast, desk: Client, single: Appointment
) -> None:
    assert "Ask her when an earlier time is free" in page(desk, single)
    hers = wish(cast.patient, parts=["morning"])
    said = page(desk, single)
    assert "Waits for an earlier time" in said
    assert "Morning" in said or "morning" in said
    here = reverse("desk_appointment", args=[single.pk])
    path = reverse("desk_waitlist_remove", args=[hers.pk])
    assert desk.post(path, {"next": here})["Location"] == here
    assert not EarlierWish.objects.filter(closed_at=None).exists()
    for elsewhere in ("https://elsewhere.example/", ""):
        assert desk.post(path, {"next": elsewhere})["Location"] == reverse("desk_waitlist")
