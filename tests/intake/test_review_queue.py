"""The queue: the most pressing first, few statements however long, and never an answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intake.models import Intake
from intake.review_queries import done_page, next_unclaimed, waiting_page
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.reviewing import (
    CANARY,
    FEVERISH,
    TORN,
    change_safety,
    decide,
    make_intake,
    make_row,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# What every page asks besides its own business.
HOUSEKEEPING = re.compile(
    r'.*SAVEPOINT|INSERT INTO "clinic_auditevent"'
    r'|SELECT .* FROM "(django_session|clinic_user|clinic_clinician)"'
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def order() -> list[Any]:
    return [row.id for row in waiting_page(now=NOW).rows]


def statements(act: Callable[[], Any]) -> list[str]:
    """Return what the page asked the database, housekeeping left out."""
    with CaptureQueriesContext(connection) as seen:
        act()
    return [query["sql"] for query in seen.captured_queries if not HOUSEKEEPING.match(query["sql"])]


@pytest.mark.promises
def test_urgent_then_red_then_mood_then_reading_then_due_then_arrival() -> None:
    later, sooner = NOW + 9 * HOUR, NOW + HOUR
    reading = make_row(queue="reading", due=NOW - HOUR)
    mood = make_row(queue="mood", due=NOW - HOUR)
    red_later = make_row(queue="red", due=later, sent_at=NOW - HOUR)
    red_second = make_row(queue="red", due=sooner, sent_at=NOW)
    red_first = make_row(queue="red", due=sooner, sent_at=NOW - HOUR)
    urgent = make_row(queue="urgent", due=later)
    expected = [urgent, red_first, red_second, red_later, mood, reading]
    assert order() == [intake.pk for intake in expected]


def test_an_urgent_answer_stands_on_top_from_its_page_on_and_in_red_once_changed(
    cast: Cast,
) -> None:
    red = make_intake(**TORN)
    draft = make_intake(send=False, **FEVERISH)
    assert order() == [draft.pk, red.pk]
    (row, _) = waiting_page(now=NOW).rows
    assert (row.level, row.is_draft, row.words, row.told) == (
        "urgent",
        True,
        ["Safety"],
        "Told to call the OB or midwife now",
    )
    change_safety(intake=draft)
    (row,) = [row for row in waiting_page(now=NOW).rows if row.id == draft.pk]
    assert (row.level, row.is_changed, row.is_draft) == ("red", True, True)


@pytest.mark.parametrize("count", [5, 200])
def test_a_list_of_any_length_takes_six_statements(cast: Cast, count: int) -> None:
    for number in range(count):
        make_row(queue="red", due=NOW + number * HOUR)
    client = client_for(cast.clinician.user)
    first = statements(lambda: client.get("/review/"))
    assert len(first) == 5, "\n".join(first)
    begins_after = waiting_page(now=NOW).rows[1].id
    assert len(statements(lambda: client.get(f"/review/?after={begins_after}"))) == 6


@pytest.mark.promises
def test_every_case_is_met_once_however_many_are_decided_on_the_way(cast: Cast) -> None:
    rows = [make_row(queue="red", due=NOW + (n % 7) * HOUR) for n in range(120)]
    met: list[Any] = []
    page = waiting_page(now=NOW)
    while True:
        met += [row.id for row in page.rows]
        Intake.objects.filter(pk__in=met[-20:]).update(decided_at=NOW)
        if page.next_after is None:
            break
        page = waiting_page(now=NOW, after=page.next_after)
    assert len(met) == len(set(met)) == 120
    assert set(met) == {row.pk for row in rows}


def test_tabs_count_what_waits_and_what_is_done(cast: Cast) -> None:
    client = client_for(cast.clinician.user)
    assert "Nothing waits." in client.get("/review/").content.decode()
    torn = make_intake(**TORN)
    make_intake(**FEVERISH)
    assert decide(client, torn) == 302
    page = waiting_page(now=NOW)
    assert (page.waiting, page.done) == (1, 1)
    (row,) = done_page(now=NOW).rows
    assert (row.id, row.decided_by, row.next_act) == (torn.pk, "Dr. Test", "Nothing more")
    assert "Dr. Test" in client.get("/review/?tab=done").content.decode()


def test_a_list_shows_initials_and_words_and_no_answer(cast: Cast) -> None:
    make_intake(name="Maya Lin \u202eOrtiz", **TORN)
    make_intake(**FEVERISH)
    client = client_for(cast.clinician.user)
    page = client.get("/review/").content.decode()
    assert "M.O." in page
    for hidden in ("Ortiz", "\u202e", CANARY, "100.4°", "3rd or 4th", "fever", "severe"):
        assert hidden not in page, hidden


def test_who_reviews_is_said_and_the_next_one_is_nobodys(cast: Cast) -> None:
    first, second = make_intake(**FEVERISH), make_intake(**TORN)
    client = client_for(cast.clinician.user)
    assert client.get("/review/next/")["Location"] == f"/review/{first.pk}/"
    client.get(f"/review/{first.pk}/")
    assert "Dr. Test is reviewing" in client.get("/review/").content.decode()
    assert client.get("/review/next/")["Location"] == f"/review/{second.pk}/"
    client.get(f"/review/{second.pk}/")
    assert client.get("/review/next/")["Location"] == "/review/"
    second.refresh_from_db()
    assert next_unclaimed(now=second.claimed_until) == first.pk


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=%00", "after=1", "after=00000000-0000-4000-8000-000000000000", "tab=%00"],
)
@pytest.mark.parametrize("path", ["/review/", "/review/calls/"])
def test_a_forged_address_is_answered_and_never_fails(cast: Cast, path: str, query: str) -> None:
    client = client_for(cast.clinician.user)
    for tab in ("", "tab=done&", "tab=recorded&"):
        assert client.get(f"{path}?{tab}{query}").status_code in (400, 404)


def test_a_page_of_done_cannot_begin_after_a_case_that_waits(cast: Cast) -> None:
    waiting = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    assert client.get(f"/review/?tab=done&after={waiting.pk}").status_code == 404
