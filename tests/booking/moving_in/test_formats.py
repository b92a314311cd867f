"""Every format, row by row: what is read, and what is not taken and why. Typed by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from booking.moving_in.files.formats import FORMATS, format_of, unread
from booking.moving_in.files.likeness import ByPairs, likeness
from booking.moving_in.files.rows import (
    RowLeft,
    RowRefused,
    read_day,
    read_package,
    read_patient,
    read_visit,
)
from booking.moving_in.files.tables import NoTable, read_table
from clinic.identity.same_person import ComparedContact

TODAY, NOW = date(2027, 2, 1), datetime(2027, 2, 1, 14, tzinfo=UTC)
ZONE = "America/New_York"

OPENEMR_PATIENT = {
    "pid": "17", "fname": "Ana", "mname": "B", "lname": "Ortiz", "DOB": "1991-03-04",
    "phone_cell": "", "phone_home": "(781) 555-0133", "email": "ana@example.test",
}  # fmt: skip
OPENEMR_VISIT = {
    "pc_pid": "17", "pc_eventDate": "2027-02-09", "pc_startTime": "09:30:00", "pc_aid": "6",
    "pc_title": "Office Visit", "pc_apptstatus": "-", "pc_recurrtype": "0",
}  # fmt: skip
WEBPT_VISIT = {
    "patient_id": "17", "start_date": "2027-02-09 09:30:00", "calendar_title": "J. Keane",
    "appointment_type": "IE", "appointment_status": "Active",
}  # fmt: skip


def patient(fmt: str, cells: dict[str, str]) -> tuple[object, ...]:
    found = read_patient(cells, FORMATS[fmt].files["patients"], today=TODAY)
    contact = found.contact
    return found.number, contact.name, contact.born_on, contact.phone, contact.email


@pytest.mark.parametrize(
    ("fmt", "cells", "wanted"),
    [
        (
            "openemr",
            OPENEMR_PATIENT,
            ("17", "Ana B Ortiz", date(1991, 3, 4), "+17815550133", "ana@example.test"),
        ),
        # The cell phone before the home phone; no date in a database is a row of zeros.
        (
            "openemr",
            {**OPENEMR_PATIENT, "phone_cell": "781 555 0134", "DOB": "0000-00-00"},
            ("17", "Ana B Ortiz", None, "+17815550134", "ana@example.test"),
        ),
        (
            "nookal",
            {
                "First Name": "Mary", "Middle Name": "", "Last Name": "Lee",
                "Date of Birth": "1970-01-31", "Mobile Phone": "0412 345 678", "Email Address": "",
            },
            # No number of North America: it stays as it is written.
            ("", "Mary Lee", date(1970, 1, 31), "0412 345 678", ""),
        ),
        (
            "nookal",
            {"First Name": "Mary", "Last Name": "Lee", "Date of Birth": "4/3/1970"},
            ("", "Mary Lee", date(1970, 3, 4), "", ""),
        ),
        (
            "epic",
            {"PAT_ID": "Z1", "PAT_NAME": "O'Neil,Zoe M", "BIRTH_DATE": "3/4/1991 12:00:00 AM"},
            ("Z1", "Zoe M O'Neil", date(1991, 3, 4), "", ""),
        ),
        (
            "template",
            {"number": "1", "name": "Ana Ortiz", "birth_date": "03/04/1991", "phone": "ask Bob"},
            ("1", "Ana Ortiz", date(1991, 3, 4), "ask Bob", ""),
        ),
    ],
)  # fmt: skip
def test_patients(fmt: str, cells: dict[str, str], wanted: tuple[object, ...]) -> None:
    assert patient(fmt, cells) == wanted


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fname": "", "mname": "", "lname": ""}, "no_name"),
        ({"lname": "1234", "fname": "", "mname": ""}, "name"),
        ({"DOB": "1991-13-04"}, "birth_date"),
        ({"DOB": "2030-01-01"}, "birth_date"),
        ({"DOB": "1791-01-01"}, "birth_date"),
        ({"DOB": "5" * 5000}, "birth_date"),
        ({"DOB": "91-03-04"}, "birth_date"),
    ],
)
def test_patients_that_are_refused(changed: dict[str, str], code: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        patient("openemr", {**OPENEMR_PATIENT, **changed})
    assert refusal.value.code == code


def visit(fmt: str, cells: dict[str, str], zone: str = ZONE) -> tuple[object, ...]:
    found = read_visit(cells, FORMATS[fmt].files["visits"], zone=zone, now=NOW)
    return found.number, found.starts_at, found.service, found.clinician


HALF_PAST_NINE = datetime(2027, 2, 9, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fmt", "cells", "wanted"),
    [
        ("openemr", OPENEMR_VISIT, ("17", HALF_PAST_NINE, "Office Visit", "6")),
        ("webpt", WEBPT_VISIT, ("17", HALF_PAST_NINE, "IE", "J. Keane")),
        (
            "webpt",
            {**WEBPT_VISIT, "start_date": "2/9/2027 9:30 AM"},
            ("17", HALF_PAST_NINE, "IE", "J. Keane"),
        ),
        # With an offset the zone of the file does not count.
        (
            "webpt",
            {**WEBPT_VISIT, "start_date": "2027-02-09T14:30:00Z"},
            ("17", HALF_PAST_NINE, "IE", "J. Keane"),
        ),
        (
            "template",
            {
                "number": "1", "date": "20270209", "time": "9:30 pm", "service": "Evaluation",
                "clinician": "Keane",
            },
            ("1", datetime(2027, 2, 10, 2, 30, tzinfo=UTC), "Evaluation", "Keane"),
        ),
    ],
)  # fmt: skip
def test_visits(fmt: str, cells: dict[str, str], wanted: tuple[object, ...]) -> None:
    assert visit(fmt, cells) == wanted


@pytest.mark.parametrize(
    ("fmt", "cells", "kind", "code"),
    [
        ("openemr", {**OPENEMR_VISIT, "pc_apptstatus": "x"}, RowLeft, "cancelled"),
        ("openemr", {**OPENEMR_VISIT, "pc_apptstatus": "?"}, RowLeft, "cancelled"),
        ("openemr", {**OPENEMR_VISIT, "pc_apptstatus": ">"}, RowLeft, "past"),
        ("openemr", {**OPENEMR_VISIT, "pc_pid": ""}, RowLeft, "nobody"),
        ("openemr", {**OPENEMR_VISIT, "pc_recurrtype": "1"}, RowRefused, "series"),
        ("openemr", {**OPENEMR_VISIT, "pc_eventDate": "2027-01-09"}, RowLeft, "past"),
        ("openemr", {**OPENEMR_VISIT, "pc_eventDate": "0000-00-00"}, RowRefused, "when"),
        ("openemr", {**OPENEMR_VISIT, "pc_startTime": ""}, RowRefused, "when"),
        ("openemr", {**OPENEMR_VISIT, "pc_startTime": "25:00"}, RowRefused, "when"),
        ("openemr", {**OPENEMR_VISIT, "pc_eventDate": "2099-02-09"}, RowRefused, "far_ahead"),
        # The clock skips this hour in New York.
        (
            "openemr",
            {**OPENEMR_VISIT, "pc_eventDate": "2027-03-14", "pc_startTime": "02:30"},
            RowRefused,
            "no_such_time",
        ),
        ("webpt", {**WEBPT_VISIT, "appointment_status": "Inactive"}, RowLeft, "cancelled"),
        ("webpt", {**WEBPT_VISIT, "check_in_time": "2027-02-01 9:00"}, RowLeft, "past"),
        ("webpt", {**WEBPT_VISIT, "start_date": "9" * 5000}, RowRefused, "when"),
    ],
)
def test_visits_that_are_not_taken(
    fmt: str, cells: dict[str, str], kind: type[RowRefused], code: str
) -> None:
    with pytest.raises(RowRefused) as refusal:
        visit(fmt, cells)
    assert (type(refusal.value), refusal.value.code) == (kind, code)


def test_an_hour_that_comes_twice_is_marked() -> None:
    cells = {**OPENEMR_VISIT, "pc_eventDate": "2027-11-07", "pc_startTime": "01:30"}
    found = read_visit(cells, FORMATS["openemr"].files["visits"], zone=ZONE, now=NOW)
    assert (found.is_twice, found.starts_at) == (True, datetime(2027, 11, 7, 5, 30, tzinfo=UTC))


PACKAGE = {
    "number": "1", "package": "Run Ready", "sold_on": "12/1/2026", "expires_on": "2027-05-30",
    "gave_birth_on": "2026-09-01", "visits_used": "2", "visit_dates": "2026-12-10; 12/20/2026",
    "clinician": "Keane", "still_to_pay": "$1,140.50",
}  # fmt: skip


def test_a_package() -> None:
    found = read_package(PACKAGE, FORMATS["template"].files["packages"], today=TODAY)
    assert found.used_on == (date(2026, 12, 10), date(2026, 12, 20))
    assert (found.sold_on, found.expires_on) == (date(2026, 12, 1), date(2027, 5, 30))
    assert found.owed_cents == 114_050


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"visits_used": "3"}, "used_without_dates"),
        ({"visits_used": "many"}, "used_without_dates"),
        ({"visit_dates": "2026-12-20 2026-12-10"}, "used_when"),
        ({"visit_dates": "2026-11-10 2026-12-10"}, "used_when"),
        ({"sold_on": "2027-12-01"}, "sold_on"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"expires_on": "2027-01-01"}, "expired"),
        ({"gave_birth_on": ""}, "gave_birth_on"),
        ({"still_to_pay": "a lot"}, "money"),
    ],
)
def test_packages_that_are_refused(changed: dict[str, str], code: str) -> None:
    layout = FORMATS["template"].files["packages"]
    with pytest.raises(RowRefused) as refusal:
        read_package({**PACKAGE, **changed}, layout, today=TODAY)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("data", "names", "cells"),
    [
        (b"a,b\n1,2\n", ("a", "b"), ("1", "2")),
        (b"a;b\r\n1;2,5\r\n", ("a", "b"), ("1", "2,5")),
        (b"a\tb\n1\t2\n", ("a", "b"), ("1", "2")),
        ("\ufeffname,b\nZoë,2\n".encode(), ("name", "b"), ("Zoë", "2")),
        ("name,b\nZoë,2\n".encode("cp1252"), ("name", "b"), ("Zoë", "2")),
        (b'a,b\n"x\ny",2\n', ("a", "b"), ("x\ny", "2")),
        # A NUL byte is no letter of a name, and no reason to stop.
        (b"a,b\n1\x00,2\n", ("a", "b"), ("1\ufffd", "2")),
        (b"a\n1\n", ("a",), ("1",)),
    ],
)
def test_files(data: bytes, names: tuple[str, ...], cells: tuple[str, ...]) -> None:
    table = read_table(data)
    assert (table.names, table.lines) == (names, ((2, cells),))


def test_a_row_is_named_by_the_line_on_which_it_begins() -> None:
    table = read_table(b'a,b\n"x\ny",2\n\n3,4\n')
    assert [number for number, _cells in table.lines] == [2, 5]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"a,b\n", "no_rows"),
        (b"a,a\n1,2\n", "name_twice"),
        (b"PK\x03\x04 an xlsx that was renamed", "other_kind"),
        (b"\xff\xfea\x00", "other_kind"),
        (b'a,b\n"' + b"x" * 200_000 + b"\n", "quotes"),
        (b",".join(b"c%d" % one for one in range(1001)) + b"\n1\n", "too_wide"),
    ],
)
def test_files_that_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(NoTable) as refusal:
        read_table(data)
    assert refusal.value.code == code


def test_the_format_is_found_by_the_columns() -> None:
    assert format_of("patients", OPENEMR_PATIENT) is FORMATS["openemr"]
    assert format_of("visits", WEBPT_VISIT) is FORMATS["webpt"]
    assert format_of("visits", OPENEMR_PATIENT) is None
    assert format_of("packages", PACKAGE, wanted="openemr") is FORMATS["template"]
    layout = FORMATS["openemr"].files["patients"]
    assert unread(layout, [*OPENEMR_PATIENT, "ss", "", "street"]) == ["ss", "street"]


def test_every_format_names_its_source_and_stands_in_the_documentation() -> None:
    text = Path(settings.BASE_DIR, "docs", "moving-in.md").read_text()
    for one in FORMATS.values():
        assert one.title in text
        assert one.source in text
        for layout in one.files.values():
            assert [name for name in layout.read if f"`{name}`" not in text] == []


def test_read_day_by_the_order_of_the_file() -> None:
    assert read_day("3/4/1991", "month first") == date(1991, 3, 4)
    assert read_day("3/4/1991", "day first") == date(1991, 4, 3)


ANN = ComparedContact("Ann Lee", date(1990, 1, 1), "+17815550133", "ann@example.test")


@pytest.mark.parametrize(
    ("other", "surely", "likely"),
    [
        (ANN, True, 1),
        (ComparedContact("LEE, ann", date(1990, 1, 1), "", ""), True, 1),
        (ComparedContact("Ann Ortiz", date(1990, 1, 1), "+17815550133", ""), True, 1),
        (ComparedContact("Ann Lee", None, "+17815550133", ""), True, 1),
        (ComparedContact("Ann Lee", date(1991, 1, 1), "+17815550133", ""), False, 1),
        (ComparedContact("Zoe Lee", None, "+17815550133", "ann@example.test"), False, 1),
        (ComparedContact("Ann Lee", None, "", ""), False, 0),
    ],
)
def test_likeness(other: ComparedContact, surely: bool, likely: int) -> None:
    known = ByPairs()
    known.add("ann", ANN)
    found = likeness(other, known.near(other))
    assert (found.surely is not None, found.likely) == (surely, likely)


def test_thousands_with_one_number_and_mailbox_are_not_all_compared() -> None:
    known = ByPairs()
    for number in range(5000):
        known.add(number, ComparedContact(f"Row {number}", None, "+17815550100", "a@b.test"))
    near = known.near(ComparedContact("Row 4999", None, "+17815550100", "a@b.test"))
    assert len(near) <= 20
