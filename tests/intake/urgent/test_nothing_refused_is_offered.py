"""Stopped by an urgent answer or a decline: nothing is offered that is refused, doors refuse."""

import re
from collections.abc import Generator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, EarlierWish, Referral, Service, SlotOffer
from booking.reminders.actions import about
from booking.reminders.neutral_words import MANAGE
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.security.private_links import issue
from intake.checkins.actions import save_checkin
from intake.concerns.tasks import close_task
from intake.models import UrgentCall
from intake.review.decisions import sign_decision
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.checkins.checking_in import DAY, make_package, make_visit
from tests.intake.checkins.test_checkin_pages import BORN, open_link, page_of, post
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake, verdict
from tests.intake.samples import checkin

pytestmark = pytest.mark.django_db

VISIT = NOW + 10 * DAY


@pytest.fixture(autouse=True)
def two_days_before() -> Generator[Any, None, None]:
    with time_machine.travel(VISIT - 2 * DAY, tick=False) as clock:
        yield clock


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    """A patient in her package: visit 1 is done, visits 2 and 3 are booked."""
    package = make_package(cast.patient)
    first = make_visit(package, cast.clinician, 1, NOW + DAY)
    Appointment.objects.filter(pk=first.pk).update(status="completed")
    make_visit(package, cast.clinician, 3, VISIT + 10 * DAY)
    return make_visit(package, cast.clinician, 2, VISIT)


def stop(visit: Appointment) -> UrgentCall:
    """Tick thoughts of self-harm on the check-in of the visit."""
    said = checkin({"ci.warning": ["self_harm"]})
    save_checkin(appointment_id=visit.pk, posted=said, context=Context(SYSTEM, VISIT - 2 * DAY))
    assert visit.patient.referrals.get(superseded_at=None).stops_self_booking
    return UrgentCall.objects.get()


def decline(cast: Cast) -> None:
    """Decline her on a form that she sent in the middle of her package."""
    form = make_intake(patient=cast.patient, now=VISIT - 3 * DAY, **TORN)
    form.refresh_from_db()
    sign_decision(
        intake_id=form.pk, version=form.version, verdict=verdict(form, next_act="decline"),
        clinician=cast.clinician.user, context=Context(SYSTEM, VISIT - 3 * DAY),
    )  # fmt: skip


def main_of(page: str) -> str:
    return page.split("<main")[1].split("</main>")[0]


def offered(client: Client, path: str) -> dict[str, int]:
    """Return every address of ours that the page links to, with the status it answers."""
    answer = client.get(path, follow=True)
    links = re.findall(r'href="(/[^"#]*)"', main_of(answer.content.decode()))
    return {link: client.get(link, follow=True).status_code for link in links}


def hers(visit: Appointment) -> list[str]:
    return [
        "/visits/", "/book/", "/book/run-ready/", "/visits/plan/", "/visits/progress/",
        "/intake/help/", reverse("patient_feed"), reverse("manage_visit", args=[visit.pk]),
        reverse("cancel_visit", args=[visit.pk]), f"/visits/check-in/{visit.pk}/help/",
    ]  # fmt: skip


# Where self-booking begins: each of these is refused while it is stopped.
DOORS = ("/book/evaluation/", "/book/rr3/", "/book/rr4/", "/book/plan/", "/book/rr2/earlier/")


def test_no_page_of_hers_links_to_what_is_refused(cast: Cast, visit: Appointment) -> None:
    stop(visit)
    client = client_for(cast.patient.user)
    client.post("/visits/progress/", BORN)
    seen = {}
    for path in hers(visit):
        for link, status in offered(client, path).items():
            seen[link] = status
            assert status not in (403, 404, 409), (path, link)
            assert "/move" not in link, (path, link)
    # Not an empty page: what is left to her is still there.
    assert reverse("manage_visit", args=[visit.pk]) in seen
    assert reverse("cancel_visit", args=[visit.pk]) in seen


@pytest.mark.parametrize("path", DOORS)
def test_every_door_is_refused_before_a_time_is_drawn(
    cast: Cast, visit: Appointment, path: str
) -> None:
    stop(visit)
    answer = client_for(cast.patient.user).get(path)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Please get care first." in page
    assert 'name="slot"' not in page
    assert "<form" not in main_of(page)


def test_a_declined_patient_is_offered_nothing_that_is_refused_and_reads_the_news(
    cast: Cast, visit: Appointment
) -> None:
    client = client_for(cast.patient.user)
    client.post("/visits/progress/", BORN)
    assert any("/move" in link for path in hers(visit) for link in offered(client, path))
    decline(cast)
    seen = {}
    for path in hers(visit):
        for link, status in offered(client, path).items():
            seen[link] = status
            assert status not in (403, 404, 409), (path, link)
            assert "/move" not in link, (path, link)
    assert reverse("cancel_visit", args=[visit.pk]) in seen
    page = main_of(client.get("/visits/").content.decode())
    for words in ("From your clinician", "will talk with you first"):
        assert words in page
    for path in ("/visits/", "/book/run-ready/", reverse("manage_visit", args=[visit.pk])):
        page = main_of(client.get(path).content.decode())
        assert "get care first" not in page, path
        for gone in ("Book a visit", "Choose a time", "Plan all", "Move"):
            assert gone not in page, (path, gone)
    for path in DOORS:
        assert client.get(path).status_code == 409, path


def test_the_pages_that_move_a_visit_draw_no_time(cast: Cast, visit: Appointment) -> None:
    client = client_for(cast.patient.user)
    move, follow = (reverse(one, args=[visit.pk]) for one in ("move_visit", "move_following"))
    assert 'name="slot"' in client.get(move).content.decode()
    stop(visit)
    for path in (move, follow):
        answer = client.get(path)
        assert answer.status_code == 409
        assert "Please get care first." in answer.content.decode()
        assert 'name="slot"' not in answer.content.decode()
    assert client.post(move, {"slot": "x", "rev": visit.rev}).status_code == 409


def test_a_time_that_was_kept_before_is_not_offered_for_confirming(
    cast: Cast, visit: Appointment
) -> None:
    client = client_for(cast.patient.user)
    times = client.get("/book/rr4/").content.decode()
    slot = re.search(r'name="slot"\s+value="([^"]+)"', times)
    assert slot
    held = client.post("/book/rr4/keep/", {"slot": slot.group(1)})["Location"]
    assert "Book this visit" in client.get(held).content.decode()
    stop(visit)
    as_plan = reverse("plan_confirm", args=[held.split("/")[-2]])
    for path in (held, as_plan):
        page = client.get(path)
        assert page.status_code == 409
        assert "Please get care first." in page.content.decode()
        assert "<form" not in main_of(page.content.decode())


def test_an_offer_that_is_open_can_be_left_but_not_taken(cast: Cast, visit: Appointment) -> None:
    service = Service.objects.get(code="evaluation")
    wish = EarlierWish.objects.create(
        patient=cast.patient, service=service, weekdays=[], parts=[], made_at=NOW
    )
    hold = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=VISIT + DAY,
        status="held", hold_until=VISIT, holder_key="offer",
    )  # fmt: skip
    offer = SlotOffer.objects.create(
        wish=wish, hold=hold, clinician=cast.clinician, starts_at=VISIT + DAY, priority=1,
        waiting_then=1, offered_at=NOW, expires_at=VISIT,
    )  # fmt: skip
    client = client_for(cast.patient.user)
    path = reverse("slot_offer", args=[offer.pk])
    assert "Take this time" in client.get(path).content.decode()
    stop(visit)
    page = client.get(path).content.decode()
    assert "Take this time" not in page
    assert "Leave it to somebody else" in page


def test_her_visits_say_by_when_we_call_and_whom_to_call_until_the_call_is_closed(
    cast: Cast, visit: Appointment
) -> None:
    call = stop(visit)
    client = client_for(cast.patient.user)
    page = main_of(client.get("/visits/").content.decode())
    assert "We will call you by Tuesday, February 9, 11:00 am EST." in page
    for link in ("tel:911", "tel:988", "sms:988"):
        assert f'href="{link}"' in page
    for gone in ("Your check-in is open", "Book a visit", "Choose a time", "From your clinician"):
        assert gone not in page
    close_task(
        task_id=call.task_id, outcome="spoke", note="", by=cast.clinician.user,
        context=Context(SYSTEM, VISIT - 2 * DAY),
    )  # fmt: skip
    assert "We will call you" not in client.get("/visits/").content.decode()


def test_through_a_link_the_page_of_a_visit_says_nothing_about_health(
    cast: Cast, visit: Appointment
) -> None:
    stop(visit)
    manage = reverse("manage_visit", args=[visit.pk])
    address = issue(
        purpose=MANAGE, about=about(visit), patient=visit.patient, expires_at=visit.starts_at
    )
    stranger = Client()
    assert stranger.get("/l/" + address.rpartition("/")[2])["Location"] == manage
    page = main_of(stranger.get(manage).content.decode())
    assert "It cannot be moved online now." in page
    for word in ("care", "We will call you", "Move"):
        assert word not in page.replace("health care", "")
    assert stranger.get(reverse("move_visit", args=[visit.pk]))["Location"] == manage
    own = client_for(cast.patient.user).get(manage).content.decode()
    assert "Please get care first." in own


def test_after_an_urgent_check_in_the_words_are_those_of_the_check_in(visit: Appointment) -> None:
    client = open_link(visit)
    post(client, visit, ci_warning="self_harm")
    answer = client.post(f"{page_of(visit)}help/", {"answer": "help"}, follow=True)
    page = main_of(answer.content.decode())
    assert "We will call you by Tuesday, February 9, 11:00 am EST." in page
    assert "stays booked. You do not have to finish the check-in" in page
    for word in ("30 days", "Get a link to come back"):
        assert word not in page
    for link in ("tel:911", "tel:988", "sms:988"):
        assert f'href="{link}"' in page


def test_an_urgent_form_that_was_sent_stops_the_same_pages(cast: Cast, visit: Appointment) -> None:
    make_intake(patient=cast.patient, now=VISIT - 2 * DAY, **FEVERISH)
    assert Referral.objects.current().get().stops_self_booking
    client = client_for(cast.patient.user)
    page = main_of(client.get("/book/run-ready/").content.decode())
    assert "Choose a time" not in page
    assert "Plan all" not in page


def test_nobody_is_told_to_run_meanwhile(cast: Cast, visit: Appointment) -> None:
    client = client_for(cast.patient.user)
    client.post("/visits/plan/", BORN)
    assert "Green: carry on" in client.get("/visits/plan/").content.decode()
    stop(visit)
    page = client.get("/visits/plan/").content.decode()
    assert "Please get care first." in page
    for word in ("Green: carry on", "The stages", "You are at stage"):
        assert word not in page
