"""Send every field of every form values it does not expect: the answer is never a 500.

In the suite each field gets a few of the values, others than the field before it and others each
day, and fewer on SQLite, where the pages are the same. `./dev proof bad-input` sends each field all
of them.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from tests.edges.bad_values import BAD_VALUES, MARKUP
from tests.edges.crawling import Form, Page, crawl, kind_of
from tests.edges.visitors import ROLES, visitor
from tests.rounds import rounds

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

EXPECTED_STATUSES = {200, 204, 302, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
RAW_MARKUP = ("<img src=x onerror", "<script>canary")
# In full, the forms of one person are dealt out to this many tests, which run side by side.
SHARDS = rounds(1, 8)
# How far the values have moved on today, so that in two weeks every field has had nearly all.
TODAY = datetime.now(UTC).date().toordinal()


@pytest.fixture(autouse=True)
def sample_clinic(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000000, 600))
    call_command("seed", patients=10)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("role", ROLES)
def test_no_value_in_any_field_leads_to_a_server_error(role: str, shard: int) -> None:
    client, starts = visitor(role)
    client.raise_request_exception = False
    forms = list(distinct_forms(crawl(client, starts)))
    assert sum(len(form.names()) for _, form in forms) > 3
    turn, tried = count(), 0
    for number, (page, form) in enumerate(forms):
        for name in form.names():
            values = _values(next(turn))
            if number % SHARDS == shard:
                for value in values:
                    _try(client, page, form, name, value)
                    tried += 1
    assert tried
    print(f"{role}: {len(forms)} forms, {tried} bad values")


def distinct_forms(pages: Iterator[Page]) -> Iterator[tuple[Page, Form]]:
    """Yield each form once, with the first page it is on: many pages have the same search."""
    seen = set()
    for page in list(pages):
        for form in page.forms:
            key = (form.method, kind_of(form.action), tuple(form.names()))
            if key not in seen:
                seen.add(key)
                yield page, form


def _values(turn: int) -> list[str]:
    in_the_suite = 4 if connection.vendor == "postgresql" else 1
    handful = rounds(in_the_suite, len(BAD_VALUES))
    begin = (turn * handful + TODAY * in_the_suite) % len(BAD_VALUES)
    return (BAD_VALUES + BAD_VALUES)[begin : begin + handful]


def _try(client: Client, page: Page, form: Form, name: str, value: str) -> None:
    """Send the form with this value in one field, check the answer, and roll everything back."""
    sent: dict[str, Any] = {**form.fields, name: [value]}
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answer = (client.post if form.method == "post" else client.get)(form.action, sent)
        transaction.set_rollback(True)
    client.cookies = cookies
    shown = f"{form.method} {form.action} of {page.address}: {name}={value[:40]!r}"
    assert answer.status_code in EXPECTED_STATUSES, f"{shown} answered {answer.status_code}"
    body = answer.content.decode(errors="replace")
    assert not any(raw in body for raw in RAW_MARKUP), f"{shown} came back as markup"
    assert "Traceback" not in body, shown


def test_the_check_finds_a_value_that_comes_back_as_markup() -> None:
    assert any(raw in f"<p>{MARKUP}</p>" for raw in RAW_MARKUP)
