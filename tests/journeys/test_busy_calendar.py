"""A full day of many clinicians: what matters is read without opening a card."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from booking.models import Room
from clinic.models.people import User
from tests.cast import make_cast
from tests.factories import make_appointment, make_clinician, make_patient
from tests.journeys.test_calendar import at, monday_ahead
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = (
    "Dr. Margaret O’Shaughnessy", "Dr. Priya Venkataraman", "Kim Lee, DPT", "Dr. Ana Example",
    "Dr. Josephine Montgomery-Whitfield", "Sam Rivers, PT", "Dr. Lo",
)  # fmt: skip
WORDS = {
    "stop": "Call first",
    "red": "No impact",
    "check_in_due": "Check-in due",
    "compare": "Compare",
}
HOURS = range(9, 17)
# How far each word with its icon sticks out of its card: nothing, on any side.
OUTSIDE = """() => [...document.querySelectorAll('.cal .appt .word')].flatMap(word => {
    const card = word.closest('.appt').getBoundingClientRect();
    const seen = [...word.childNodes].filter(one => !one.classList?.contains('visually-hidden'));
    const boxes = seen.flatMap(one => {
        const range = document.createRange();
        range.selectNode(one);
        return [...range.getClientRects()];
    });
    const out = boxes.filter(box => box.left < card.left - 1 || box.right > card.right + 1
        || box.top < card.top - 1 || box.bottom > card.bottom + 1);
    return out.length || !boxes.length ? [word.textContent] : [];
})"""
# Names that stand below the edge of their card.
BELOW = """() => [...document.querySelectorAll('.cal .appt b.line')].flatMap(name => {
    const card = name.closest('.appt').getBoundingClientRect();
    return name.getBoundingClientRect().bottom > card.bottom + 1 ? [name.textContent] : [];
})"""
# Heads of columns whose text reaches into the next one.
COLLIDING = """() => [...document.querySelectorAll('.cal thead th')].flatMap(head => {
    const range = document.createRange();
    range.selectNodeContents(head);
    const edge = head.getBoundingClientRect().right + 1;
    const wide = [...range.getClientRects()].some(box => box.right > edge);
    return wide ? [head.textContent.trim()] : [];
})"""


def filled(columns: int, minutes: int) -> User:
    """Book every hour of that Monday for so many clinicians; return a manager."""
    cast = make_cast()
    Room.objects.bulk_create([Room(name=f"Other {number}") for number in range(columns)])
    clinicians = [
        make_clinician(email=f"c{number}@example.test", name=name)
        for number, name in enumerate(NAMES[: columns - 1])
    ]
    rooms = list(Room.objects.order_by("pk"))
    for column, clinician in enumerate([cast.clinician, *clinicians]):
        name, phone = f"Wilhelmina Featherstonehaugh-{column}", f"+1781555020{column}"
        patient = make_patient(name=name, email=f"p{column}@example.test", phone=phone)
        for hour in HOURS:
            starts_at = at(hour)
            ends_at = starts_at + timedelta(minutes=minutes)
            make_appointment(
                patient=patient, clinician=clinician, room=rooms[column],
                starts_at=starts_at, ends_at=ends_at, busy_from=starts_at, busy_until=ends_at,
                attention=list(WORDS)[(hour + column) % len(WORDS)],
            )  # fmt: skip
    return cast.manager


@pytest.mark.parametrize("minutes", [60, 30])
@pytest.mark.parametrize("columns", [4, 8])
def test_every_word_of_attention_is_inside_its_card(
    open_page: Callable[..., Page],
    live_server: Any,
    axe: Callable[[Page], None],
    columns: int,
    minutes: int,
) -> None:
    manager = filled(columns, minutes)
    page = open_page((1280, 900))
    sign_in(page, manager, live_server.url)
    page.goto(f"/desk/day/{monday_ahead()}/")
    expect(page.locator("#list-all")).to_have_count(0)
    words = page.locator(".cal .appt .word")
    assert words.count() == columns * len(HOURS)
    shown = {words.nth(number).inner_text().split("\n")[0].strip() for number in range(columns)}
    assert shown == set(WORDS.values())
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(COLLIDING) == []
    # Who comes is read too, on a card of two lines as well.
    names = page.locator(".cal .appt b.line")
    assert names.count() == columns * len(HOURS)
    assert page.evaluate(BELOW) == []
    # Nothing but the calendar itself may scroll sideways.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)


def test_on_a_telephone_a_card_says_am_or_pm(
    open_page: Callable[..., Page], live_server: Any
) -> None:
    manager = filled(2, 60)
    page = open_page((390, 800))
    sign_in(page, manager, live_server.url)
    page.goto(f"/desk/day/{monday_ahead()}/")
    lines = page.locator(".cal .appt .line").all_inner_texts()
    assert {"9:00 am · Evaluation", "1:00 pm · Evaluation"} <= {
        " ".join(one.split()) for one in lines
    }
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".cal .appt .half").first).to_be_hidden()
