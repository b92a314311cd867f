"""What the desk's calendar shows and where, in words too, and on days when the clocks change."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.calendar.sheets import Sheet, day_sheet, week_sheet
from booking.models import Closure, OpeningHours, Room
from clinic.management.sample.bulk import make_bulk
from clinic.practice.wall_time import instant
from clinic.templatetags.look import clock
from tests.big_tables import analyze
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_clinician, make_patient, make_referral
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
TODAY = date(2027, 2, 1)
HOUSEKEEPING = re.compile(
    r"(SAVEPOINT|RELEASE|BEGIN|.*(clinic_storedsession|clinic_user|clinic_auditevent|authenticator))",
    re.I,
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def at(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    return instant(day, time(hour, minute), ZONE)


def kinds(sheet: Sheet, column: str) -> list[tuple[str, str, str]]:
    """Return kind, first and last time of each cell of a column."""
    return [
        (cell.kind, clock(cell.starts_at), clock(cell.ends_at))
        for row in sheet.rows
        for cell in row.places
        if cell.head.name == column
    ]


def names(page: str, pattern: str) -> list[str]:
    """Return what a screen reader says of each link of that class."""
    on_screen = re.sub(r'<span class="print-only">.*?</span>', "", page, flags=re.S)
    on_screen = re.sub(r'<span[^>]*aria-hidden="true"[^>]*>[^<]*</span>', "", on_screen)
    found = re.findall(rf'<a class="{pattern}[^"]*"[^>]*>(.*?)</a>', on_screen, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", one)).strip() for one in found]


def test_a_column_is_hours_visits_buffers_time_off_and_what_is_free(cast: Cast) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10))
    Closure.objects.create(
        clinician=cast.clinician, starts_at=at(15), ends_at=at(16), label="School"
    )
    sheet = day_sheet(TODAY, now=at(7))
    assert kinds(sheet, "Dr. Test") == [
        ("free", "8:00 am", "10:00 am"),
        ("visit", "10:00 am", "11:30 am"),
        ("buffer", "11:30 am", "11:45 am"),
        ("free", "11:45 am", "3:00 pm"),
        ("off", "3:00 pm", "4:00 pm"),
        ("free", "4:00 pm", "5:00 pm"),
    ]
    assert (sheet.visits, sheet.free_minutes) == (1, 120 + 195 + 60)


def test_each_visit_is_a_link_that_says_who_what_when_and_its_status(
    cast: Cast, desk: Client
) -> None:
    make_referral(patient=cast.other_patient)
    for patient, hour, status, fields in (
        (cast.patient, 9, "booked", {"attention": "red"}),
        (cast.other_patient, 13, "arrived", {}),
    ):
        make_appointment(
            patient=patient,
            clinician=cast.clinician,
            starts_at=at(hour, day=date(2031, 2, 3)),
            status=status,
            **fields,
        )
    page = desk.get("/desk/day/2031-02-03/").content.decode()
    first, second = names(page, "appt")
    assert first == (
        "No impact until reviewed. Pat E. Evaluation, Monday, February 3, 2031, 9:00 am to"
        " 10:30 am. Booked · First visit · Intake missing · Dr. Test, Room 1"
    )
    assert second == (
        "Otherwise K. Evaluation, Monday, February 3, 2031, 1:00 pm to 2:30 pm. Arrived · "
        "First visit · Dr. Test, Room 1"
    )


def test_a_free_time_leads_to_a_booking_at_that_time(cast: Cast, desk: Client) -> None:
    page = desk.get("/desk/day/2031-02-03/").content.decode()
    [link] = re.findall(r'class="free" href="([^"]+)"', page)
    found = desk.post(unescape(link), {"q": "Pat"}, follow=True)
    [booking] = re.findall(r'href="(/desk/patient/[^"]+book[^"]+)"', found.content.decode())
    form = desk.get(booking).context["form"]
    assert (str(form["day"].value()), form["at"].value()) == ("2031-02-03", "08:00")
    assert form["clinician"].value() == cast.clinician.pk
    assert desk.get("/desk/patients/?slot=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("day", "quarters", "hours"), [(date(2027, 3, 14), 92, 23), (date(2027, 11, 7), 100, 25)]
)
def test_on_days_the_clocks_change_every_hour_is_there_and_half_past_nine_is_half_past_nine(
    cast: Cast, day: date, quarters: int, hours: int
) -> None:
    OpeningHours.objects.create(
        clinician=cast.clinician, weekday=6, starts=time(0), ends=time(23, 59)
    )
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9, 30, day=day))
    sheet = day_sheet(day, now=NOW)
    assert len(sheet.rows) == quarters
    assert sum(row.is_hour for row in sheet.rows) == hours
    for shown in (sheet, week_sheet(day - timedelta(days=6), clinician=cast.clinician, now=NOW)):
        [row] = [row for row in shown.rows if any(cell.cards for cell in row.places)]
        assert clock(row.at) == "9:30 am"
        [cell] = [cell for cell in row.places if cell.cards]
        assert cell.rows == 6
    total = dict.fromkeys(range(len(sheet.heads)), 0)
    for row in sheet.rows:
        for cell in row.places:
            total[sheet.heads.index(cell.head)] += cell.rows
    assert set(total.values()) == {quarters}


def test_the_now_line_stands_in_the_quarter_that_runs_and_free_time_lies_after_it(
    cast: Cast,
) -> None:
    sheet = day_sheet(TODAY, now=at(10, 20))
    assert [clock(row.at) for row in sheet.rows if row.is_now] == ["10:15 am"]
    assert kinds(sheet, "Dr. Test") == [
        ("past", "8:00 am", "10:30 am"),
        ("free", "10:30 am", "5:00 pm"),
    ]


def test_two_visits_over_each_other_are_both_there(cast: Cast) -> None:
    first = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10))
    over = make_appointment(
        patient=cast.other_patient,
        clinician=cast.clinician,
        starts_at=at(10, 30),
        overlap_reason="Twins",
    )
    sheet = day_sheet(TODAY, now=at(7))
    [cards] = [cell.cards for row in sheet.rows for cell in row.places if cell.cards]
    assert [(card.visit.pk, card.look) for card in cards] == [(first.pk, ""), (over.pk, "over")]


def test_by_room_the_columns_are_rooms(cast: Cast, desk: Client) -> None:
    room = Room.objects.get(name="Room 2")
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10), room=room)
    Closure.objects.create(room=room, starts_at=at(8), ends_at=at(9), label="Paint")
    sheet = day_sheet(TODAY, now=at(7), by_room=True)
    assert [head.name for head in sheet.heads] == ["Room 1", "Room 2", "Room 3"]
    assert ("visit", "10:00 am", "11:30 am") in kinds(sheet, "Room 2")
    page = desk.get("/desk/day/2027-02-01/?by=room").content.decode()
    assert "one column for each room" in page


def test_a_visit_in_a_closed_time_says_whether_it_is_to_be_moved_or_allowed(
    cast: Cast, desk: Client
) -> None:
    monday = date(2031, 2, 3)
    rooms = list(Room.objects.order_by("pk"))
    for number, fields in enumerate(
        ({}, {"stays_outside_hours": True}, {"overlap_reason": "Twins"})
    ):
        make_appointment(
            patient=make_patient(email=f"p{number}@example.test", name=f"Pat {number}"),
            clinician=make_clinician(email=f"c{number}@example.test"),
            starts_at=at(9, day=monday),
            room=rooms[number],
            **fields,
        )
    path = "/desk/day/2031-02-03/"
    assert "To be moved" not in (before := desk.get(path).content.decode())
    assert "Kept outside hours" not in before
    Closure.objects.create(starts_at=at(0, day=monday), ends_at=at(23, day=monday))
    for shown in (path, "/desk/week/2031-02-03/"):
        page = desk.get(shown).content.decode()
        assert (page.count("To be moved"), page.count("Kept outside hours")) == (1, 1)


def test_a_visit_that_its_clinician_no_longer_does_is_to_be_moved(cast: Cast, desk: Client) -> None:
    monday = date(2031, 2, 3)
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(9, day=monday)
    )
    cast.clinician.services.remove(visit.service)
    for shown in ("/desk/day/2031-02-03/", "/desk/week/2031-02-03/", "/desk/lists/to-move/"):
        said = "To be moved" if "lists" not in shown else "offer this visit"
        assert said in desk.get(shown).content.decode()


def test_a_day_on_which_everybody_is_away_is_as_long_as_others(cast: Cast) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10))
    Closure.objects.create(starts_at=at(0), ends_at=at(23))
    for by_room in (False, True):
        sheet = day_sheet(TODAY, now=at(7), by_room=by_room)
        assert [clock(sheet.rows[n].at) for n in (0, -1)] == ["8:00 am", "5:45 pm"]


def test_the_week_remembers_the_day_it_was_opened_on(cast: Cast, desk: Client) -> None:
    page = desk.get("/desk/week/2031-02-05/").content.decode()
    [day] = re.findall(r'data-key="d" href="([^"]+)"', page)
    assert day == "/desk/day/2031-02-05/"


def test_every_choice_list_of_a_form_looks_like_one(cast: Cast, desk: Client) -> None:
    make_referral(patient=cast.patient)
    for path in (f"/desk/patient/{cast.patient.pk}/book/", "/desk/why/"):
        lists = re.findall(r"<select[^>]*>", desk.get(path).content.decode())
        assert lists
        assert all("form-select" in one and "form-control" not in one for one in lists)


def test_the_desk_opens_in_the_view_it_showed_last(cast: Cast, desk: Client) -> None:
    assert desk.get("/desk/")["Location"] == reverse("desk_day")
    for path in ("/desk/day/?by=room", f"/desk/week/?clinician={cast.clinician.pk}", "/desk/week/"):
        assert desk.get(path).status_code == 200
        assert desk.get("/desk/")["Location"] == path
    desk.cookies["desk_view"] = "week-99999"
    assert desk.get("/desk/")["Location"] == "/desk/week/"


@pytest.mark.parametrize(
    "path",
    [
        "/desk/week/x/",
        "/desk/week/9999-12-31/",
        "/desk/week/?clinician=0x",
        "/desk/week/?clinician=99999",
    ],
)
def test_an_address_that_is_not_a_week_is_not_found(desk: Client, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_a_week_of_320_visits_asks_fourteen_times_at_most(cast: Cast, desk: Client) -> None:
    for number in range(7):
        make_clinician(email=f"c{number}@example.test", name=f"Dr. {number}")
    # In full over six years of such weeks.
    many = rounds(6_400, 100_000)
    make_bulk(patients=800, appointments=many, start=TODAY, rng=Random(1), zone=ZONE)
    analyze()

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page = desk.get(path)
        assert page.status_code == 200
        return sum(not HOUSEKEEPING.match(query["sql"]) for query in seen.captured_queries)

    full = {path: statements(path) for path in ("/desk/week/2027-02-01/", "/desk/day/2027-02-01/")}
    week = desk.get("/desk/week/2027-02-01/").context["board"]
    # Of eight a day for each of eight clinicians, a few are cancelled.
    assert 270 <= week.visits <= 8 * 40
    assert max(full.values()) <= 14
    empty = {path: statements(path.replace("2027", "2029")) for path in full}
    assert empty == full


def test_a_weekend_shows_only_when_somebody_works(cast: Cast) -> None:
    week = week_sheet(TODAY, clinician=cast.clinician, now=NOW)
    assert len(week.heads) == 5
    patient = make_patient(email="saturday@example.test")
    saturday = datetime(2027, 2, 6, 15, tzinfo=UTC)
    make_appointment(patient=patient, clinician=cast.clinician, starts_at=saturday)
    week = week_sheet(TODAY, clinician=cast.clinician, now=NOW)
    assert [head.visits for head in week.heads] == [0, 0, 0, 0, 0, 1]
    assert saturday.astimezone(ZoneInfo(ZONE)).date() == week.heads[-1].day
