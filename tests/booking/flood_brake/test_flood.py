"""A flood of bookings meets the brake, and whoever proves a mailbox does not."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from booking.flood_brake.brake import is_on, most_now, taken
from booking.models import Appointment
from clinic.ownership.mailbox import prove
from intake.models import Intake
from tests.booking.provisional.visitors import (
    HOME,
    booked,
    browser_of,
    free,
    hold,
    try_to_book,
    unproven,
)
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

ASKED = "please type the code of six digits"
TELEPHONE = "Call the clinic"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_of_ten_from_one_network_three_get_a_time(cast: Cast) -> None:
    """One script booked ten evaluations in 73 seconds."""
    times = free()[::7]
    answers = [try_to_book(browser_of(unproven(number)), times[number]) for number in range(10)]
    assert Appointment.objects.filter(status="booked").count() == 3
    assert [one.status_code for one in answers] == [302] * 3 + [409] * 7
    for refused in answers[3:]:
        assert ASKED in refused.content.decode()
        assert TELEPHONE in refused.content.decode()
    # The address itself is nowhere.
    keys = set(Appointment.objects.values_list("network_key", flat=True))
    assert len(keys) == 1
    assert HOME not in str(keys)


def test_an_ipv6_subscriber_is_one_network_and_others_go_on(cast: Cast) -> None:
    times = free()[::7]
    for number in range(3):
        booked(browser_of(unproven(number), f"2001:db8:7:7::{number + 1}"), times[number])
    same = browser_of(unproven(3), "2001:db8:7:7:ffff::1")
    assert try_to_book(same, times[3]).status_code == 409
    # Before she sees any time: the code is asked for first.
    page = same.get("/book/evaluation/")
    assert ASKED in page.content.decode()
    assert "Hold this time" not in page.content.decode()
    neighbor = browser_of(unproven(4), "2001:db8:7:8::1")
    assert "Hold this time" in neighbor.get("/book/evaluation/").content.decode()
    booked(neighbor, times[4])


def test_over_all_networks_a_tenth_of_what_is_open(cast: Cast) -> None:
    # One clinician, ten days of nine hours, less than an hour of today is over: 10 % of 5,340
    # minutes are 5 evaluations of 90 minutes.
    assert most_now(NOW) == 5
    times = free()[::7]
    for number in range(5):
        assert not is_on(NOW)
        booked(browser_of(unproven(number), f"198.51.100.{number}"), times[number])
    assert is_on(NOW)
    sixth = browser_of(unproven(6), "198.51.100.6")
    assert try_to_book(sixth, times[6]).status_code == 409
    assert taken(NOW).over_all == 5


def test_who_proves_a_mailbox_is_never_refused(cast: Cast) -> None:
    times = free()[::7]
    for number in range(3):
        booked(browser_of(unproven(number)), times[number])
    late = unproven(3)
    assert try_to_book(browser_of(late), times[3]).status_code == 409
    prove(late, NOW)
    visit = booked(browser_of(late), times[3])
    assert (visit.confirm_by, visit.network_key) == (None, "")
    # Nor is who signs in, nor whom the desk books for.
    make_referral(patient=cast.patient)
    client = client_for(cast.patient.user)
    client.defaults["REMOTE_ADDR"] = HOME
    assert booked(client, times[4]).confirm_by is None


def test_a_time_that_is_held_counts_so_that_its_holder_can_have_it(cast: Cast) -> None:
    times = free()[::7]
    clients: list[Client] = [browser_of(unproven(number)) for number in range(4)]
    held = [hold(clients[number], times[number]) for number in range(3)]
    assert hold(clients[3], times[3]).status_code == 409
    # Another time in place of her own is no further one.
    again = hold(clients[0], times[5])
    assert again.status_code == 302
    for client, one in ((clients[0], again), (clients[1], held[1]), (clients[2], held[2])):
        assert client.post(one["Location"], {"exam_wish": ""}).status_code == 302
    assert Appointment.objects.provisional().count() == 3


def test_who_came_as_a_program_proves_the_mailbox_before_any_time(cast: Cast) -> None:
    machine = unproven(1)
    Intake.objects.create(patient=machine, set_aside=True, started_at=NOW, saved_at=NOW)
    client = browser_of(machine)
    assert ASKED in client.get("/book/evaluation/").content.decode()
    assert try_to_book(client, free()[0]).status_code == 409
    prove(machine, NOW)
    assert booked(client, free()[0]).confirm_by is None


def test_six_visits_at_once_are_more_than_three(cast: Cast) -> None:
    package = unproven(1)
    make_enrollment(patient=package, referral=package.referrals.get())
    page = browser_of(package).get("/book/plan/")
    assert ASKED in page.content.decode()


def test_an_undone_cancellation_counts_again(cast: Cast) -> None:
    times = free()[::7]
    first = browser_of(unproven(0))
    visit = booked(first, times[0])
    assert first.post(f"/book/visit/{visit.pk}/cancel/", {"rev": 0, "cost": 0}).status_code == 302
    for number in range(1, 4):
        booked(browser_of(unproven(number)), times[number])
    answer = first.post(f"/book/visit/{visit.pk}/undo/")
    assert answer.status_code == 409
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_the_waitlist_is_for_proven_mailboxes(cast: Cast) -> None:
    """An offer takes a time for hours, as a booking does."""
    page = browser_of(unproven(1)).get("/book/evaluation/earlier/")
    assert ASKED in page.content.decode()
    assert client_for(cast.patient.user).get("/book/evaluation/earlier/").status_code != 500
