"""Earlier times: who is asked first, how long an offer is open, and what accepting it does."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from booking.appointments.changes import cancel_appointment, undo_cancel
from booking.duplicates.actions import merge_bookings
from booking.models import Appointment, EarlierWish, Policy, Service, SlotOffer
from booking.refusals import Refused
from booking.waitlist.actions import (
    accept_offer,
    decline_offer,
    offer_free_times,
    wish_earlier,
    withdraw_wish,
)
from booking.waitlist.priority import Priority, Waiting, fits, in_order, offer_ends
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.health_words import health_words
from clinic.messages.outbox import KINDS
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    NOW,
    make_appointment,
    make_enrollment,
    make_patient,
    make_referral,
)

ZONE = "America/New_York"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def wall(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of February 2027 by the clinic's clock."""
    return datetime(2027, 2, day, 5, minute, tzinfo=UTC) + timedelta(hours=hour)


# --- The rule -------------------------------------------------------------------------------------


def test_the_graver_reason_comes_first_then_who_waited_longest() -> None:
    waiting = [
        Waiting("d", Priority.REST, NOW - 9 * DAY),
        Waiting("c", Priority.PACKAGE_GAP, NOW),
        Waiting("b", Priority.RED, NOW),
        Waiting("a", Priority.RED, NOW - DAY),
        Waiting("e", Priority.RED, NOW),
    ]
    assert [one.key for one in in_order(waiting)] == ["a", "b", "e", "c", "d"]


@pytest.mark.parametrize(
    ("at", "matches"),
    [(wall(1, 11, 59), True), (wall(1, 12), False), (wall(2, 9), False), (wall(3, 9), True)],
)
def test_only_times_that_match_her_wish_are_offered(at: datetime, matches: bool) -> None:
    one = Waiting("a", Priority.REST, NOW, frozenset({0, 2}), frozenset({"morning"}), 7)
    assert fits(one, starts_at=at, clinician_id=7, zone=ZONE) is matches
    assert not fits(one, starts_at=at, clinician_id=8, zone=ZONE)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        (wall(1, 9), wall(1, 11)),
        (wall(1, 18), wall(1, 20)),
        (wall(1, 19, 30), wall(2, 9, 30)),
        (wall(1, 23), wall(2, 10)),
        (wall(1, 5), wall(1, 10)),
        # Never later than four hours before the visit, on the tenth at noon.
        (wall(10, 7), wall(10, 8)),
    ],
)
def test_an_offer_is_open_for_two_hours_of_the_day(made: datetime, ends: datetime) -> None:
    assert offer_ends(made, hours=2, starts_at=wall(10, 12), zone=ZONE) == ends


@pytest.mark.parametrize(
    ("hours", "ends"), [(1, wall(1, 19)), (12, wall(2, 18)), (30, wall(4, 12))]
)
def test_an_offer_is_open_for_the_hours_of_the_terms(hours: int, ends: datetime) -> None:
    assert offer_ends(wall(1, 18), hours=hours, starts_at=wall(10, 12), zone=ZONE) == ends


# --- The actions ----------------------------------------------------------------------------------


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def fill(cast: Cast, *, but: datetime | None = None, days: int = 30) -> None:
    """Leave the clinician no free time in the coming weeks, except one if `but` is given."""
    others = make_patient(name="Busy Others", email="busy@example.test")
    for day in range(days):
        morning = wall(1, 8) + day * DAY
        if but is not None and morning <= but < morning + DAY:
            ranges = [(morning, but), (but + timedelta(minutes=105), morning + 9 * 60 * MINUTE)]
        else:
            ranges = [(morning, morning + 9 * 60 * MINUTE)]
        for start, end in ranges:
            if start < end:
                make_appointment(
                    patient=others,
                    clinician=cast.clinician,
                    starts_at=start,
                    ends_at=end,
                    busy_from=start,
                    busy_until=end,
                )


def wish(patient: Patient, *, now: datetime = NOW, **more: Any) -> EarlierWish:
    defaults = {
        "service": Service.objects.get(code="evaluation"),
        "weekdays": [],
        "parts": [],
        "clinician_id": None,
    }
    return wish_earlier(patient=patient, context=Context(SYSTEM, now), **{**defaults, **more})


def open_offers() -> list[SlotOffer]:
    return list(SlotOffer.objects.filter(outcome="").select_related("wish", "hold"))


FREE = wall(4, 10)


@pytest.mark.django_db
@pytest.mark.promises
class TestOffers:
    def waiting(self, cast: Cast) -> list[Patient]:
        fill(cast, but=FREE)
        for patient in (cast.patient, cast.other_patient):
            make_referral(patient=patient)
            wish(patient, now=NOW if patient == cast.other_patient else NOW + MINUTE)
        return [cast.other_patient, cast.patient]

    def test_the_terms_say_how_long_a_time_is_held_for_her(self, cast: Cast) -> None:
        self.waiting(cast)
        Policy.objects.create(offer_hours=3)
        page = client_for(cast.patient.user).get(reverse("book_earlier", args=["evaluation"]))
        assert "You have 3 hours to take or leave it" in page.content.decode()
        assert offer_free_times(now=NOW) == 1
        (offer,) = open_offers()
        assert offer.expires_at == NOW + timedelta(hours=3)

    def test_one_time_goes_to_one_person_and_then_to_the_next(self, cast: Cast) -> None:
        first, second = self.waiting(cast)
        assert offer_free_times(now=NOW) == 1
        assert offer_free_times(now=NOW + MINUTE) == 0
        (offer,) = open_offers()
        assert offer.wish.patient == first
        assert (offer.hold.status, offer.hold.hold_until) == ("held", offer.expires_at)
        decline_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + 5 * MINUTE))
        # For a quarter of an hour she can take that back.
        assert offer_free_times(now=NOW + 20 * MINUTE - MINUTE / 60) == 0
        assert offer_free_times(now=NOW + 20 * MINUTE) == 1
        (offer,) = open_offers()
        assert offer.wish.patient == second
        # Nobody answers, so the offer ends, and neither is offered the same time again.
        assert offer_free_times(now=offer.expires_at - MINUTE) == 0
        assert offer_free_times(now=offer.expires_at) == 0
        assert open_offers() == []
        outcomes = SlotOffer.objects.order_by("offered_at").values_list("outcome", flat=True)
        assert list(outcomes) == ["declined", "expired"]

    def test_red_answers_come_before_a_longer_wait(self, cast: Cast) -> None:
        _, second = self.waiting(cast)
        second.referrals.update(level="red", run_ready_opens_on=None)
        offer_free_times(now=NOW)
        assert [one.wish.patient for one in open_offers()] == [second]

    def test_accepting_books_the_time_and_takes_her_off_the_list(self, cast: Cast) -> None:
        first, _ = self.waiting(cast)
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        for _ in range(2):
            visit = accept_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + MINUTE))
            assert (visit.patient, visit.status, visit.starts_at) == (first, "booked", FREE)
        assert not EarlierWish.objects.filter(patient=first, closed_at=None).exists()
        assert Email.objects.filter(kind="offer_taken", patient=first).count() == 1
        assert not Email.objects.filter(kind="confirmation").exists()

    def test_accepting_moves_a_later_visit_and_leaves_others_alone(self, cast: Cast) -> None:
        first, _ = self.waiting(cast)
        later = make_appointment(
            patient=first, clinician=cast.clinician, starts_at=wall(1, 10) + 40 * DAY
        )
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        moved = accept_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + MINUTE))
        assert (moved.pk, moved.starts_at, moved.rev) == (later.pk, FREE, 1)
        held = Appointment.objects.get(pk=offer.hold_id)
        assert held.status == "released"
        assert Appointment.objects.filter(patient=first, status="booked").count() == 1

    def test_an_offer_cannot_be_accepted_too_late(self, cast: Cast) -> None:
        self.waiting(cast)
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        with pytest.raises(Refused):
            accept_offer(offer_id=offer.pk, context=Context(SYSTEM, offer.expires_at))
        assert not Appointment.objects.filter(status="booked", starts_at=FREE).exists()

    def test_a_cancelled_time_is_offered_once_it_cannot_be_undone(self, cast: Cast) -> None:
        fill(cast)
        make_referral(patient=cast.patient)
        wish(cast.patient)
        Appointment.objects.filter(starts_at=wall(4, 8)).delete()
        visit = make_appointment(
            patient=cast.other_patient, clinician=cast.clinician, starts_at=FREE
        )
        make_appointment(
            patient=make_patient(email="rest@example.test"),
            clinician=cast.clinician,
            starts_at=wall(4, 8),
            ends_at=FREE,
            busy_until=FREE,
        )
        make_appointment(
            patient=make_patient(email="more@example.test"),
            clinician=cast.clinician,
            starts_at=wall(4, 11, 45),
            ends_at=wall(4, 17),
            busy_until=wall(4, 17),
        )
        cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
        assert offer_free_times(now=NOW + 14 * MINUTE) == 0
        undo_cancel(appointment_id=visit.pk, context=Context(SYSTEM, NOW + 14 * MINUTE))
        assert offer_free_times(now=NOW + 16 * MINUTE) == 0
        later = NOW + 20 * MINUTE
        cancel_appointment(appointment_id=visit.pk, rev=2, context=Context(SYSTEM, later))
        assert offer_free_times(now=later + 16 * MINUTE) == 1

    def test_a_wish_ends_with_the_visit_it_was_for_and_with_its_package(self, cast: Cast) -> None:
        second = Service.objects.get(code="rr2")
        referral = make_referral(patient=cast.patient)
        package = make_enrollment(patient=cast.patient, referral=referral)
        hers = wish(cast.patient, service=second)
        make_referral(patient=cast.other_patient)
        others = wish(cast.other_patient)
        # A visit before her wish does not fulfill it, nor does another patient's.
        for patient, starts_at in ((cast.other_patient, NOW - DAY), (cast.patient, NOW + DAY)):
            make_appointment(
                patient=patient, clinician=cast.clinician, starts_at=starts_at, status="completed"
            )
        offer_free_times(now=wall(3, 22))
        assert set(EarlierWish.objects.filter(closed_at=None)) == {hers, others}
        make_appointment(
            patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW + 2 * DAY,
            status="completed",
        )  # fmt: skip
        package.ended_at = NOW + 2 * DAY
        package.ending = "expired"
        package.save()
        offer_free_times(now=wall(3, 23))
        assert not EarlierWish.objects.filter(closed_at=None).exists()
        assert AuditEvent.objects.filter(action="withdraw wish", actor=SYSTEM.id).count() == 2

    def test_nobody_is_asked_at_night_or_when_stopped(self, cast: Cast) -> None:
        self.waiting(cast)
        assert offer_free_times(now=wall(1, 21)) == 0
        for patient in (cast.patient, cast.other_patient):
            patient.referrals.update(stops_self_booking=True)
        assert offer_free_times(now=NOW) == 0

    def test_whoever_leaves_the_list_leaves_her_offer_to_the_next(self, cast: Cast) -> None:
        first, second = self.waiting(cast)
        offer_free_times(now=NOW)
        mine = EarlierWish.objects.get(patient=first)
        withdraw_wish(wish_id=mine.pk, context=Context(SYSTEM, NOW + MINUTE))
        assert Email.objects.get(kind="slot_offer").status == "skipped"
        offer_free_times(now=NOW + 2 * MINUTE)
        assert [one.wish.patient for one in open_offers()] == [second]

    def test_merged_rows_of_one_person_wait_once_and_keep_an_open_offer(self, cast: Cast) -> None:
        first, second = self.waiting(cast)
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        with transaction.atomic():
            merge_bookings(kept=second, merged=first, context=Context(SYSTEM, NOW))
        (left,) = EarlierWish.objects.filter(closed_at=None)
        assert left.patient == second
        visit = accept_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + MINUTE))
        assert (visit.patient, visit.status) == (second, "booked")
        assert not EarlierWish.objects.filter(closed_at=None).exists()

    def test_changing_her_wish_leaves_her_position_as_it_is(self, cast: Cast) -> None:
        before = wish(cast.patient)
        after = wish(cast.patient, now=NOW + DAY, weekdays=[4], parts=["evening"])
        assert (after.pk, after.made_at, after.weekdays) == (before.pk, NOW, [4])


# --- The pages ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_from_the_wish_to_the_earlier_visit_on_screen(cast: Cast) -> None:
    fill(cast, but=FREE)
    make_referral(patient=cast.patient)
    with time_machine.travel(NOW, tick=False):
        she = client_for(cast.patient.user)
        assert she.get("/book/evaluation/earlier/").status_code == 200
        sent = {"weekdays": ["3"], "parts": ["morning"]}
        assert she.post("/book/evaluation/earlier/", sent).status_code == 302
        assert she.post("/book/evaluation/earlier/", {"weekdays": ["9"]}).status_code == 422
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        path = f"/book/offer/{offer.pk}/"
        assert "Take this time" in she.get(path).content.decode()
        assert open_offers() == [offer]
        for other in (Client(), client_for(cast.other_patient.user), client_for(cast.manager)):
            assert other.get(f"{path}take/").status_code == 404
            assert other.post(f"{path}take/").status_code == 404
        assert "Yes, take it" in she.get(f"{path}take/").content.decode()
        assert open_offers() == [offer]
        assert she.post(f"{path}take/").status_code == 302
        assert "This time is yours" in she.get(path).content.decode()
        assert she.post(f"{path}decline/").status_code == 302
        assert Appointment.objects.get(patient=cast.patient).status == "booked"
        log = client_for(cast.manager).get("/desk/waitlist/").content.decode()
        assert "Accepted" in log
        assert "Nobody waits" in log


@pytest.mark.django_db
def test_the_mail_says_when_and_until_when_and_never_why_or_who(cast: Cast) -> None:
    fill(cast, but=FREE)
    make_referral(patient=cast.patient)
    wish(cast.patient)
    offer_free_times(now=NOW)
    (email,) = Email.objects.filter(kind="slot_offer")
    message = KINDS["slot_offer"].render(email)
    said = re.sub(r"/l/\S+|<[^>]*>", " ", f"{message.subject} {message.text} {message.html}")
    assert "10:00 am" in said
    assert "11:00 am" in said
    assert health_words(said) == []
    assert cast.patient.name not in said
