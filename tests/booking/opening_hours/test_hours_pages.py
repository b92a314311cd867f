"""Hours changed under booked visits: shown first, and nobody is cancelled or mailed unasked."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, Closure, ExtraOpening, OpeningHours, Room, Service
from booking.opening_hours.conflicts import hours_conflicts, to_be_moved
from booking.refusals import Refused
from booking.scheduling.queries import Search, free_slots_for, reasons_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.practice.wall_time import instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_clinician, make_patient, make_referral
from tests.racing import race

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
# Far enough ahead to be future on any clock: a Monday.
MONDAY = date(2031, 2, 3)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return instant(day, time(hour, minute), ZONE)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def visits(cast: Cast) -> list[Appointment]:
    """Return five visits, one on each weekday, the third of a patient without an address."""
    return [
        make_appointment(
            patient=make_patient(email=f"p{n}@example.test" if n != 2 else "", name=f"Patient {n}"),
            clinician=cast.clinician,
            starts_at=at(9, day=MONDAY + timedelta(days=n)),
        )
        for n in range(5)
    ]


WEEK_OFF = {
    "first_day": "2031-02-03",
    "last_day": "2031-02-07",
    "begins": "",
    "ends": "",
    "label": "School",
    "look": "1",
}


def free(cast: Cast, day: date) -> list[datetime]:
    search = Search(
        service=Service.objects.get(code="evaluation"),
        policy=current_policy(),
        now=at(8, day=MONDAY - timedelta(days=30)),
        clinician_id=cast.clinician.pk,
        by_staff=True,
    )
    return [slot.starts_at for slot in free_slots_for(search, first_day=day, days=1)]


def test_time_off_over_five_visits_shows_them_first_and_touches_none(
    cast: Cast, desk: Client, visits: list[Appointment]
) -> None:
    other = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=at(9, day=MONDAY + timedelta(days=7)),
    )
    path = f"/desk/hours/{cast.clinician.pk}/close/"
    seen = desk.post(path, WEEK_OFF)
    impact = seen.context["impact"]
    assert [one.visit.pk for one in impact.orphans] == [visit.pk for visit in visits]
    assert (impact.kept, impact.by_mail, impact.not_by_mail) == (1, 4, 1)
    assert not Closure.objects.exists()
    assert free(cast, MONDAY)

    assert desk.post(path, {**WEEK_OFF, "confirmed": "1"}).status_code == 302
    assert free(cast, MONDAY) == []
    assert [one.visit.pk for one in to_be_moved(NOW)] == [visit.pk for visit in visits]
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}
    assert not Email.objects.exists()
    assert other.pk not in {one.visit.pk for one in hours_conflicts(NOW)}


def test_each_visit_is_allowed_moved_or_cancelled_as_chosen(
    cast: Cast, desk: Client, visits: list[Appointment]
) -> None:
    stale, allowed, cancelled, left, _ = visits
    form = {
        **WEEK_OFF,
        "confirmed": "1",
        f"visit-{stale.pk}": "cancel:7",
        f"visit-{allowed.pk}": "keep:0",
        f"visit-{cancelled.pk}": "cancel:0",
        f"visit-{left.pk}": "move:0",
    }
    answer = desk.post(f"/desk/hours/{cast.clinician.pk}/close/", form, follow=True)
    assert "3 visits wait on the work list" in answer.content.decode()
    status = dict(Appointment.objects.values_list("pk", "status"))
    assert [status[visit.pk] for visit in visits] == [
        "booked",
        "booked",
        "cancelled",
        "booked",
        "booked",
    ]
    assert allowed.pk not in {one.visit.pk for one in to_be_moved(NOW)}
    assert allowed.pk in {one.visit.pk for one in hours_conflicts(NOW)}
    assert [mail.about for mail in Email.objects.all()] == [f"appointment:{cancelled.pk}"]
    cancelled.refresh_from_db()
    assert cancelled.cancelled_by_clinic


def test_a_clinician_takes_her_own_time_off_but_cancels_nobody(
    cast: Cast, visits: list[Appointment]
) -> None:
    client = client_for(cast.clinician.user)
    assert (
        "Cancel for the clinic"
        not in client.post("/review/hours/close/", WEEK_OFF).content.decode()
    )
    form = {**WEEK_OFF, "confirmed": "1", f"visit-{visits[0].pk}": "cancel:0"}
    assert client.post("/review/hours/close/", form).status_code == 302
    visits[0].refresh_from_db()
    assert visits[0].status == "booked"
    assert len(to_be_moved(NOW)) == 5
    [closure] = Closure.objects.all()
    assert (closure.clinician, closure.made_by) == (cast.clinician, cast.clinician.user)
    others = Closure.objects.create(
        clinician=make_clinician(email="c2@example.test"), starts_at=at(8), ends_at=at(9)
    )
    assert client.post(f"/review/hours/closure/{others.pk}/reopen/").status_code == 404
    assert client.post(f"/review/hours/closure/{closure.pk}/reopen/").status_code == 302
    assert to_be_moved(NOW) == []


def test_new_weekly_hours_count_from_their_day_and_old_ones_before_and_after(
    cast: Cast, desk: Client, visits: list[Appointment]
) -> None:
    form = {
        "first": "2031-02-05",
        "last": "2031-02-06",
        **{f"day_{n}": "10-12, 1 pm-3 pm" for n in range(5)},
        "look": "1",
    }
    path = f"/desk/hours/{cast.clinician.pk}/week/"
    orphans = desk.post(path, form).context["impact"].orphans
    assert [one.visit.pk for one in orphans] == [visits[2].pk, visits[3].pk]
    assert OpeningHours.objects.count() == 5
    assert desk.post(path, {**form, "confirmed": "1"}).status_code == 302
    wednesday = MONDAY + timedelta(days=2)
    # The visit at nine still has its time, so the new morning is not free yet.
    assert free(cast, wednesday) == [at(13, minute, day=wednesday) for minute in (0, 15, 30)]
    friday = MONDAY + timedelta(days=4)
    assert at(8, day=friday + timedelta(days=7)) in free(cast, friday + timedelta(days=7))
    assert [one.visit.pk for one in to_be_moved(NOW)] == [visits[2].pk, visits[3].pk]


@pytest.mark.parametrize(
    ("field", "value"),
    [("day_0", "mornings"), ("first", "2020-01-01"), ("last", "2031-01-01"), ("first", "")],
)
def test_invalid_hours_are_refused_and_stay_in_the_form(
    cast: Cast, desk: Client, field: str, value: str
) -> None:
    form = {"first": "2031-02-05", "last": "", "day_0": "8-12", "look": "1", field: value}
    answer = desk.post(f"/desk/hours/{cast.clinician.pk}/week/", form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert OpeningHours.objects.count() == 5


def test_a_time_that_comes_twice_or_never_asks_which_one_is_meant(cast: Cast, desk: Client) -> None:
    path = f"/desk/hours/{cast.clinician.pk}/close/"
    for day, begins, names in (
        ("2031-11-02", "01:30", ["1:30 am EDT", "1:30 am EST"]),
        ("2031-03-09", "02:30", ["1:30 am EST", "3:30 am EDT"]),
    ):
        form = {
            "first_day": day,
            "begins": begins,
            "last_day": day,
            "ends": "08:00",
            "label": "",
            "look": "1",
        }
        asked = desk.post(path, form)
        assert asked.status_code == 422
        page = asked.content.decode()
        assert all(name in page for name in names)
        choices = asked.context["form"].fields["from_reading"].widget.choices
        chosen = {**form, "from_reading": choices[1][0], "confirmed": "1"}
        assert desk.post(path, chosen).status_code == 302
        assert Closure.objects.latest("pk").starts_at == datetime.fromisoformat(choices[1][0])


def test_an_extra_opening_is_offered_booked_and_shown_and_taken_away_with_a_warning(
    cast: Cast, desk: Client
) -> None:
    saturday = MONDAY + timedelta(days=5)
    make_referral(patient=cast.patient)
    assert free(cast, saturday) == []
    form = {
        "on": "2031-02-08",
        "begins": "09:00",
        "ends": "11:00",
        "label": "",
        "look": "1",
        "confirmed": "1",
    }
    assert desk.post(f"/desk/hours/{cast.clinician.pk}/open/", form).status_code == 302
    assert free(cast, saturday) == [at(9, m, day=saturday) for m in (0, 15, 30)]
    visit = book_by_staff(
        patient=cast.patient,
        service_code="evaluation",
        starts_at=at(9, day=saturday),
        clinician_id=cast.clinician.pk,
        staff=cast.manager,
        context=Context(SYSTEM, at(8)),
    )
    [opening] = ExtraOpening.objects.all()
    page = " ".join(desk.get("/desk/day/2031-02-08/").content.decode().split())
    assert "9:00 am to 11:00 am" in page
    path = f"/desk/hours/{cast.clinician.pk}/opening/{opening.pk}/close/"
    [orphan] = desk.post(path, {"look": "1"}).context["impact"].orphans
    assert orphan.visit == visit
    assert desk.post(path, {"look": "1", "confirmed": "1"}).status_code == 302
    assert [one.visit for one in to_be_moved(NOW)] == [visit]


def test_a_clinician_who_stops_leaves_visits_to_move_and_a_readable_past(
    cast: Cast, desk: Client, visits: list[Appointment]
) -> None:
    past = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=at(9, day=date(2020, 2, 3)),
        status="completed",
    )
    path = f"/desk/hours/{cast.clinician.pk}/abilities/"
    services = list(Service.objects.values_list("pk", flat=True))
    assert desk.post(path, {"services": services, "look": "1"}).context["impact"].by_mail == 4
    desk.post(path, {"services": services, "look": "1", "confirmed": "1"})
    assert free(cast, MONDAY + timedelta(days=14)) == []
    assert len(to_be_moved(NOW)) == 5
    assert desk.get(f"/desk/appointment/{past.pk}/").status_code == 200
    assert b"Dr. Test" in desk.get("/desk/day/2031-02-03/").content


@pytest.mark.promises
@pytest.mark.parametrize("service", ["9" * 40, "-1", "none"])
def test_a_service_that_nobody_offers_is_refused_where_it_was_chosen(
    cast: Cast, desk: Client, service: str
) -> None:
    answer = desk.post(f"/desk/hours/{cast.clinician.pk}/abilities/", {"services": [service]})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["services"]


def test_a_room_that_closes_lists_its_visits_until_they_are_moved(
    cast: Cast, desk: Client, visits: list[Appointment]
) -> None:
    room = Room.objects.get(name="Room 1")
    path, use = f"/desk/hours/room/{room.pk}/change/", {"name": "Room 1", "look": "1"}
    assert len(desk.post(path, use).context["impact"].orphans) == 5
    assert desk.post(path, {**use, "confirmed": "1"}).status_code == 302
    assert len(to_be_moved(NOW)) == 5
    form = {"rev": 0, "clinician": cast.clinician.pk, "day": "2031-02-10", "at": "09:00"}
    # The desk books a year ahead; a visit further ahead is moved with a reason.
    form["overlap_reason"] = "room"
    desk.post(f"/desk/appointment/{visits[0].pk}/move/", form)
    visits[0].refresh_from_db()
    assert visits[0].room.name == "Room 2"
    assert len(to_be_moved(NOW)) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_time_off_and_a_booking_inside_it_at_once_are_never_both_unseen() -> None:
    cast = make_cast()
    now = datetime.now(tz=NOW.tzinfo)
    days = [day for n in range(10, 60) if (day := (now + timedelta(days=n)).date()).weekday() < 5]
    rounds: list[Any] = []
    for number, day in enumerate(days[:5]):
        patient = make_patient(email=f"r{number}@example.test")
        client = client_for(cast.clinician.user)
        form = {**WEEK_OFF, "first_day": str(day), "last_day": str(day), "confirmed": "1"}

        def act(
            n: int,
            patient: Any = patient,
            day: date = day,
            form: Any = form,
            client: Client = client,
        ) -> Any:
            if n == 0:
                return client.post("/review/hours/close/", form).status_code
            return book_by_staff(
                patient=patient,
                service_code="evaluation",
                starts_at=at(9, day=day),
                clinician_id=cast.clinician.pk,
                staff=cast.manager,
                context=Context(SYSTEM, now),
            )

        closed, booked = race(2, act)
        assert closed == 302
        listed = {one.visit.pk for one in to_be_moved(now)}
        if isinstance(booked, Appointment):
            assert booked.pk in listed
        else:
            assert isinstance(booked, Refused), booked
        rounds.append(type(booked).__name__)
    print(rounds)


def test_why_not_says_closed(cast: Cast) -> None:
    Closure.objects.create(starts_at=at(0), ends_at=at(23))
    search = Search(
        service=Service.objects.get(code="evaluation"),
        policy=current_policy(),
        now=at(8, day=MONDAY - timedelta(days=30)),
    )
    reasons = reasons_for(search, clinician_id=cast.clinician.pk, starts_at=at(9))
    assert [reason.code for reason in reasons] == ["closed"]
