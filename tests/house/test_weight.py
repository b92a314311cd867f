"""The size of a first visit to a page with its files, compressed, and which scripts it loads."""

import gzip
import re
from collections.abc import Callable

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import PAGES, SAFE, birth, post, start

BUDGET = 50 * 1024
WARNING_BUDGET = 1024  # the warning before a session ends is all that questions load
IDLE = "clinic/idle.js"
FILES = (
    "library/bootstrap.min.css",
    "clinic/tokens.css",
    "clinic/components.css",
    "clinic/mark.svg",
)

pytestmark = pytest.mark.django_db


def weight(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def file_weight(name: str) -> int:
    found = finders.find(name)
    assert found
    with open(found, "rb") as file:
        return weight(file.read())


def scripts_of(page: bytes) -> set[str]:
    """Return the scripts of a page by their names in the static folder, "" for one in the page."""
    found = re.findall(rb"<script\b([^>]*)>", page)
    names = [re.search(rb'src="/static/([^"]+)"', one) for one in found]
    return {re.sub(r"\.[0-9a-f]{12}\.js$", ".js", one[1].decode()) if one else "" for one in names}


def begun() -> Client:
    make_offer()
    make_clinician()
    return start()


def filled_in() -> Client:
    client = begun()
    for slug, answers in [("safety", SAFE), ("birth", birth()), *PAGES]:
        post(client, slug, answers)
    return client


def sent() -> Client:
    client = filled_in()
    client.post("/intake/check/")
    return client


def urgent() -> Client:
    client = begun()
    client.post("/intake/safety/", {"safety_emergency": "chest_pain", "safety_mind": "self_harm"})
    return client


PATHS: list[tuple[Callable[[], Client], str, set[str]]] = [
    (begun, "/", set()),
    (begun, "/intake/", set()),
    (Client, "/intake/contact/", set()),
    (begun, "/learn/", set()),
    (begun, "/learn/walk-run/", set()),
    (begun, "/intake/safety/", {IDLE}),
    (filled_in, "/intake/birth/", {IDLE}),
    (filled_in, "/intake/ready/", {IDLE}),
    (filled_in, "/intake/check/", {IDLE}),
    (sent, "/intake/result/", set()),
    (sent, "/intake/summary/", set()),
    (urgent, "/intake/emergency/", set()),
    (urgent, "/intake/help/", set()),
]


@pytest.mark.parametrize(("client", "path", "scripts"), PATHS, ids=[one[1] for one in PATHS])
def test_a_first_visit_stays_within_fifty_kilobytes_and_loads_no_other_script(
    client: Callable[[], Client], path: str, scripts: set[str]
) -> None:
    answer = client().get(path, follow=True)
    assert answer.status_code == 200
    assert scripts_of(answer.content) == scripts
    files = sum(file_weight(name) for name in (*FILES, *scripts))
    assert weight(answer.content) + files <= BUDGET


def test_the_warning_before_a_session_ends_is_a_kilobyte_at_most() -> None:
    assert file_weight(IDLE) <= WARNING_BUDGET
