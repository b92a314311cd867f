"""The matching times found for all who wait together are those that each would find alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import AddedDays, Appointment, Closure, Service, SlotOffer
from booking.packages.queries import package_of, pauses_of
from booking.scheduling.queries import Search, current_referral, free_slots_for
from booking.scheduling.timetable import Slot
from booking.terms import current_policy
from booking.waitlist.matches import waitlist_matches
from booking.waitlist.matching_slots import matching_slots
from booking.waitlist.queries import visit_to_replace, waiting_list
from clinic.models.people import Clinician, Patient
from clinic.practice.wall_time import clinic_date
from tests.booking.waitlist.test_waitlist import wall, wish
from tests.cast import Cast, make_cast
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_enrollment,
    make_patient,
    make_referral,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    """Return the cast, with a second clinician and a day on which everybody is away."""
    made = make_cast()
    make_clinician(email="second@example.test", name="Dr. Second", fits_pessaries=True)
    Closure.objects.create(starts_at=wall(3, 0), ends_at=wall(4, 0))
    return made


def waits(name: str, *, service: str = "evaluation", now: datetime = NOW, **more: Any) -> Patient:
    """Put a new patient on the waitlist; `more` are fields of her referral."""
    patient = make_patient(email=f"{name}@example.test", name=name)
    make_referral(patient=patient, **more)
    wish(patient, now=now, service=Service.objects.get(code=service))
    return patient


def alone(patient: Patient, service: Service) -> list[Slot]:
    """Return what a search for this patient alone finds, whatever her wish says."""
    # "rr3" is visit 3 of Run Ready.
    number = int(service.code[2:]) if service.code.startswith("rr") else None
    referral = current_referral(patient)
    package = package_of(patient, NOW) if number else None
    moving = visit_to_replace(patient, service, NOW)
    search = Search(
        service=service,
        policy=current_policy(),
        now=NOW,
        patient=patient,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        earliest_on=package.visits[number - 1].window.earliest if package and number else None,  # type: ignore[union-attr]
        latest_on=package.use_by if package else None,
        pauses=pauses_of(package.enrollment) if package else (),
        moving=(moving,) if moving is not None else (),
    )
    four_weeks = 28
    found = free_slots_for(
        search, first_day=clinic_date(NOW, settings.CLINIC_TIME_ZONE), days=four_weeks
    )
    return [slot for slot in found if moving is None or slot.starts_at < moving.starts_at]


def nothing_else(_cast: Cast) -> Patient:
    return waits("plain")


def a_later_visit(cast: Cast) -> Patient:
    patient = waits("later")
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=wall(9, 10))
    return patient


def another_visit(cast: Cast) -> Patient:
    patient = waits("other")
    visit = make_appointment(patient=patient, clinician=cast.clinician, starts_at=wall(2, 10))
    Appointment.objects.filter(pk=visit.pk).update(service=Service.objects.get(code="rr1"))
    return patient


def a_pessary_to_fit(_cast: Cast) -> Patient:
    return waits("fitting", needs_pessary_fitting=True)


def a_package_with_a_pause(cast: Cast) -> Patient:
    patient = waits("package", service="rr2")
    enrollment = make_enrollment(patient=patient, referral=current_referral(patient))  # type: ignore[arg-type]
    make_appointment(
        patient=patient,
        clinician=cast.clinician,
        starts_at=wall(5, 9),
        service="rr1",
        enrollment=enrollment,
        visit_number=1,
    )
    AddedDays.objects.create(
        enrollment=enrollment,
        kind="pause",
        days=5,
        starts_on=wall(15, 9).date(),
        reason="Away",
        by=cast.manager,
        at=NOW,
    )
    return patient


def a_hold_that_is_over(cast: Cast) -> Patient:
    patient = waits("held")
    for hours, minutes in ((9, -1), (12, 5)):
        make_appointment(
            patient=patient,
            clinician=cast.clinician,
            starts_at=wall(8, hours),
            status="held",
            hold_until=NOW + timedelta(minutes=minutes),
            holder_key=f"k{hours}",
        )
    return patient


CASES = [
    nothing_else,
    a_later_visit,
    another_visit,
    a_pessary_to_fit,
    a_package_with_a_pause,
    a_hold_that_is_over,
]


def test_all_together_find_what_each_finds_alone(cast: Cast) -> None:
    patients = [case(cast) for case in CASES]
    positions = waiting_list()
    assert {one.wish.patient for one in positions} == set(patients)
    found = matching_slots(positions, NOW)
    seen = set()
    for position in positions:
        wanted = alone(position.wish.patient, position.wish.service)
        assert list(found[position.wish.pk].slots) == wanted
        seen.add(tuple(wanted))
    # Each case changes the result.
    assert len(seen) == len(CASES)


def test_a_time_over_her_own_later_visit_matches_and_over_another_one_does_not(cast: Cast) -> None:
    moved, other = a_later_visit(cast), another_visit(cast)
    found = matching_slots(waiting_list(), NOW)
    starts = {
        position.wish.patient: {
            slot.starts_at
            for slot in found[position.wish.pk].slots
            if slot.clinician_id == cast.clinician.pk
        }
        for position in waiting_list()
    }
    assert wall(9, 9, 30) in starts[moved]
    assert wall(9, 10) not in starts[moved]
    assert wall(2, 9, 30) not in starts[other]


def stopped(_cast: Cast) -> None:
    waits("stopped", stops_self_booking=True)


def closed(_cast: Cast) -> None:
    waits("closed", evaluation_opens_on=None, evaluation_closed="urgent")


def without_package(_cast: Cast) -> None:
    waits("none", service="rr1")


def a_visit_that_is_not_next(_cast: Cast) -> None:
    patient = waits("third", service="rr3")
    make_enrollment(patient=patient, referral=current_referral(patient))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", [stopped, closed, without_package, a_visit_that_is_not_next])
def test_whoever_may_not_book_the_visit_is_offered_nothing(
    cast: Cast, case: Callable[[Cast], None]
) -> None:
    case(cast)
    (position,) = waiting_list()
    assert matching_slots([position], NOW)[position.wish.pk].slots == ()
    assert waitlist_matches(NOW) == []


def test_a_match_leads_to_the_page_that_books_the_time(cast: Cast) -> None:
    first, second = waits("first", now=NOW - DAY), a_later_visit(cast)
    visit = Appointment.objects.get(patient=second)
    new, moved = waitlist_matches(NOW)
    assert new.place.wish.patient == first
    assert new.url.startswith(f"/desk/patient/{first.pk}/book/?slot=2027-02-02T")
    assert moved.url.startswith(f"/desk/appointment/{visit.pk}/move/?slot=2027-02-02T")
    SlotOffer.objects.create(
        wish=new.place.wish,
        hold=visit,
        priority=3,
        waiting_then=2,
        starts_at=visit.starts_at,
        clinician=cast.clinician,
        offered_at=NOW,
        expires_at=NOW + DAY,
    )
    # The first one has an open offer now.
    assert [one.place.wish.patient for one in waitlist_matches(NOW)] == [second]


def test_many_who_wait_cost_no_more_statements_than_one(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            matching_slots(waiting_list(), NOW)
        return len(seen)

    a_package_with_a_pause(cast)
    few = statements()
    for number in range(5):
        waits(f"more{number}")
    assert statements() == few
    # Four of them are `waiting_list`'s own.
    assert few <= 21


def test_an_empty_waitlist_takes_no_statement() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert matching_slots([], datetime(2027, 2, 1, tzinfo=UTC)) == {}
    assert len(seen) == 0
    assert not Clinician.objects.exists()
