"""A reason or a note that staff type in any form stands in no table in clear.

Each form of staff with such a field is sent with a canary word in it, and every statement that
writes to the database is looked at. Where a form says that who gives access reads it, she does.
"""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from tests.cast import client_for, make_cast
from tests.edges.fields.known import forms_of_the_apps
from tests.edges.fields.people import PEOPLE
from tests.edges.fields.targets import Target, come_to, filled, rolled_back, send, targets
from tests.factories import NOW

pytestmark = pytest.mark.django_db

CANARY = "Zqcanary leaks again"
# Names of fields, by their end, in which staff say why, or write for each other.
FREE = re.compile(r"(reason|note|text|told|how|question|home_plan)$")
WRITES = re.compile(r"(INSERT INTO|UPDATE) \"(\w+)\"")
# A number of credits that may be taken away.
BESIDE = {"delta": "-1"}
# Who sends such forms, and tables that are only written to if the words are taken.
STAFF = {
    "at a case": {"intake_flag"},
    "at a case of another": {"intake_takeover"},
    "at a visit": {"intake_visitrecordwords"},
    "at a package": {"booking_ledgerreason", "booking_enrollment", "clinic_auditdetail"},
    "at a merge": {"clinic_auditdetail"},
    "erasing": {"clinic_auditdetail"},
    "before an emergency": {"intake_emergencyaccess"},
    "with visits to confirm": {"clinic_auditdetail"},
    "booking by telephone": {"booking_appointment", "clinic_auditdetail"},
    "who gives access": {"clinic_auditdetail"},
}
# What forms say of who reads a reason, who fills them in, and where it is read.
PROMISE = "Who gives access reads this"
PROMISED = {
    "erasing": "booking.erasure.forms.EraseForm",
    "who gives access": "clinic.people.forms.ResetForm",
    "moving in": "intake.moving_out.forms.ExportForm",
    "before an emergency": "intake.emergency_access.forms.EmergencyAccessForm",
}
READ_ON = ("/accounts/log/", "/emergency-access/")


@contextmanager
def watched(clear: set[str], written: set[str]) -> Generator[None, None, None]:
    """Note the tables into which the canary is written in clear, and all that are written to."""

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            written.add(found[2])
            if CANARY in repr(params):
                clear.add(found[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


def type_everywhere(client: Client, found: list[Target]) -> tuple[set[str], set[str], int]:
    """Send each form that has such a field; return tables with the word, tables written, count."""
    clear, written, sent = set[str](), set[str](), 0
    for target in found:
        if target.form.method != "post" or not any(map(FREE.search, target.form.names())):
            continue
        with rolled_back(client):
            form = come_to(client, target)
            assert form is not None
            fields = {
                name: [CANARY] if FREE.search(name) else [BESIDE.get(name, one) for one in values]
                for name, values in filled(form).items()
            }
            with watched(clear, written):
                send(client, form, fields)
            sent += 1
    return clear, written, sent


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000000, 600))


@pytest.mark.parametrize("who", STAFF)
def test_what_staff_type_as_a_reason_is_sealed(who: str) -> None:
    with time_machine.travel(NOW, tick=False):
        client, starts = PEOPLE[who](make_cast())
        clear, written, sent = type_everywhere(client, targets(client, starts, 1, most=0))
    assert clear == set()
    assert sent
    assert set() == STAFF[who] - written


def test_the_forms_that_say_who_reads_a_reason_are_known() -> None:
    known = {
        label
        for label, form in forms_of_the_apps().items()
        for field in getattr(form, "base_fields", {}).values()
        if PROMISE in str(field.help_text)
    }
    assert known == set(PROMISED.values())


@pytest.mark.parametrize("who", PROMISED)
def test_who_gives_access_reads_what_a_form_says_she_reads(who: str) -> None:
    promised, forgotten = set(), []
    with time_machine.travel(NOW, tick=False):
        cast = make_cast()
        client, starts = PEOPLE[who](cast)
        for target in targets(client, starts, 1, most=0):
            if target.form.method != "post" or "reason" not in target.form.names():
                continue
            if target.path or PROMISE not in client.get(target.page).content.decode():
                continue
            with rolled_back(client):
                send(client, target.form, {**filled(target.form), "reason": CANARY, "sure": "1"})
                admin = client_for(cast.admin)
                read = "".join(admin.get(page).content.decode() for page in READ_ON)
            promised.add(target.page)
            forgotten += [] if CANARY in read else [target.page]
    assert promised
    assert forgotten == []
