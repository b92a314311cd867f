"""Held times: for how long, how their holder sees them, and what a lost time leads to."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment, Policy, Service
from booking.scheduling.nearest import nearest_slots
from booking.scheduling.timetable import Slot
from tests.booking.waitlist.test_waitlist import wall
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_enrollment,
    make_patient,
    make_referral,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(clock: Any) -> Cast:
    made = make_cast()
    make_referral(patient=made.patient)
    return made


@pytest.fixture
def she(cast: Cast) -> Client:
    return client_for(cast.patient.user)


def value(at: datetime, clinician_id: int) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}|{clinician_id}"


def hold(client: Client, at: datetime, clinician_id: int) -> str:
    """Hold a time and return the address of the page that confirms it."""
    answer = client.post("/book/evaluation/keep/", {"slot": value(at, clinician_id)})
    assert answer.status_code == 302
    return answer["Location"]


def near(page: str) -> list[str]:
    """Return the values of the times that are offered first."""
    return re.findall(r'value="([^"]+)" id="near_', page)


def taken(cast: Cast, at: datetime) -> None:
    """Book that time for somebody else."""
    make_appointment(patient=make_patient(email="x@example.test"), clinician=cast.clinician,
                     starts_at=at)  # fmt: skip


def slot(hour: int, clinician_id: int = 1) -> Slot:
    starts_at = datetime(2027, 2, 1, hour, tzinfo=UTC)
    return Slot(starts_at, starts_at + 60 * MINUTE, clinician_id, 1)


def test_the_nearest_times_differ_in_start_and_prefer_the_same_clinician() -> None:
    slots = [slot(8), slot(9, 2), slot(9), slot(12, 2), slot(15), slot(20)]
    at = datetime(2027, 2, 1, 11, tzinfo=UTC)
    assert nearest_slots(slots, at, clinician_id=1, most=3) == [slot(8), slot(9), slot(12, 2)]
    assert nearest_slots(slots, at, clinician_id=2, most=1) == [slot(12, 2)]
    assert nearest_slots([], at, clinician_id=1, most=3) == []


def test_a_time_lost_before_it_was_held_is_named_and_three_near_it_come_first(
    cast: Cast, she: Client
) -> None:
    taken(cast, wall(2, 10))
    answer = she.post("/book/evaluation/keep/", {"slot": value(wall(2, 10), cast.clinician.pk)})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Tuesday, February 2, 10:00 am EST: This time is taken." in page
    # Free until 8:15 and from 11:45 on: a visit takes 90 minutes and 15 after it.
    wanted = [wall(2, 8), wall(2, 8, 15), wall(2, 11, 45)]
    assert near(page) == [value(at, cast.clinician.pk) for at in wanted]
    assert she.post("/book/evaluation/keep/", {"slot": near(page)[0]}).status_code == 302


def test_a_time_lost_on_confirming_leads_to_three_near_it_and_her_wish_stays(
    cast: Cast, she: Client, clock: Any
) -> None:
    page = hold(she, wall(2, 10), cast.clinician.pk)
    clock.shift(11 * MINUTE)
    Appointment.objects.update(status="released")
    taken(cast, wall(2, 10))
    answer = she.post(page, {"exam_wish": "talk"})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert '<input type="hidden" name="exam_wish" value="talk">' in said
    assert len(near(said)) == 3


def test_a_move_to_a_lost_time_offers_three_near_it_and_moves_nothing(
    cast: Cast, she: Client
) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=wall(9, 10))
    taken(cast, wall(2, 10))
    path = f"/book/visit/{visit.pk}/move/"
    wanted = {"rev": "0", "slot": value(wall(2, 10), cast.clinician.pk)}
    answer = she.post(path, wanted)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert len(near(page)) == 3
    visit.refresh_from_db()
    assert visit.starts_at == wall(9, 10)
    assert she.post(path, {"rev": "0", "slot": near(page)[2]}).status_code == 302
    visit.refresh_from_db()
    assert visit.starts_at == wall(2, 11, 45)


def test_where_nothing_is_free_within_a_week_nothing_is_offered_first(
    cast: Cast, she: Client
) -> None:
    for day in range(1, 14):
        make_appointment(patient=cast.other_patient, clinician=cast.clinician,
                         starts_at=wall(day, 8), ends_at=wall(day, 17), busy_from=wall(day, 8),
                         busy_until=wall(day, 17))  # fmt: skip
    answer = she.post("/book/evaluation/keep/", {"slot": value(wall(2, 10), cast.clinician.pk)})
    assert answer.status_code == 409
    assert near(answer.content.decode()) == []
    assert "Free near it" not in answer.content.decode()


def test_the_page_counts_the_minutes_of_the_policy(cast: Cast, she: Client, clock: Any) -> None:
    Policy.objects.update(hold_minutes=20)
    page = hold(she, wall(2, 10), cast.clinician.pk)
    clock.shift(3 * MINUTE)
    shown = she.get(page).content.decode()
    assert f'data-seconds="{17 * 60}"' in shown
    assert "Kept for you until 9:20 am" in shown
    assert "Keep it 20 minutes longer" in shown
    assert near(shown) == []


def test_an_expired_hold_can_be_confirmed_if_free_and_three_near_it_are_offered(
    cast: Cast, she: Client, clock: Any
) -> None:
    page = hold(she, wall(2, 10), cast.clinician.pk)
    clock.shift(10 * MINUTE)
    shown = she.get(page).content.decode()
    assert "The minutes we kept it for you are over" in shown
    assert "minutes longer" not in shown
    assert "data-seconds" not in shown
    assert len(near(shown)) == 3
    assert she.post(page, {"exam_wish": ""}).status_code == 302
    assert Appointment.objects.get().status == "booked"


def test_a_hold_released_for_another_counts_no_seconds(cast: Cast, she: Client) -> None:
    first = hold(she, wall(2, 10), cast.clinician.pk)
    hold(she, wall(2, 14), cast.clinician.pk)
    shown = she.get(first).content.decode()
    assert "data-seconds" not in shown
    assert "The minutes we kept it for you are over" in shown


def test_a_held_time_is_marked_for_its_holder_and_hidden_from_others(
    cast: Cast, she: Client
) -> None:
    second = make_clinician(email="second@example.test", name="Dr. Second")
    # The second has more visits that day: without the hold, the first would be shown.
    make_appointment(patient=cast.other_patient, clinician=second, starts_at=wall(2, 14))
    hold(she, wall(2, 10), second.pk)
    mine = she.get("/book/evaluation/?day=2027-02-02").context["offered"]
    held = [one for one in (*mine.morning, *mine.afternoon) if one.is_kept]
    assert [(one.starts_at, one.clinician) for one in held] == [(wall(2, 10), "Dr. Second")]
    assert she.get("/book/evaluation/?day=2027-02-02").content.decode().count("Kept for you") == 1
    make_referral(patient=cast.other_patient)
    other = client_for(cast.other_patient.user)
    Appointment.objects.filter(status="booked").update(status="cancelled", cancelled_at=NOW)
    theirs = other.get("/book/evaluation/?day=2027-02-02").context["offered"]
    shown = {one.starts_at: one for one in (*theirs.morning, *theirs.afternoon)}
    assert not any(one.is_kept for one in shown.values())
    assert shown[wall(2, 10)].clinician == "Dr. Test"


@pytest.fixture
def member(cast: Cast) -> Client:
    """Return the browser of the patient, who has a package without any visits."""
    make_enrollment(patient=cast.patient, referral=cast.patient.referrals.get())
    return client_for(cast.patient.user)


def hold_first(client: Client, cast: Cast) -> str:
    """Hold a time for visit 1 and return the address of the page that confirms it."""
    sent = {"slot": value(wall(2, 10), cast.clinician.pk)}
    return str(client.post("/book/rr1/keep/", sent)["Location"])


def test_another_time_may_be_chosen_for_a_package_visit_that_is_held(
    cast: Cast, member: Client
) -> None:
    page = hold_first(member, cast)
    assert '<a class="back" href="/book/rr1/">' in member.get(page).content.decode()
    times = member.get("/book/rr1/?day=2027-02-02")
    assert times.status_code == 200
    assert times.content.decode().count("Kept for you") == 1
    for path in ("/book/run-ready/", "/book/"):
        assert member.get(path).context["package"].next_visit.number == 1
    sent = {"slot": value(wall(2, 13), cast.clinician.pk)}
    assert member.post("/book/rr1/keep/", sent).status_code == 302
    # In another browser, the hold of the first one counts.
    elsewhere = client_for(cast.patient.user)
    assert elsewhere.get("/book/rr1/").status_code == 409
    assert elsewhere.get("/book/run-ready/").context["package"].next_visit.number == 2


def test_a_visit_whose_hold_expired_is_the_next_to_book_again(
    cast: Cast, member: Client, clock: Any
) -> None:
    page = hold_first(member, cast)
    clock.shift(10 * MINUTE)
    assert len(near(member.get(page).content.decode())) == 3
    for client in (member, client_for(cast.patient.user)):
        assert client.get("/book/rr1/").status_code == 200
        assert client.get("/book/run-ready/").context["package"].next_visit.number == 1


def test_a_lost_time_of_a_package_visit_leads_to_three_near_it(
    cast: Cast, member: Client, clock: Any
) -> None:
    page = hold_first(member, cast)
    clock.shift(11 * MINUTE)
    make_referral(patient=cast.other_patient)
    hold(client_for(cast.other_patient.user), wall(2, 10), cast.clinician.pk)
    answer = member.post(page, {"exam_wish": "talk"})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert len(near(said)) == 3
    assert member.post("/book/rr1/keep/", {"slot": near(said)[0]}).status_code == 302


def test_no_times_are_offered_once_booking_is_closed_to_her(
    cast: Cast, she: Client, clock: Any
) -> None:
    page = hold(she, wall(2, 10), cast.clinician.pk)
    clock.shift(10 * MINUTE)
    cast.patient.referrals.update(stops_self_booking=True)
    assert near(she.get(page).content.decode()) == []


def test_six_held_times_count_their_minutes_as_one_does(
    cast: Cast, she: Client, clock: Any
) -> None:
    referral = cast.patient.referrals.get()
    make_enrollment(patient=cast.patient, referral=referral)
    form = she.get("/book/plan/").context["rows"]
    held = she.post("/book/plan/keep/", {f"v{row.number}": row.value for row in form})
    assert held.status_code == 302
    clock.shift(4 * MINUTE)
    shown = she.get(held["Location"]).content.decode()
    assert f'data-seconds="{6 * 60}"' in shown
    assert "Keep them 10 minutes longer" in shown
    clock.shift(6 * MINUTE)
    assert "The minutes we kept them for you are over" in she.get(held["Location"]).content.decode()
    assert Service.objects.filter(kind="package_visit").count() == 6


def test_a_price_that_changes_meanwhile_is_not_hers(cast: Cast, she: Client) -> None:
    def price(cents: int) -> None:
        Service.objects.filter(code="evaluation").update(price_cents=cents)

    price(24_000)
    page = hold(she, wall(2, 10), cast.clinician.pk)
    price(39_900)
    assert "$240, to be paid" in she.get(page).content.decode()
    assert she.post(page, {"exam_wish": "talk"}).status_code == 302
    visit = Appointment.objects.get()
    assert (visit.status, visit.price_cents) == ("booked", 24_000)


def test_a_time_held_by_the_version_before_is_booked_at_a_price(cast: Cast, she: Client) -> None:
    page = hold(she, wall(2, 10), cast.clinician.pk)
    Appointment.objects.update(price_cents=None)
    assert she.post(page, {"exam_wish": "talk"}).status_code == 302
    assert (
        Appointment.objects.get().price_cents == Service.objects.get(code="evaluation").price_cents
    )
