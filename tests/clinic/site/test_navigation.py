"""The staff navigation: who has which links, in which order, and which one is current."""

import re

import pytest

from tests.cast import Cast, client_for, make_cast

DESK = [
    "Day",
    "Week",
    "Patients",
    "Lists",
    "Hours",
    "Mail",
    "Reports",
    "Set-up",
    "Tasks",
    "Check-ins",
]
REVIEW = ["Queue", "My day", "Tasks", "Done", "My hours", "Check-ins"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def bar(html: str) -> list[tuple[str, bool]]:
    """Return the titles of the links, each with whether it is marked as current."""
    nav = re.search(r'<nav aria-label="Main">(.*?)</nav>', html, re.S)
    assert nav is not None
    links = re.findall(r"<a ([^>]*)>([^<]*)</a>", nav[1])
    return [(title.strip(), 'aria-current="page"' in attributes) for attributes, title in links]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/desk/day/", ["Day"]),
        ("/desk/week/", ["Week"]),
        ("/desk/waitlist/", ["Lists"]),
        ("/desk/terms/", ["Hours"]),
        ("/desk/reports/", ["Reports"]),
        ("/review/tasks/", ["Tasks"]),
        ("/desk/why/", []),
    ],
)
def test_the_manager_has_the_desks_links(cast: Cast, path: str, current: list[str]) -> None:
    shown = bar(client_for(cast.manager).get(path).content.decode())
    assert [title for title, _ in shown] == DESK
    assert [title for title, is_current in shown if is_current] == current


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/review/", ["Queue"]),
        ("/review/?tab=unclaimed", ["Queue"]),
        ("/review/?tab=done", ["Done"]),
        ("/review/hours/", ["My hours"]),
        ("/review/check-ins/", ["Check-ins"]),
    ],
)
def test_a_clinician_has_the_reviews_links(cast: Cast, path: str, current: list[str]) -> None:
    shown = bar(client_for(cast.clinician.user).get(path).content.decode())
    assert [title for title, _ in shown] == REVIEW
    assert [title for title, is_current in shown if is_current] == current
