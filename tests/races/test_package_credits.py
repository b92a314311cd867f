"""Credits under load: cancelled by many, redeemed by many, missed and cancelled at once."""

from datetime import datetime, timedelta

import pytest

from booking.appointments.attendance import mark_no_show
from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment
from booking.billing.actions import record_payment
from booking.billing.queries import version_of
from booking.models import Appointment, Enrollment, LedgerEntry, Payment, Service
from booking.packages import ledger
from booking.packages.queries import entries_of
from booking.refusals import Refused
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]

ROUNDS, RACERS = rounds(on_sqlite(1, 2), 5), 20
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def enrollment(cast: Cast) -> Enrollment:
    referral = make_referral(patient=cast.patient)
    return make_enrollment(patient=cast.patient, referral=referral)


def booked(cast: Cast, enrollment: Enrollment, starts_at: datetime) -> Appointment:
    visit = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=starts_at,
        service="rr1",
        enrollment=enrollment,
        visit_number=1,
    )
    LedgerEntry.objects.create(
        enrollment=enrollment, appointment=visit, kind="reserve", delta=-1, at=NOW, by="system"
    )
    return visit


def kinds(visit: Appointment) -> list[str]:
    return list(LedgerEntry.objects.filter(appointment=visit).values_list("kind", flat=True))


def left(enrollment: Enrollment) -> int:
    return ledger.balance(entries_of(enrollment))


def redeem(cast: Cast, starts_at: datetime) -> Appointment | None:
    """Book the next visit of the package at this time, as the desk does on the telephone."""
    for code in ("rr1", "rr2", "rr3"):
        try:
            return book_by_staff(
                patient=cast.patient,
                service_code=code,
                starts_at=starts_at,
                clinician_id=None,
                staff=cast.manager,
                context=Context(SYSTEM, NOW),
                early_reason="as asked",
            )
        except Refused:
            continue
    return None


def test_of_the_last_two_credits_two_are_used_however_many_want_one(
    cast: Cast, enrollment: Enrollment
) -> None:
    LedgerEntry.objects.create(
        enrollment=enrollment, kind="adjust", delta=-4, at=NOW, by="system", reason="elsewhere"
    )
    service = Service.objects.get(code="rr1")
    search = Search(service=service, policy=current_policy(), now=NOW, by_staff=True)
    for _ in range(ROUNDS):
        slots = free_slots_for(search, first_day=(NOW + 2 * DAY).date(), days=20)[::8][:RACERS]
        outcomes = race(len(slots), lambda n, slots=slots: redeem(cast, slots[n].starts_at))
        won = [one for one in outcomes if isinstance(one, Appointment)]
        assert len(won) == 2, outcomes
        assert {one.visit_number for one in won} == {1, 2}
        assert left(enrollment) == 0
        for visit in won:
            cancel_appointment(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, NOW))
        assert left(enrollment) == 2


def test_cancelling_and_booking_again_on_the_last_credit_always_add_up(
    cast: Cast, enrollment: Enrollment
) -> None:
    LedgerEntry.objects.create(
        enrollment=enrollment, kind="adjust", delta=-5, at=NOW, by="system", reason="elsewhere"
    )
    visit = booked(cast, enrollment, NOW + 7 * DAY)
    for turn in range(ROUNDS):
        again_at = NOW + (8 + turn % 2) * DAY
        outcomes = race(
            6,
            lambda n, visit=visit, at=again_at: (
                cancel_appointment(
                    appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, NOW)
                )
                if n % 2
                else redeem(cast, at)
            ),
        )
        failed = [one for one in outcomes if isinstance(one, Exception)]
        assert all(isinstance(one, Refused) for one in failed), outcomes
        live = Appointment.objects.filter(enrollment=enrollment, status="booked")
        assert left(enrollment) + live.count() == 1
        assert 0 <= left(enrollment) <= 6
        visit = live.first() or redeem(cast, NOW + 14 * DAY)
        assert visit is not None
        assert left(enrollment) == 0


def test_missed_and_cancelled_at_once_has_one_outcome_and_moves_the_credit_once(
    cast: Cast, enrollment: Enrollment
) -> None:
    seen = set()
    for turn in range(ROUNDS):
        visit = booked(cast, enrollment, NOW + turn * DAY)
        before = left(enrollment)

        def act(number: int, visit: Appointment = visit) -> Appointment:
            if number % 2:
                at = visit.starts_at + MINUTE
                return mark_no_show(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, at))
            at = visit.starts_at - MINUTE
            return cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, at))

        outcomes = race(8, act)
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, Refused) for one in outcomes) == 7, outcomes
        visit.refresh_from_db()
        seen.add(visit.status)
        assert visit.status in ("cancelled", "no_show")
        # Either way it is late, so the credit is used, once.
        assert kinds(visit) == ["reserve", "forfeit"]
        assert left(enrollment) == before
    assert seen


def test_one_payment_recorded_by_ten_colleagues_is_one_payment(enrollment: Enrollment) -> None:
    for turn in range(2):
        seen = version_of(enrollment)
        outcomes = race(
            10,
            lambda _, seen=seen: record_payment(
                enrollment_id=enrollment.pk,
                seen=seen,
                cents=57_000,
                method="card",
                context=Context(SYSTEM, NOW),
            ),
        )
        assert sum(isinstance(one, Payment) for one in outcomes) == 1, outcomes
        assert Payment.objects.count() == turn + 1
