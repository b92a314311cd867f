"""The manager's pages: places are added and changed, and each has a link and a QR code to print."""

import re
from typing import Any

import pytest
from django.test import Client

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.heard_from.actions import add_heard_from, fill_usual_places
from clinic.models.audit import AuditEvent
from clinic.models.practice import HeardFrom
from tests.cast import client_for
from tests.clinic.heard_from.reading_codes import FINDER, corners, modules_of, read
from tests.factories import NOW, make_manager

pytestmark = pytest.mark.django_db

CONTEXT = Context(SYSTEM, NOW)
LIST = "/desk/heard-from/"
TYPED = {"name": "Toddler music class", "position": "7", "is_asked": "on"}
USUAL = [
    "My midwife or OB",
    "A friend",
    "A search",
    "Instagram",
    "A running club",
    "Something else",
]


@pytest.fixture
def desk() -> Client:
    return client_for(make_manager())


def test_the_usual_places_are_entered_once(desk: Client) -> None:
    assert "Enter the usual six" in desk.get(LIST).content.decode()
    for _ in range(2):
        assert desk.post(f"{LIST}usual/")["Location"] == LIST
    assert list(HeardFrom.objects.values_list("name", flat=True)) == USUAL
    assert "Enter the usual six" not in desk.get(LIST).content.decode()


def test_a_place_is_added_with_a_code_that_says_nothing_and_keeps_it(desk: Client) -> None:
    fill_usual_places(context=CONTEXT)
    answer = desk.post(LIST, {**TYPED, "name": "  Toddler   music class "})
    row = HeardFrom.objects.get(name="Toddler music class")
    assert answer["Location"] == f"{LIST}{row.pk}/"
    codes = set(HeardFrom.objects.values_list("code", flat=True))
    assert len(codes) == 7
    assert [one for one in codes if not re.fullmatch("[b-df-hj-kmnp-tv-xz2-9]{5}", one)] == []
    # In its place: after the five, before "Something else".
    assert list(HeardFrom.objects.values_list("name", flat=True))[5] == "Toddler music class"
    changed = desk.post(f"{LIST}{row.pk}/change/", {"name": "Library", "position": "98"})
    assert changed["Location"] == LIST
    now = HeardFrom.objects.get(pk=row.pk)
    assert (now.name, now.code, now.is_asked, now.position) == ("Library", row.code, False, 98)
    done = AuditEvent.objects.filter(object=f"heardfrom:{row.pk}").order_by("pk")
    assert list(done.values_list("action", "reason")) == [
        ("add where heard of us", "Toddler music class"),
        ("change where heard of us", "Library"),
    ]
    assert done[0].actor.startswith("user:")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "a FRIEND"}, "This one is on the list already."),
        ({"name": " "}, "Write where"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"position": "0"}, "greater than or equal to 1"),
        ({"position": "100"}, "less than or equal to 99"),
        ({"position": "first"}, "Enter a whole number"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Client, changed: dict[str, str], said: str
) -> None:
    fill_usual_places(context=CONTEXT)
    last = HeardFrom.objects.get(name="Something else")
    for address in (LIST, f"{LIST}{last.pk}/change/"):
        answer = desk.post(address, {**TYPED, **changed})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert list(HeardFrom.objects.values_list("name", flat=True)) == USUAL


def test_a_telephone_reads_the_link_from_the_sheet(desk: Client, settings: Any) -> None:
    settings.SITE_URL = "https://clinic.example.test"
    row = add_heard_from(name="Library", is_asked=False, position=50, context=CONTEXT)
    page = desk.get(f"{LIST}{row.pk}/").content.decode()
    address = f"https://clinic.example.test/?from={row.code}"
    assert f"<strong>{address}</strong>" in page
    width = re.search(r'viewBox="0 0 (\d+) \1"\s+role="img"', page)
    path = re.search(r'<path d="([^"]+)" fill="#000"', page)
    assert width
    assert path
    modules = modules_of(path[1], int(width[1]))
    assert corners(modules) == [FINDER] * 3
    assert read(modules) == address
    # The name is the clinic's own word for it: whoever reads the sheet need not see it.
    sheet = page.partition('class="sheet to-hang"')[2].partition("</section>")[0]
    assert "Library" not in sheet
    assert "Ell Pond Pelvic PT" in sheet


def test_the_code_leaves_as_a_drawing(desk: Client) -> None:
    row = add_heard_from(name="Library", is_asked=False, position=50, context=CONTEXT)
    answer = desk.get(f"{LIST}{row.pk}/qr/")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Disposition"] == f'attachment; filename="qr-{row.code}.svg"'
    drawing = answer.content.decode()
    assert drawing.startswith("<?xml")
    assert set(re.findall(r"<(\w+)", drawing)) == {"svg", "g", "path"}
    assert desk.get(f"{LIST}{row.pk + 1}/qr/").status_code == 404
