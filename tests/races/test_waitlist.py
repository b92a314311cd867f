"""One free time that many want: there is one offer and one booking, in whatever order they run."""

from datetime import timedelta

import pytest

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, EarlierWish, SlotOffer
from booking.refusals import Refused
from booking.waitlist.actions import accept_offer, decline_offer, offer_free_times
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.booking.waitlist.test_waitlist import FREE, fill, wish
from tests.cast import make_cast
from tests.factories import NOW, make_patient, make_referral
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]

ROUNDS = rounds(on_sqlite(1, 2), 5)
MINUTE = timedelta(minutes=1)


def test_a_time_is_offered_once_accepted_once_and_never_lost() -> None:
    cast = make_cast()
    fill(cast, but=FREE)
    for number in range(6):
        patient = make_patient(email=f"waits{number}@example.test")
        make_referral(patient=patient)
        wish(patient)
    make_referral(patient=cast.patient)
    for _ in range(ROUNDS):
        race(4, lambda _: offer_free_times(now=NOW))
        (offer,) = SlotOffer.objects.filter(outcome="")
        assert Appointment.objects.filter(status="held").count() == 1

        def act(number: int, offer: SlotOffer = offer) -> object:
            if number < 3:
                return accept_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + MINUTE))
            if number == 3:
                return decline_offer(offer_id=offer.pk, context=Context(SYSTEM, NOW + MINUTE))
            if number == 4:
                return offer_free_times(now=offer.expires_at)
            return book_by_staff(
                patient=cast.patient,
                service_code="evaluation",
                starts_at=FREE,
                clinician_id=cast.clinician.pk,
                staff=cast.manager,
                context=Context(SYSTEM, NOW + MINUTE),
            )

        outcomes = race(6, act)
        failed = [one for one in outcomes if isinstance(one, Exception)]
        assert all(isinstance(one, Refused) for one in failed), outcomes
        taken = Appointment.objects.filter(status__in=("held", "booked"), starts_at=FREE)
        assert taken.count() <= 1, outcomes
        offer.refresh_from_db()
        assert offer.outcome in ("accepted", "declined", "expired")
        if offer.outcome == "accepted":
            assert taken.get().patient == offer.wish.patient
        SlotOffer.objects.all().delete()
        EarlierWish.objects.update(closed_at=None)
        Appointment.objects.filter(starts_at=FREE).update(status="released")
