"""The size of a first visit to a page, with its files, compressed."""

import gzip

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories import make_offer
from tests.intake.online_intake.test_flow import start

BUDGET = 50 * 1024
FILES = (
    "library/bootstrap.min.css",
    "clinic/tokens.css",
    "clinic/components.css",
    "clinic/mark.svg",
    "clinic/idle.js",
)


def weight(content: bytes) -> int:
    return len(gzip.compress(content, 6))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/intake/", "/intake/contact/", "/intake/safety/", "/learn/", "/learn/walk-run/"]
)
def test_a_first_visit_stays_within_fifty_kilobytes(path: str) -> None:
    make_offer()
    client: Client = start()
    page = client.get(path, follow=True).content
    files = 0
    for name in FILES:
        found = finders.find(name)
        assert found
        with open(found, "rb") as file:
            files += weight(file.read())
    assert weight(page) + files <= BUDGET
