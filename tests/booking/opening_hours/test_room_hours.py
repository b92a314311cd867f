"""Rooms with their own hours: what is offered, and what the desk sees before it changes them."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.appointments.bookings import book_by_staff
from booking.calendar.sheets import day_sheet
from booking.constraints import violated
from booking.models import Appointment, Closure, ExtraOpening, OpeningHours, Room, Service
from booking.opening_hours.actions import set_week
from booking.opening_hours.conflicts import ROOM_CLOSED, hours_conflicts, to_be_moved
from booking.refusals import Refused
from booking.scheduling.availability import NO_ROOM, NO_ROOM_OPEN
from booking.scheduling.queries import Search, free_slots_for, reasons_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.practice.wall_time import instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_clinician, make_patient
from tests.racing import race

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
# Far enough ahead to be future on any clock: a Monday.
MONDAY = date(2031, 2, 3)
MORNINGS = [[(time(8), time(12))]] * 5 + [[], []]


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return instant(day, time(hour, minute), ZONE)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def room(cast: Cast) -> Room:
    """Return the only room that is given out."""
    Room.objects.exclude(name="Room 1").update(is_active=False)
    return Room.objects.get(name="Room 1")


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def search(cast: Cast) -> Search:
    return Search(
        service=Service.objects.get(code="evaluation"),
        policy=current_policy(),
        now=at(8, day=MONDAY - timedelta(days=30)),
        clinician_id=cast.clinician.pk,
        by_staff=True,
    )


def last_start(cast: Cast, day: date) -> datetime | None:
    """Return the last start that is offered that day; a visit takes ninety minutes."""
    slots = free_slots_for(search(cast), first_day=day, days=1)
    return slots[-1].starts_at if slots else None


def mornings_only(room: Room, *, first: date = MONDAY, last: date | None = None) -> None:
    set_week(room_id=room.pk, week=MORNINGS, first=first, last=last, actor=SYSTEM)


def test_a_room_is_open_at_any_time_until_it_has_hours_and_after_they_end(
    cast: Cast, room: Room
) -> None:
    friday = MONDAY + timedelta(days=4)
    mornings_only(room, first=MONDAY, last=friday - timedelta(days=1))
    assert last_start(cast, MONDAY - timedelta(days=3)) == at(15, 30, MONDAY - timedelta(days=3))
    assert last_start(cast, MONDAY) == at(10, 30)
    assert last_start(cast, friday) == at(15, 30, friday)


def test_a_week_without_hours_opens_the_room_at_any_time_again(cast: Cast, room: Room) -> None:
    mornings_only(room)
    tuesday = MONDAY + timedelta(days=1)
    set_week(room_id=room.pk, week=[[]] * 7, first=tuesday, last=None, actor=SYSTEM)
    assert last_start(cast, MONDAY) == at(10, 30)
    assert last_start(cast, tuesday) == at(15, 30, tuesday)


def test_hours_of_a_room_leave_those_of_clinicians_alone(cast: Cast, room: Room) -> None:
    before = OpeningHours.objects.filter(clinician=cast.clinician).count()
    mornings_only(room)
    assert OpeningHours.objects.filter(clinician=cast.clinician).count() == before == 5
    assert OpeningHours.objects.filter(room=room).count() == 5


def test_another_room_serves_where_one_is_closed(cast: Cast, room: Room) -> None:
    other = Room.objects.get(name="Room 2")
    Room.objects.filter(pk=other.pk).update(is_active=True)
    mornings_only(room)
    [slot] = [
        one
        for one in free_slots_for(search(cast), first_day=MONDAY, days=1)
        if one.starts_at == at(13)
    ]
    assert slot.room_id == other.pk


def test_an_extra_opening_is_offered_and_a_closure_in_it_wins(cast: Cast, room: Room) -> None:
    mornings_only(room)
    span = {"room": room, "starts_at": at(13), "ends_at": at(16)}
    ExtraOpening.objects.create(**span)
    assert last_start(cast, MONDAY) == at(14, 30)
    Closure.objects.create(**span | {"starts_at": at(15)})
    assert last_start(cast, MONDAY) == at(13, 30)


def test_why_not_tells_a_closed_room_from_a_taken_one(cast: Cast, room: Room) -> None:
    mornings_only(room)
    asked = {"clinician_id": cast.clinician.pk}
    assert reasons_for(search(cast), starts_at=at(13), **asked) == [NO_ROOM_OPEN]
    colleague = make_clinician(email="c2@example.test")
    make_appointment(patient=cast.patient, clinician=colleague, starts_at=at(8), room=room)
    assert reasons_for(search(cast), starts_at=at(8), **asked) == [NO_ROOM]


def test_hours_of_rooms_add_no_statement_to_the_search(cast: Cast, room: Room) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            free_slots_for(search(cast), first_day=MONDAY, days=30)
        return len(seen)

    before = asked()
    mornings_only(room)
    assert asked() == before


WEEK = {
    "first": "2031-02-03",
    "last": "",
    **{f"day_{n}": "8-12" for n in range(5)},
    "look": "1",
}


def test_new_hours_of_a_room_show_its_visits_first_and_touch_none(
    cast: Cast, desk: Client, room: Room
) -> None:
    noon = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(13), room=room
    )
    make_appointment(
        patient=make_patient(email="m@example.test"),
        clinician=cast.clinician,
        starts_at=at(9),
        room=room,
    )
    path = f"/desk/hours/room/{room.pk}/week/"
    impact = desk.post(path, WEEK).context["impact"]
    assert [one.visit.pk for one in impact.orphans] == [noon.pk]
    assert impact.orphans[0].reasons == (ROOM_CLOSED,)
    assert impact.kept == 1
    assert not OpeningHours.objects.filter(room=room).exists()
    assert desk.post(path, {**WEEK, "confirmed": "1"}).status_code == 302
    assert [one.visit.pk for one in to_be_moved(NOW)] == [noon.pk]
    assert not Email.objects.exists()
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}


def test_the_room_has_a_page_with_all_that_is_set(cast: Cast, desk: Client, room: Room) -> None:
    path = f"/desk/hours/room/{room.pk}/"
    assert "No hours of its own" in desk.get(path).content.decode()
    assert path in desk.get("/desk/hours/").content.decode()
    desk.post(f"{path}week/", {**WEEK, "confirmed": "1"})
    off = {"first_day": "2031-02-05", "last_day": "2031-02-05", "begins": "", "ends": ""}
    desk.post(f"{path}close/", {**off, "label": "Painters", "look": "1", "confirmed": "1"})
    extra = {"on": "2031-02-08", "begins": "09:00", "ends": "11:00", "label": "Open day"}
    desk.post(f"{path}open/", {**extra, "look": "1", "confirmed": "1"})
    page = desk.get(path).content.decode()
    page = " ".join(page.split())
    assert all(text in page for text in ("8:00 am to 12:00 pm", "Painters", "Open day"))
    [closure], [opening] = Closure.objects.all(), ExtraOpening.objects.all()
    assert (closure.room, opening.room, opening.made_by) == (room, room, cast.manager)
    desk.post(f"{path}closure/{closure.pk}/reopen/")
    desk.post(f"{path}opening/{opening.pk}/close/", {"look": "1", "confirmed": "1"})
    assert not Closure.objects.exists()
    assert not ExtraOpening.objects.exists()


def test_a_rooms_pages_cannot_change_hours_of_other_rooms_or_clinicians(
    cast: Cast, desk: Client, room: Room
) -> None:
    other = Room.objects.get(name="Room 2")
    whose: list[dict[str, Any]] = [{"room": other}, {"clinician": cast.clinician}]
    for owner in whose:
        closure = Closure.objects.create(**owner, starts_at=at(8), ends_at=at(9))
        opening = ExtraOpening.objects.create(**owner, starts_at=at(18), ends_at=at(19))
        path = f"/desk/hours/room/{room.pk}"
        assert desk.post(f"{path}/closure/{closure.pk}/reopen/").status_code == 404
        assert desk.post(f"{path}/opening/{opening.pk}/close/").status_code == 404
    assert (Closure.objects.count(), ExtraOpening.objects.count()) == (2, 2)


def test_a_room_can_be_renamed_but_not_like_another_room(
    cast: Cast, desk: Client, room: Room
) -> None:
    path = f"/desk/hours/room/{room.pk}/change/"
    form = {"is_active": "on", "look": "1", "confirmed": "1"}
    taken = desk.post(path, {**form, "name": "room 2"})
    assert taken.status_code == 422
    assert taken.context["form"]["name"].value() == "room 2"
    assert desk.post(path, {**form, "name": "ROOM 1"}).status_code == 302
    room.refresh_from_db()
    assert (room.name, room.is_active) == ("ROOM 1", True)


@pytest.mark.promises
@pytest.mark.parametrize("model", [OpeningHours, ExtraOpening])
@pytest.mark.parametrize("owners", ["nobody", "both"])
def test_hours_belong_to_one_clinician_or_one_room(
    cast: Cast, room: Room, model: type[Any], owners: str
) -> None:
    who = {"clinician": cast.clinician, "room": room} if owners == "both" else {}
    when: dict[str, Any] = (
        {"weekday": 0, "starts": time(8), "ends": time(9)}
        if model is OpeningHours
        else {"starts_at": at(8), "ends_at": at(9)}
    )
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        model.objects.create(**who, **when)
    name = violated(refused.value) or ""
    assert name.endswith("_of_clinician_or_room")


def test_the_calendar_by_room_shows_closed_hours_without_more_statements(
    cast: Cast, desk: Client, room: Room
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            day_sheet(MONDAY, now=at(7), by_room=True)
        return len(seen)

    before = asked()
    mornings_only(room)
    sheet = day_sheet(MONDAY, now=at(7), by_room=True)
    kinds = [
        (cell.kind, cell.starts_at, cell.ends_at)
        for row in sheet.rows
        for cell in row.places
        if cell.head.name == room.name
    ]
    # The column is as long as any clinician sees patients.
    free = [("free", at(hour), at(hour + 1)) for hour in range(8, 12)]
    assert kinds == [*free, ("off", at(12), at(17))]
    assert asked() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_hours_of_a_room_and_a_booking_beyond_them_at_once_are_never_both_unseen() -> None:
    cast = make_cast()
    Room.objects.exclude(name="Room 1").update(is_active=False)
    room = Room.objects.get(name="Room 1")
    for number in range(5):
        day = MONDAY + timedelta(days=7 * number)
        patient = make_patient(email=f"r{number}@example.test")

        def act(n: int, day: date = day, patient: Any = patient) -> Any:
            if n == 0:
                return mornings_only(room, first=day, last=day)
            return book_by_staff(
                patient=patient,
                service_code="evaluation",
                starts_at=at(14, day=day),
                clinician_id=cast.clinician.pk,
                staff=cast.manager,
                context=Context(SYSTEM, at(8, day=day - timedelta(days=30))),
            )

        changed, booked = race(2, act)
        assert changed is None
        listed = {one.visit.pk for one in hours_conflicts(at(8, day=day - timedelta(days=30)))}
        if isinstance(booked, Appointment):
            assert booked.pk in listed
        else:
            assert isinstance(booked, Refused), booked
