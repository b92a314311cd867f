"""The log: who gives access narrows it down, pages through it, takes a file; no name, no value."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.audit.record import SYSTEM, Actor, record
from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LOG, FILE = "/accounts/log/", "/accounts/log/file/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def events(cast: Cast) -> None:
    desk = Actor(f"user:{cast.manager.pk}", "manager", "203.0.113.7")
    record(desk, "see visit", patient=cast.patient)
    record(desk, "cancel", patient=cast.other_patient, words="She leaks and is ashamed")
    record(Actor(f"user:{cast.admin.pk}", "admin"), "give access", cast.manager, reason="manager")
    record(Actor("anonymous", "anonymous"), "sign in", allowed=False, reason="password")
    record(SYSTEM, "erase draft", patient=cast.patient)


def shown(client: Client, **query: object) -> str:
    answer = client.get(LOG, query)
    assert answer.status_code == 200
    table = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return " ".join(table.split())


def test_it_shows_who_did_what_and_neither_names_of_patients_nor_values(cast: Cast) -> None:
    events(cast)
    table = shown(client_for(cast.admin))
    for words in ("Mara Desk", "see visit", str(cast.patient.pk), "203.0.113.7", "give access"):
        assert words in table
    for words in ("Pat Example", "Otherwise", "leaks", "patient@example.test"):
        assert words not in table
    # Why access was given or a sign-in failed is no health value.
    assert "password" in table
    assert "Refused" in table


def test_why_somebody_was_erased_is_for_whoever_gives_access(cast: Cast) -> None:
    record(SYSTEM, "erase patient", patient=cast.patient, reason="all", words="Asked by letter")
    record(SYSTEM, "hand over record", patient=cast.patient, words="She leaks")
    client = client_for(cast.admin)
    table = shown(client)
    assert "all: Asked by letter" in table
    assert "She leaks" not in table


def test_each_filter_leaves_what_it_says(cast: Cast) -> None:
    events(cast)
    AuditEvent.objects.create(at=NOW - timedelta(days=400), actor="system", role="system",
                              action="long ago")  # fmt: skip
    client = client_for(cast.admin)
    table: dict[str, tuple[dict[str, object], set[str]]] = {
        "a colleague": ({"who": f"user:{cast.manager.pk}"}, {"see visit", "cancel"}),
        "nobody": ({"who": "anonymous"}, {"sign in"}),
        "the system": ({"who": "system", "first": NOW.date() - timedelta(200)}, {"erase draft"}),
        "a patient": ({"patient": f" {cast.patient.pk} "}, {"see visit", "erase draft"}),
        "an action": ({"action": "ACCESS"}, {"give access"}),
        "until a day": ({"last": NOW.date() - timedelta(days=399)}, {"long ago"}),
        "nothing": ({"patient": cast.patient.pk, "action": "cancel"}, set()),
    }
    every = {"see visit", "cancel", "sign in", "give access", "erase draft", "long ago"}
    for name, (query, wanted) in table.items():
        found = shown(client, **query)
        assert {one for one in every if f" {one}" in found} == wanted, name


def test_pages_of_fifty_and_the_filter_goes_along(cast: Cast) -> None:
    client = client_for(cast.admin)
    AuditEvent.objects.bulk_create(
        AuditEvent(at=NOW, actor="system", role="system", action=f"act {number:03}")
        for number in range(60)
    )
    page = client.get(LOG, {"action": "act"}).content.decode()
    assert page.count("act 0") == 50
    following = page.partition("before=")[2].partition('"')[0]
    page = client.get(LOG, {"action": "act", "before": following}).content.decode()
    assert page.count("act 0") == 10
    assert "before=" not in page
    assert client.get(LOG, {"before": "x"}).status_code == 404
    assert client.get(LOG, {"before": "9" * 5000}).status_code == 404


def test_a_date_that_is_none_says_so_and_keeps_the_rest(cast: Cast) -> None:
    client = client_for(cast.admin)
    for query in ({"first": "nonsense"}, {"first": "2027-02-02", "last": "2027-02-01"}):
        answer = client.get(LOG, {"action": "cancel", **query})
        assert answer.status_code == 422
        assert 'value="cancel"' in answer.content.decode()
    assert client_for(cast.admin).get(FILE, {"first": "nonsense"}).status_code == 404


def test_the_file_holds_every_row_and_asks_for_a_fresh_sign_in(cast: Cast) -> None:
    events(cast)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = client_for(cast.admin)
        clock.shift(timedelta(minutes=6))
        answer = client.get(FILE)
    assert answer.status_code == 302
    assert reverse("account_reauthenticate") in answer["Location"] or "2fa" in answer["Location"]
    answer = client_for(cast.admin).get(FILE, {"patient": str(cast.patient.pk)})
    lines = answer.content.decode().splitlines()
    assert lines[0].lstrip("\ufeff") == "at,who,role,action,about,patient,allowed,address,why"
    assert [line.split(",")[3] for line in lines[1:]] == ["erase draft", "see visit"]
    assert "Pat Example" not in answer.content.decode()


def test_reading_and_taking_it_are_events_themselves(cast: Cast) -> None:
    client = client_for(cast.admin)
    client.get(LOG, {"action": "cancel"})
    client.get(FILE, {"action": "cancel"})
    found = AuditEvent.objects.values_list("action", "reason", "actor").order_by("pk")
    assert list(found) == [
        ("see audit log", "action cancel", f"user:{cast.admin.pk}"),
        ("export audit log", "action cancel", f"user:{cast.admin.pk}"),
    ]
