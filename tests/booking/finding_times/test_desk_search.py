"""The desk looks for a time: by day, part of day and clinician, to book and to move a visit."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.finding_times.question import TimeQuestion
from booking.finding_times.searches import search_to_book
from booking.finding_times.week import WeekFound, find_week
from booking.models import Appointment, Closure, Service
from booking.scheduling.parts_of_day import Part
from clinic.practice.wall_time import clinic_date, instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment, make_clinician, make_enrollment, make_referral

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"
# A Monday, nine o'clock at the clinic.
NOW = datetime(2027, 2, 1, 14, tzinfo=UTC)
WEDNESDAY, NEXT_MONDAY = date(2027, 2, 3), date(2027, 2, 8)


@pytest.fixture(autouse=True)
def at_nine() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def found_for(cast: Cast, **asked: Any) -> WeekFound:
    evaluation = Service.objects.get(code="evaluation")
    return find_week(search_to_book(evaluation, cast.patient, NOW), TimeQuestion(**asked))


def words_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def hours(found: WeekFound) -> set[int]:
    return {
        (time.starts_at - instant(one.day, datetime.min.time(), ZONE)) // timedelta(hours=1)
        for one in found.days
        for time in one.times
    }


def test_it_begins_on_the_day_that_is_asked_for_and_shows_three_a_day(cast: Cast) -> None:
    found = found_for(cast, day=WEDNESDAY)
    days = [one.day for one in found.days]
    assert days == [WEDNESDAY + timedelta(days=n) for n in (0, 1, 2, 5, 6)]
    assert {len(one.times) for one in found.days} == {3}
    assert all(one.more > 0 for one in found.days)
    assert (found.first, found.last) == (WEDNESDAY, date(2027, 2, 9))
    assert (found.earlier, found.later) == (clinic_date(NOW, ZONE), date(2027, 2, 10))


def test_a_day_shown_whole_has_every_time_of_it(cast: Cast) -> None:
    some = found_for(cast, day=WEDNESDAY).days[0]
    whole = found_for(cast, day=WEDNESDAY, whole=WEDNESDAY).days[0]
    assert (len(whole.times), whole.more) == (len(some.times) + some.more, 0)
    assert set(some.times) <= set(whole.times)


@pytest.mark.parametrize(
    ("part", "within"), [(Part.MORNING, range(12)), (Part.AFTERNOON, range(12, 17))]
)
def test_only_the_part_of_the_day_that_is_asked_for(cast: Cast, part: Part, within: range) -> None:
    found = found_for(cast, day=WEDNESDAY, part=part)
    assert found.days
    assert hours(found) <= set(within)


def test_a_day_before_today_begins_today(cast: Cast) -> None:
    found = found_for(cast, day=date(2026, 12, 1))
    assert (found.first, found.earlier) == (clinic_date(NOW, ZONE), None)


def test_none_because_it_is_closed_and_when_the_next_free_day_is(cast: Cast) -> None:
    Closure.objects.create(
        starts_at=instant(date(2027, 2, 1), time(0), ZONE),
        ends_at=instant(date(2027, 2, 15), time(0), ZONE),
        label="Painters",
    )
    found = found_for(cast, day=NEXT_MONDAY)
    assert found.days == ()
    assert [one.code for one in found.because] == ["closed"]
    assert found.next_free == date(2027, 2, 15)


def test_none_in_the_evening_counts_the_times_at_other_hours(cast: Cast) -> None:
    found = found_for(cast, day=NEXT_MONDAY, part=Part.EVENING)
    assert found.days == ()
    assert [one.code for one in found.because] == ["outside_hours"]
    # Every start of the week that the other parts show.
    shown = [found_for(cast, day=NEXT_MONDAY, part=one, whole=None) for one in list(Part)[:2]]
    assert found.other_parts == sum(
        len(one.times) + one.more for each in shown for one in each.days
    )
    assert found.next_free is None


# On the page that books


def book_path(cast: Cast) -> str:
    return f"/desk/patient/{cast.patient.pk}/book/"


def test_not_wednesday_next_week_in_the_afternoon(cast: Cast, desk: Client) -> None:
    """The most common call: a press for the week and one for the time, with nothing typed lost."""
    typed = {"service": "evaluation", "early_reason": "Away until Sunday", "from": "2027-02-03"}
    week = desk.post(book_path(cast), {**typed, "week": "2027-02-10", "part": "afternoon"})
    found = week.context["found"]
    assert found.first == date(2027, 2, 10)
    assert hours(found) <= set(range(12, 17))
    assert 'value="Away until Sunday"' in week.content.decode()
    assert not Appointment.objects.exists()
    chosen = found.days[0].times[0]
    shown = {"from": found.first.isoformat(), "part": "afternoon"}
    taken = desk.post(book_path(cast), {**typed, **shown, "take": chosen.value})
    assert taken.context["found"].first == found.first
    # Enter books now.
    assert "autofocus" in taken.content.decode().split("Book this visit")[0][-200:]
    form = taken.context["form"]
    sent = {name: form[name].value() for name in ("service", "clinician", "day", "at")}
    assert desk.post(book_path(cast), sent).status_code == 302
    assert Appointment.objects.get().starts_at == chosen.starts_at


def test_the_search_is_with_the_clinician_asked_for_and_says_why_there_is_none(
    cast: Cast, desk: Client
) -> None:
    other = make_clinician(email="other.c@example.test", name="Dr. Other")
    page = desk.post(book_path(cast), {"service": "evaluation", "who": str(other.pk), "look": "1"})
    names = {time.clinician for one in page.context["found"].days for time in one.times}
    assert names == {"Dr. Other"}
    Service.objects.get(code="evaluation").clinicians.remove(other)
    page = desk.post(book_path(cast), {"service": "evaluation", "who": str(other.pk), "look": "1"})
    said = words_of(page)
    assert "No free time in this week." in said
    assert "Because none of the clinicians asked for does this visit." in said


@pytest.mark.parametrize("rubbish", ["x", "2027-13-50", "9999-12-31", "0001-01-01", "2200-12-31x"])
def test_what_cannot_be_read_was_not_asked(cast: Cast, desk: Client, rubbish: str) -> None:
    names = ("from", "week", "whole", "who", "part")
    page = desk.post(book_path(cast), {"look": "1", **dict.fromkeys(names, rubbish)})
    assert page.status_code == 200
    assert page.context["found"].first == clinic_date(NOW, ZONE)


# On the page that moves


def move_path(visit: Appointment) -> str:
    return f"/desk/appointment/{visit.pk}/move/"


def test_another_week_while_moving_keeps_the_time_of_day(cast: Cast, desk: Client) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=instant(WEDNESDAY, time(10), ZONE)
    )
    own = desk.get(move_path(visit)).context["found"]
    assert own.first == clinic_date(NOW, ZONE)
    found = desk.get(move_path(visit), {"week": own.later.isoformat()}).context["found"]
    assert [one.day for one in found.days] == [NEXT_MONDAY + timedelta(days=n) for n in range(5)]
    # Of each day the three nearest to ten o'clock.
    ten = {instant(one.day, time(10), ZONE) for one in found.days}
    assert ten <= {time.starts_at for one in found.days for time in one.times}
    # What was looked for stays while a time is chosen.
    chosen = found.days[0].times[0].value
    seen = desk.get(move_path(visit), {"from": found.first.isoformat(), "slot": chosen})
    assert seen.context["found"].first == found.first
    assert "What this does" in words_of(seen)


def test_a_package_visit_says_from_when_it_can_be(cast: Cast, desk: Client) -> None:
    referral = make_referral(patient=cast.patient, now=NOW)
    enrollment = make_enrollment(patient=cast.patient, referral=referral, now=NOW)
    _first, second = (
        make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=instant(WEDNESDAY + timedelta(days=14 * (number - 1)), time(10), ZONE),
            service=f"rr{number}",
            enrollment=enrollment,
            visit_number=number,
        )
        for number in (1, 2)
    )
    page = desk.get(move_path(second), {"from": "2027-02-04"})
    earliest = page.context["found"].earliest
    assert earliest is not None
    assert page.context["found"].first == earliest > date(2027, 2, 4)
    assert "The package has this visit from" in words_of(page)


# With a visit set aside


def test_a_free_time_offers_the_visit_that_was_set_aside_first(cast: Cast, desk: Client) -> None:
    visit = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=instant(WEDNESDAY, time(10), ZONE),
        set_aside_at=NOW,
    )
    slot = f"2027-02-08T15:00Z|{cast.clinician.pk}"
    search = desk.get("/desk/patients/", {"slot": slot})
    said = words_of(search)
    assert said.index("Set aside: move it instead?") < said.index("Name, e-mail, phone")
    assert "here" in said.split("move it instead?")[1][:120]
    link = f'href="{move_path(visit)}?slot=2027-02-08T15%3A00Z%7C{cast.clinician.pk}"'
    assert link in search.content.decode()
    # Also where another visit of hers would be booked.
    booking = desk.get(book_path(cast), {"slot": slot})
    assert link in booking.content.decode()
    # Nobody is told of it who books for another patient, or without a time.
    other = desk.get(f"/desk/patient/{cast.other_patient.pk}/book/", {"slot": slot})
    assert "move it instead" not in words_of(other)
    assert "move it instead" not in words_of(desk.get("/desk/patients/"))
    # Two presses: see what it does, move it.
    page = desk.get(move_path(visit), {"slot": slot})
    sent = {name: page.context["form"][name].value() for name in ("clinician", "day", "at")}
    assert desk.post(move_path(visit), {**sent, "rev": 0, "notify": "n"}).status_code == 302
    visit.refresh_from_db()
    assert (visit.starts_at, visit.set_aside_at) == (datetime(2027, 2, 8, 15, tzinfo=UTC), None)
