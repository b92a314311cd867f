"""Send every field of every form values it does not expect: the answer is never a 500.

In the suite each field gets a few of the values, others than the field before it and others each
day, and fewer on SQLite, where the pages are the same and one role a day has its turn. Each form
has its turn every fifth day, with another of its buttons.

`./dev proof bad-input` comes to forms that stand behind other forms, and reports the fields it did
not reach. A field is sent all values once for each role that may send its form, by whoever comes to
it first, and a handful by everybody else and with every other button.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.db import connection
from django.test import Client

from clinic.models.people import User
from tests.cast import client_for, make_cast
from tests.edges.bad_values import BAD_VALUES, MARKUP
from tests.edges.crawling import MOST_OF_A_KIND, Form, kind_of
from tests.edges.fields.coverage import FOLDER, Reached, is_first, shape
from tests.edges.fields.people import PEOPLE
from tests.edges.fields.targets import come_to, filled, rolled_back, send, targets
from tests.edges.visitors import ROLES, visitor
from tests.factories import NOW
from tests.journeys.test_long_values import starts_of
from tests.long_values import make_full_clinic
from tests.rounds import rounds

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

EXPECTED_STATUSES = {200, 204, 302, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
RAW_MARKUP = ("<img src=x onerror", "<script>canary")
IN_FULL = rounds(0, 1)
# In full, the forms of one role are dealt out to this many tests, which run side by side.
SHARDS = rounds(1, 2)
# How many forms are sent on the way to another one. Whoever stands where no link leads is near.
DEPTH, DEPTH_OF_PEOPLE = rounds(0, 2), rounds(0, 1)
# In full, the roles come to where links lead from there.
MOST_OF_PEOPLE = rounds(1, 0)
# In the suite each form has its turn every fifth day.
EVERY = rounds(5, 1)
# How far the values have moved on today, so that in two months every field has had nearly all.
TODAY = datetime.now(UTC).date().toordinal()
# On SQLite another role each day; in full all of them.
IS_SQLITE = connection.vendor == "sqlite"
TODAYS = ROLES if IN_FULL or not IS_SQLITE else (ROLES[TODAY % len(ROLES)],)


# Of the people who stand where no link leads, another one each day.
MANY = rounds(1, len(PEOPLE))
# How many values a field is sent at first; in full the others follow, see `_sends_all`.
HANDFUL = rounds(2 if connection.vendor == "postgresql" else 1, 4)


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000000, 600))


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("role", TODAYS)
def test_no_value_in_any_field_leads_to_a_server_error(
    role: str, shard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_staff = role in ("manager", "clinician")
    if IN_FULL and is_staff:
        make_full_clinic()
        user, starts = starts_of(role)
        client = client_for(user)
    else:
        call_command("seed", patients=10)
        client, starts = visitor(role)
    send_bad_values(role, client, starts, DEPTH, monkeypatch, shard)


@pytest.mark.parametrize("number", range(MANY))
def test_no_value_of_somebody_where_no_link_leads_does(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = list(PEOPLE)[(number + TODAY) % len(PEOPLE)]
    with time_machine.travel(NOW, tick=False):
        client, starts = PEOPLE[who](make_cast())
        send_bad_values(who, client, starts, DEPTH_OF_PEOPLE, monkeypatch, most=MOST_OF_PEOPLE)


def send_bad_values(
    who: str,
    client: Client,
    starts: list[str],
    depth: int,
    patch: pytest.MonkeyPatch,
    shard: int | None = None,
    most: int = rounds(1, MOST_OF_A_KIND),
) -> None:
    """Send bad values to the forms this visitor comes to, or to those of one of the shards.

    Links are followed to `most` pages of a kind.
    """
    client.raise_request_exception = False
    reached = Reached()
    if folder := os.environ.get(FOLDER):
        reached.watch(patch)
    found = targets(client, starts, depth, turn=None if IN_FULL else TODAY, most=most)
    assert found
    reached.look(
        (kind_of(one.form.action) or "", name)
        for one in found
        if not one.path
        for name in one.form.names()
    )
    turn, tried, wrong = count(), 0, list[str]()
    for number, target in enumerate(found):
        is_of_another = shard is not None and number % SHARDS != shard
        if is_of_another or (number + TODAY) % EVERY:
            continue
        with rolled_back(client):
            form = come_to(client, target)
            reached.wanted.clear()
            for name in everything(client, form, reached) if form else []:
                values = _values(next(turn))
                for nth, value in enumerate(values):
                    if nth == HANDFUL and not _sends_all(client, form, name, reached):
                        break
                    wrong += _try(client, target.page, form, name, value, reached)
                    tried += 1
    print(f"{who}: {len(found)} forms, {tried} bad values")
    if folder:
        reached.write(Path(folder), f"{who} {shard or 0}")
    assert wrong == []


def _sends_all(client: Client, form: Form, name: str, reached: Reached) -> bool:
    """Return whether this visitor sends the field all values: as the first of her role in the run.

    She must have reached it with those before.
    """
    view, folder = kind_of(form.action) or "", os.environ.get(FOLDER)
    if not IN_FULL or (view, shape(name)) not in reached.reached:
        return False
    user = User.objects.filter(pk=client.session.get(SESSION_KEY)).first()
    role = user.role if user else "anybody"
    field = (role, form.method, view, *map(shape, form.names()), shape(name))
    return not folder or is_first(Path(folder), *field)


def everything(client: Client, form: Form, reached: Reached) -> Iterator[str]:
    """Yield the names of the fields, then those that the view looks for beside them."""
    yield from form.names()
    if not form.names():
        with rolled_back(client):
            reached.send("", "", "", [], lambda: send(client, form, form.fields))
    yield from sorted(reached.wanted - form.fields.keys() - {"csrfmiddlewaretoken"})


def _values(turn: int) -> list[str]:
    """Return all values in an order that has another beginning each turn and each day."""
    begin = (turn * HANDFUL + TODAY * HANDFUL) % len(BAD_VALUES)
    return BAD_VALUES[begin:] + BAD_VALUES[:begin]


def _try(
    client: Client, page: str, form: Form, name: str, value: str, reached: Reached
) -> list[str]:
    """Send the form with this value in one field, and roll back; return what is wrong with it."""
    # In full the other fields are plausible, so that more of the code is reached.
    sent: dict[str, Any] = {**(filled(form) if IN_FULL else form.fields), name: [value]}
    with rolled_back(client):
        answer = reached.send(
            kind_of(form.action) or "", name, value, form.fields.get(name, []),
            lambda: send(client, form, sent),
        )  # fmt: skip
    shown = f"{form.method} {form.action} from {page}: {name}={value[:40]!r}"
    body = answer.content.decode(errors="replace")
    faults = {
        f"answered {answer.status_code}": answer.status_code not in EXPECTED_STATUSES,
        "came back as markup": any(raw in body for raw in RAW_MARKUP),
        "shows a traceback": "Traceback" in body,
    }
    return [f"{shown} {fault}" for fault, is_there in faults.items() if is_there]


def test_the_check_finds_a_value_that_comes_back_as_markup() -> None:
    assert any(raw in f"<p>{MARKUP}</p>" for raw in RAW_MARKUP)
