"""Send every field of every form values it does not expect: the answer is never a 500.

In the suite each field gets a few of the values, others than the field before it, and fewer on
SQLite, where the pages are the same. With RUN_READY_SOAK=1 each field gets all of them.
"""

import os
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from tests.edges.bad_values import BAD_VALUES, MARKUP
from tests.edges.crawling import Form, Page, crawl
from tests.edges.visitors import ROLES, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

EXPECTED_STATUSES = {200, 204, 302, 303, 400, 403, 404, 405, 409, 413, 415, 422, 429}
RAW_MARKUP = ("<img src=x onerror", "<script>canary")


@pytest.fixture(autouse=True)
def sample_clinic(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000000, 600))
    call_command("seed", patients=10)


@pytest.mark.parametrize("role", ROLES)
def test_no_value_in_any_field_leads_to_a_server_error(role: str) -> None:
    client, starts = visitor(role)
    client.raise_request_exception = False
    turn, tried = count(), 0
    pages = list(crawl(client, starts))
    assert sum(len(form.fields) for page in pages for form in page.forms) > 3
    for page in pages:
        for form in page.forms:
            for name in form.names():
                for value in _values(next(turn)):
                    _try(client, page, form, name, value)
                    tried += 1
    print(f"{role}: {len(pages)} pages, {tried} bad values")


def _values(turn: int) -> list[str]:
    handful = 5 if connection.vendor == "postgresql" else 1
    if os.environ.get("RUN_READY_SOAK"):
        handful = len(BAD_VALUES)
    begin = turn * handful % len(BAD_VALUES)
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
