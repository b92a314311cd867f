"""An answer to an offer asks twice, is said by mail, and can be taken back for a quarter hour."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from booking.models import Appointment, EarlierWish, SlotOffer
from booking.refusals import Refused
from booking.waitlist.actions import (
    accept_offer,
    decline_offer,
    offer_free_times,
    undo_accept,
    undo_decline,
)
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from tests.booking.waitlist.test_waitlist import DAY, FREE, MINUTE, fill, wall, wish
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

LATER = wall(1, 10) + 35 * DAY
TAKEN_AT = NOW + MINUTE


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def offered(cast: Cast, *, later: bool = True) -> SlotOffer:
    """Offer the one free time, in place of a later visit or of none."""
    fill(cast, but=FREE)
    make_referral(patient=cast.patient)
    if later:
        make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=LATER)
    wish(cast.patient)
    assert offer_free_times(now=NOW) == 1
    return SlotOffer.objects.get()


def at(minutes: float) -> Context:
    return Context(SYSTEM, TAKEN_AT + minutes * MINUTE)


def hers(cast: Cast) -> list[tuple[object, str]]:
    rows = Appointment.objects.filter(patient=cast.patient).exclude(status__in=("held", "released"))
    return list(rows.order_by("starts_at").values_list("starts_at", "status"))


@pytest.mark.parametrize("later", [True, False])
def test_what_was_taken_goes_back_to_where_it_was(cast: Cast, later: bool) -> None:
    offer = offered(cast, later=later)
    accept_offer(offer_id=offer.pk, context=at(0))
    assert hers(cast) == [(FREE, "booked")]
    with pytest.raises(Refused):
        undo_accept(offer_id=offer.pk, context=at(15.1))
    for _ in range(2):
        undo_accept(offer_id=offer.pk, context=at(15))
    assert hers(cast) == ([(LATER, "booked")] if later else [(FREE, "cancelled")])
    offer.refresh_from_db()
    assert offer.outcome == "undone"
    assert EarlierWish.objects.get().closed_at is None


def test_nothing_goes_back_once_the_visit_was_changed(cast: Cast) -> None:
    offer = offered(cast)
    accept_offer(offer_id=offer.pk, context=at(0))
    Appointment.objects.filter(starts_at=FREE, status="booked").update(status="arrived")
    with pytest.raises(Refused):
        undo_accept(offer_id=offer.pk, context=at(5))


def test_a_visit_of_today_goes_back_too(cast: Cast) -> None:
    """Neither the late limit nor the notice keeps her from taking it back."""
    offer = offered(cast)
    near = FREE - timedelta(hours=5)
    accept_offer(offer_id=offer.pk, context=at(0))
    SlotOffer.objects.update(closed_at=near, moved_from=FREE + timedelta(hours=2))
    busy = Appointment.objects.filter(starts_at__date=FREE.date()).exclude(starts_at=FREE)
    busy.update(status="cancelled", cancelled_at=NOW)
    undo_accept(offer_id=offer.pk, context=Context(SYSTEM, near + MINUTE))
    assert hers(cast) == [(FREE + timedelta(hours=2), "booked")]


def test_a_time_she_left_is_kept_for_her_a_quarter_of_an_hour(cast: Cast) -> None:
    offer = offered(cast)
    decline_offer(offer_id=offer.pk, context=at(0))
    offer.refresh_from_db()
    hold = Appointment.objects.get(pk=offer.hold_id)
    assert (offer.outcome, hold.status, hold.hold_until) == ("declined", "held", at(15).now)
    with pytest.raises(Refused):
        undo_decline(offer_id=offer.pk, context=at(15))
    undo_decline(offer_id=offer.pk, context=at(14))
    offer.refresh_from_db()
    hold.refresh_from_db()
    assert (offer.outcome, offer.closed_at, hold.hold_until) == ("", None, offer.expires_at)
    # Left again, it is mailed again.
    decline_offer(offer_id=offer.pk, context=at(20))
    statuses = Email.objects.filter(kind="offer_left").values_list("status", flat=True)
    assert sorted(statuses) == ["due", "skipped"]


def test_what_staff_answer_on_the_telephone_is_not_kept(cast: Cast) -> None:
    offer = offered(cast)
    client_for(cast.manager).post(f"/desk/waitlist/offers/{offer.pk}/leave/")
    assert Appointment.objects.get(pk=offer.hold_id).status == "released"
    assert not Email.objects.filter(kind="offer_left").exists()


@pytest.mark.parametrize(
    ("answer", "says", "button"),
    [
        ("take", "You took the earlier time. Your appointment has moved", "Yes, take it"),
        ("decline", "You left this earlier time to somebody else", "Yes, leave it"),
    ],
)
def test_two_presses_a_mail_and_back_again(cast: Cast, answer: str, says: str, button: str) -> None:
    offer = offered(cast)
    before = hers(cast)
    send_due(now=NOW)
    [path] = re.findall(r"/l/[\w-]+", mail.outbox[-1].body)
    she = Client()
    page = she.get(path)["Location"]
    first = f"{page}{answer}/"
    assert first in she.get(page).content.decode()
    assert button in she.get(first).content.decode()
    assert SlotOffer.objects.get().outcome == ""
    assert she.post(first).status_code == 302
    mail.outbox.clear()
    send_due(now=NOW)
    [message] = mail.outbox
    assert says in message.body
    assert "You can take it back until 9:15 am" in " ".join(message.body.split())
    # In another browser, by the link of that mail.
    [undo, *_rest] = re.findall(r"/l/[\w-]+", message.body)
    other = Client()
    back = other.get(undo)["Location"]
    assert f"{back}undo/" in other.get(back).content.decode()
    assert "Yes, take it back" in other.get(f"{back}undo/").content.decode()
    assert other.post(f"{back}undo/").status_code == 302
    assert hers(cast) == before
    assert SlotOffer.objects.get(pk=offer.pk).outcome == ("undone" if answer == "take" else "")
