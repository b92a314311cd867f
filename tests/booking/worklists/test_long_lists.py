"""Lists that are longer than a page: counted, paged, sorted, filtered, and filed whole."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.worklists.cells import Cell, Cents, cell_words, file_header, file_row, sort_key
from booking.worklists.queries import LISTS
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.booking.worklists.test_desk_lists import CASES, on_screen, visit
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_clinician, make_patient

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# More than a list showed before it had pages.
MANY = 620


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def many_reminders(patient: Patient, **fields: Any) -> None:
    now = timezone.now()
    Email.objects.bulk_create(
        Email(
            about=f"appointment:{number}",
            kind="reminder_24h",
            patient=patient,
            due_at=now + timedelta(minutes=number),
            next_try_at=now,
            useless_after=now + 9 * DAY,
            **fields,
        )
        for number in range(MANY)
    )


def file_of(desk: Client, path: str) -> list[dict[str, str]]:
    text = desk.get(path).content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def names(page: Any) -> list[str]:
    return [row[0] for row in on_screen(page.content.decode())]


# A count is a count


def test_no_row_is_cut_off_and_none_is_shown_twice(cast: Cast, desk: Client) -> None:
    many_reminders(cast.patient)
    counted = {one.slug: count for one, count in desk.get("/desk/lists/").context["counted"]}
    assert counted["reminders"] == MANY
    seen: list[str] = []
    for number in range(1, 14):
        page = desk.get("/desk/lists/reminders/", {"page": str(number)})
        rows = on_screen(page.content.decode())
        assert len(rows) == (50 if number < 13 else 20)
        seen += [row[2] for row in rows]
    assert "601 to 620 of 620" in " ".join(page.content.decode().split())
    filed = file_of(desk, "/desk/lists/reminders/file/")
    assert len(filed) == MANY
    assert [row["Due"] for row in filed] == seen


@pytest.mark.parametrize("number", ["0", "-1", "99999999", "x", "1.5", "²"])
def test_a_page_that_is_not_there_is_the_first_or_the_last(
    cast: Cast, desk: Client, number: str
) -> None:
    many_reminders(cast.patient)
    page = desk.get("/desk/lists/reminders/", {"page": number})
    assert page.status_code == 200
    assert page.context["page"].number in (1, 13)


def test_only_who_stands_on_the_page_is_recorded_as_seen(cast: Cast, desk: Client) -> None:
    people = [make_patient(email=f"p{n}@example.test", name=f"Person {n:03}") for n in range(60)]
    for number, one in enumerate(people):
        visit(cast, one, -1 - number * 0.9, status="no_show")
    desk.get("/desk/lists/no-shows/", {"page": "2"})
    seen = AuditEvent.objects.filter(action="see list", reason="no-shows")
    assert seen.count() == 10


# Sorted and filtered


def test_each_column_sorts_both_ways_by_what_its_cells_are(cast: Cast, desk: Client) -> None:
    # By words "Wednesday, ..." would come after "Monday, ...", and Adam before Zoe.
    for name, days in (("Zoe", -2), ("adam", -9), ("Mia", -5)):
        patient = make_patient(email=f"{name}@example.test", name=name)
        visit(cast, patient, days, status="no_show")
    asked = {"": ["Zoe", "Mia", "adam"], "3": ["adam", "Mia", "Zoe"], "-3": ["Zoe", "Mia", "adam"]}
    asked |= {"1": ["adam", "Mia", "Zoe"], "-1": ["Zoe", "Mia", "adam"]}
    for sort, expected in asked.items():
        page = desk.get("/desk/lists/no-shows/", {"sort": sort})
        assert names(page) == expected, sort
    assert 'aria-sort="descending"' in page.content.decode()
    filed = file_of(desk, "/desk/lists/no-shows/file/?sort=3")
    assert [row["Patient"] for row in filed] == asked["3"]


@pytest.mark.parametrize("sort", ["9", "-0", "--1", "x", "1e9", "²"])
def test_a_column_that_is_not_there_sorts_nothing(cast: Cast, desk: Client, sort: str) -> None:
    visit(cast, cast.patient, -2, status="no_show")
    page = desk.get("/desk/lists/no-shows/", {"sort": sort})
    assert (page.status_code, page.context["shown"].sort) == (200, 0)


def test_a_list_of_one_clinician_is_filed_so_too(cast: Cast, desk: Client) -> None:
    other = make_clinician(email="other.c@example.test", name="Dr. Other")
    visit(cast, cast.patient, -2)
    theirs = visit(cast, cast.other_patient, -3)
    Appointment.objects.filter(pk=theirs.pk).update(clinician=other)
    assert names(desk.get("/desk/lists/unclosed/")) == ["Otherwise Known", "Pat Example"]
    page = desk.get("/desk/lists/unclosed/", {"with": "Dr. Other", "sort": "1"})
    assert names(page) == ["Otherwise Known"]
    assert page.context["shown"].query == "with=Dr.+Other&sort=1"
    filed = file_of(desk, "/desk/lists/unclosed/file/?with=Dr.+Other")
    assert [row["Patient"] for row in filed] == ["Otherwise Known"]
    everybody = desk.get("/desk/lists/unclosed/", {"with": "Nobody"})
    assert len(names(everybody)) == 2


# Times that a spreadsheet can sort


@pytest.mark.parametrize("slug", CASES)
def test_the_columns_of_times_are_times(cast: Cast, slug: str) -> None:
    CASES[slug][0](cast)
    rows = list(LISTS[slug].lines(timezone.now()))
    for row in rows:
        for number, cell in enumerate(row.cells):
            if isinstance(cell, datetime):
                assert number in LISTS[slug].times
            elif isinstance(cell, date):
                assert number in LISTS[slug].dates


@pytest.mark.parametrize(
    ("at", "iso"),
    [
        # The night on which the clocks go forward, and the hour that comes twice.
        (datetime(2027, 3, 14, 6, 59, tzinfo=UTC), ["2027-03-14", "01:59"]),
        (datetime(2027, 3, 14, 7, 0, tzinfo=UTC), ["2027-03-14", "03:00"]),
        (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), ["2027-11-07", "01:30"]),
        (datetime(2027, 11, 7, 6, 30, tzinfo=UTC), ["2027-11-07", "01:30"]),
        # Still the day before at the clinic.
        (datetime(2027, 2, 1, 3, 0, tzinfo=UTC), ["2027-01-31", "22:00"]),
    ],
)
def test_a_time_stands_in_words_and_in_iso_form(at: datetime, iso: list[str]) -> None:
    assert file_row(["Ann", at], {1}, ()) == ["Ann", cell_words(at), *iso]
    assert cell_words(at).split(", ")[1].endswith(f" {int(iso[0][-2:])}")


def test_a_file_has_its_iso_columns_also_where_a_cell_is_empty() -> None:
    assert file_header(["Who", "When", "Since"], {1}, {2}) == [
        "Who", "When", "When, date", "When, time", "Since", "Since, date",
    ]  # fmt: skip
    assert file_row(["Ann", "", date(2027, 2, 1)], {1}, {2})[1:4] == ["", "", ""]
    assert file_row(["Ann", "", date(2027, 2, 1)], {1}, {2})[-1] == "2027-02-01"


@pytest.mark.parametrize(
    "cells",
    [
        [Cents(99), Cents(1_000), Cents(20_000)],
        [date(2027, 1, 31), date(2027, 2, 1)],
        ["adam", "Mia", "zoe"],
        [2, 10],
        [Cents(5), "text", ""],
    ],
)
def test_cells_are_sorted_by_their_values(cells: Sequence[Cell]) -> None:
    backwards = list(cells)
    backwards.reverse()
    backwards.sort(key=sort_key)
    assert backwards == list(cells)


# Mail


def test_mail_is_paged_and_what_happened_last_comes_first(cast: Cast, desk: Client) -> None:
    many_reminders(cast.patient)
    now = timezone.now()
    Email.objects.update(created_at=now - DAY)
    Email.objects.create(
        about="appointment:x", kind="confirmation", patient=cast.patient, due_at=now - 2 * DAY,
        next_try_at=now, status="sent", sent_at=now - timedelta(minutes=5),
    )  # fmt: skip
    page = desk.get("/desk/mail/")
    rows = on_screen(page.content.decode())
    assert len(rows) == 50
    # Sent five minutes ago, though each reminder is due later.
    assert rows[0][4] == "Sent"
    assert page.context["page"].paginator.count == MANY + 1
    waiting = desk.get("/desk/mail/", {"state": "due"})
    counted = {str(status): n for status, n in waiting.context["counts"]}
    assert waiting.context["page"].paginator.count == counted["due"] == MANY
    assert {row[4] for row in on_screen(waiting.content.decode())} == {"Waiting"}
    assert "state=due&amp;page=2" in waiting.content.decode()
    assert len(file_of(desk, "/desk/mail/file/?state=sent")) == 1
    assert len(file_of(desk, "/desk/mail/file/")) == MANY + 1


def test_an_unknown_state_of_mail_is_all_mail(cast: Cast, desk: Client) -> None:
    many_reminders(cast.patient)
    page = desk.get("/desk/mail/", {"state": "x"})
    assert (page.context["page"].paginator.count, page.context["state"]) == (MANY, "")
