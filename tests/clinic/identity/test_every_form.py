"""Each datum, typed in many ways into every form that asks for it: all forms say the same."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from clinic.identity.dates import date_reading
from tests.clinic.identity import typed
from tests.clinic.identity.doors import Door, doors, value

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings: Any) -> Iterator[None]:
    settings.LIMITS = {**settings.LIMITS, "asked_from_one_place": (10_000, 600)}
    with time_machine.travel("2026-11-29 17:00Z", tick=False):
        yield


def each(datum: str) -> Any:
    return pytest.mark.parametrize("door", doors(datum), ids=lambda door: door.name)


def said(door: Door, text: str | tuple[str, ...], **more: str) -> str:
    return " ".join(door.sent(text, **more).errors.get(door.field, []))


def expected(door: Door, stored: str) -> str:
    """The sign-in knows addresses in lower case only."""
    is_sign_in = door.name in (
        "StaffSignInForm.login",
        "CodeRequestForm.email",
    )
    return stored.lower() if is_sign_in else stored


def takes(door: Door, good: dict[str, str]) -> None:
    found = {text: value(door.sent(text), door.field) for text in good}
    assert found == {text: expected(door, stored) for text, stored in good.items()}


def refuses(door: Door, bad: dict[str, str]) -> None:
    found = {text: said(door, text) for text in bad if text.strip() or door.requires}
    wrong = {text[:60]: words for text, words in found.items() if bad[text] not in words}
    assert not wrong
    assert all(found.values())


def asks_once(door: Door, asked: dict[Any, Any]) -> None:
    """Each is asked about, unless the door asks nothing; sent again it is taken."""
    for text, stored in asked.items():
        form = door.sent(text)
        if not door.asks:
            assert value(form, door.field) == stored, text
            continue
        assert form.errors[door.field].as_data()[0].code == "asked", text
        mark = form[door.field].field.widget.asking
        again = door.sent(text, **{f"{door.field}_asked": mark})
        assert value(again, door.field) == stored, text
        # The page that is drawn next still knows it, if something else is wrong on it.
        assert f'name="{door.field}_asked" value="{mark}"' in str(again[door.field])
        # Asked about something else it is asked again.
        assert said(door, text, **{f"{door.field}_asked": "something else"})


@each("name")
def test_names(door: Door) -> None:
    takes(door, typed.NAMES_GOOD)
    refuses(door, typed.NAMES_BAD)


@each("phone")
def test_phones(door: Door) -> None:
    takes(door, typed.PHONES_GOOD)
    refuses(door, typed.PHONES_BAD)
    asks_once(door, typed.PHONES_ASKED)


@each("email")
def test_emails(door: Door) -> None:
    takes(door, typed.EMAILS_GOOD)
    refuses(door, typed.EMAILS_BAD)
    asked = {text: expected(door, stored) for text, stored in typed.EMAILS_ASKED.items()}
    asks_once(door, asked)
    if door.asks:
        for text, meant in typed.EMAILS_MEANT.items():
            assert said(door, text).startswith(f"Did you mean {meant}?")


@each("date")
def test_dates_in_one_line(door: Door) -> None:
    for day in door.dates:
        found = {text: value(door.sent(text), door.field) for text in typed.DATES_GOOD[day]}
        assert found == dict.fromkeys(typed.DATES_GOOD[day], day)
        asks_once(door, dict.fromkeys(typed.DATES_ASKED[day], day))
    refuses(door, {text: words for text, (words, _) in typed.DATES_BAD.items()})


@pytest.mark.parametrize(
    "door", [one for one in doors("date") if one.in_parts], ids=lambda door: door.name
)
def test_dates_in_three_parts(door: Door) -> None:
    good = {parts: day for parts, day in typed.PARTS_GOOD.items() if day in door.dates}
    found = {parts: value(door.sent(parts), door.field) for parts in good}
    assert found == good
    asked = {parts: day for parts, day in typed.PARTS_ASKED.items() if day in door.dates}
    asks_once(door, asked)
    for parts, (words, wrong) in typed.PARTS_BAD.items():
        form = door.sent(parts)
        assert words in " ".join(form.errors[door.field])
        assert wrong_parts(str(form[door.field]), door.field) == set(wrong.split()), parts
        # The summary leads to the first wrong part.
        first = ("month", "day", "year").index(wrong.split()[0])
        assert form[door.field].field.first_input == f"_{first}"


def wrong_parts(html: str, field: str) -> set[str]:
    """Return the parts whose input is marked as wrong and points at the error."""
    found = set()
    for tag in html.split("<input")[1:]:
        one = tag.partition(">")[0]
        is_wrong = 'aria-invalid="true"' in one
        assert is_wrong == (f'aria-describedby="id_{field}_error"' in one)
        if is_wrong:
            found.add(one.partition(f'name="{field}_')[2].partition('"')[0])
    return found


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 5, 26), 2026), (date(2026, 5, 25), 1926)], ids=str
)
def test_two_digits_of_a_year_are_the_nearest_past(today: date, year: int) -> None:
    assert date_reading(("5", "26", "26"), today).value == date(year, 5, 26)


@each("date")
def test_impossible_births_are_refused_alike(door: Door) -> None:
    ahead, long_ago = said(door, "11/30/2026"), said(door, "11/28/1905")
    assert "lies ahead" in ahead
    assert "Check the year" in long_ago
    assert value(door.sent("11/29/2026"), door.field) == date(2026, 11, 29) or (
        # The desk adds adults only; the page of the intake for those under 18 is another.
        door.name == "PatientContactForm.born_on" and "18 or older" in said(door, "11/29/2026")
    )


@each("date")
def test_who_turned_18_today_is_an_adult(door: Door) -> None:
    assert value(door.sent("11/29/2008"), door.field) == date(2008, 11, 29)
