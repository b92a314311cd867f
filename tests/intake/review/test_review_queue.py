"""The queue: the most urgent first, few statements however long, and never an answer."""

import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from clinic.web.paging import beyond
from intake.concerns.tasks import close_task
from intake.intakes.sending import send_intake
from intake.models import Flag, Intake, Task
from intake.review import queue as review_queries
from intake.review.queue import QUEUE_ORDER, Tab, next_unclaimed, queue_page
from tests.big_tables import analyze
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import (
    CANARY,
    FEVERISH,
    TORN,
    change_safety,
    correct,
    decide,
    make_intake,
    make_row,
    waiting,
)
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# What every page asks besides its own business.
HOUSEKEEPING = re.compile(
    r'.*SAVEPOINT|INSERT INTO "clinic_auditevent"|UPDATE "clinic_storedsession"'
    r'|SELECT .* FROM "(clinic_storedsession|clinic_user|clinic_clinician)"'
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def order() -> list[Any]:
    return [row.id for row in waiting().rows]


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


@pytest.mark.promises
def test_of_urgent_forms_the_most_dangerous_stands_first_as_among_the_tasks(cast: Cast) -> None:
    # Each a minute later, so that neither due time nor arrival gives the right order.
    asked = (
        ("provider", {"safety.body": ["fever"]}),
        ("er", {"safety.body": ["leg"]}),
        ("988", {"safety.mind": ["self_harm"]}),
        ("911", {"safety.emergency": ["chest_pain"]}),
    )
    names = {
        make_intake(name=f"Row {name}", now=NOW + number * HOUR / 60, **answers).pk: name
        for number, (name, answers) in enumerate(asked)
    }
    assert [names[key] for key in order()] == ["911", "er", "988", "provider"]
    following = next_unclaimed(now=NOW + HOUR)
    assert following
    assert names[following] == "911"


@pytest.mark.promises
@pytest.mark.parametrize("answers", [TORN, FEVERISH])
def test_what_she_took_back_by_a_correction_stays_on_a_list(
    cast: Cast, answers: dict[str, Any]
) -> None:
    """A correction that a clinician has looked at resolves nothing, and hides nothing."""
    old = make_intake(patient=cast.patient, **answers)
    newer = correct(old)
    assert order() == [newer.pk]
    client = client_for(cast.clinician.user)
    assert decide(client, newer, looked_at_change="on") == 302
    assert (order(), listed(Tab.HELD)) == ([], [old.pk])
    assert "Corrected by the patient" in client.get("/review/?tab=held").content.decode()
    call = Task.objects.open().urgent_calls().first()
    assert (call is None) == (answers == TORN)
    if call is not None:
        context = Context(SYSTEM, NOW)
        close_task(task_id=call.pk, outcome="spoke", note="", by=cast.manager, context=context)
        # Now a clinician can review it, and has to be asked to.
        assert order() == [old.pk]


def test_an_urgent_answer_stands_on_top_from_its_page_on_and_in_red_once_changed(
    cast: Cast,
) -> None:
    red = make_intake(**TORN)
    draft = make_intake(send=False, **FEVERISH)
    assert order() == [draft.pk, red.pk]
    (row, _) = waiting().rows
    assert (row.level, row.is_draft, row.words, row.told) == (
        "urgent",
        True,
        ["Fever after birth"],
        "Told to call the OB or midwife now",
    )
    change_safety(intake=draft)
    (row,) = [row for row in waiting().rows if row.id == draft.pk]
    assert (row.level, row.changed, row.is_draft) == (
        "red",
        "Urgent answer changed by patient",
        True,
    )


@pytest.mark.parametrize("count", [5, 200])
def test_a_list_of_any_length_takes_seven_statements(cast: Cast, count: int) -> None:
    for number in range(count):
        make_row(queue="red", due=NOW + number * HOUR)
    client = client_for(cast.clinician.user)
    first = statements(lambda: client.get("/review/"))
    assert len(first) == 6, "\n".join(first)
    begins_after = waiting().rows[1].id
    assert len(statements(lambda: client.get(f"/review/?after={begins_after}"))) == 7


@pytest.mark.promises
def test_every_case_is_met_once_however_many_are_decided_on_the_way(cast: Cast) -> None:
    rows = [make_row(queue="red", due=NOW + (n % 7) * HOUR) for n in range(120)]
    met: list[Any] = []
    page = waiting()
    while True:
        met += [row.id for row in page.rows]
        Intake.objects.filter(pk__in=met[-20:]).update(decided_at=NOW)
        if page.next_after is None:
            break
        page = waiting(after=page.next_after)
    assert len(met) == len(set(met)) == 120
    assert set(met) == {row.pk for row in rows}


def test_tabs_count_what_waits_and_what_is_done(cast: Cast) -> None:
    client = client_for(cast.clinician.user)
    assert "Nothing waits." in client.get("/review/").content.decode()
    torn = make_intake(**TORN)
    make_intake(**FEVERISH)
    assert decide(client, torn) == 302
    page = waiting()
    assert (page.counts[Tab.OPEN], page.counts[Tab.DONE]) == (1, 1)
    (row,) = queue_page(Tab.DONE, reader=None, now=NOW).rows
    assert (row.id, row.decided_by, row.next_act) == (torn.pk, "Dr. Test", "Nothing more")
    assert "Dr. Test" in client.get("/review/?tab=done").content.decode()


def test_a_list_shows_initials_and_words_and_no_answer(cast: Cast) -> None:
    make_intake(name="Maya Lin \u202eOrtiz", **TORN)
    make_intake(**FEVERISH)
    client = client_for(cast.clinician.user)
    page = client.get("/review/").content.decode()
    assert "M.O." in page
    assert "Tear into the anal sphincter" in page
    for hidden in ("Ortiz", "\u202e", CANARY, "100.4°", "3rd or 4th", "fever", "severe"):
        assert hidden not in page, hidden


def test_a_row_says_what_it_is_the_most_dangerous_first_and_counts_the_rest(cast: Cast) -> None:
    intake = make_row(queue="red", due=NOW + HOUR, has_note=True)
    more = (("R-TIME-RUN", "red"), ("C-PAIN-MILD", "caution"), ("R-PAIN-BONE", "red"))
    for rule_id, level in (*more, ("C-SLEEP", "caution")):
        Flag.objects.create(
            intake=intake, rule=rule_id, level=level, domain="background", evidence=[]
        )
    (row,) = waiting().rows
    assert row.words == [
        "Possible bone stress",
        "Tear into the anal sphincter",
        "Running before 6 weeks",
    ]
    assert (row.more, row.has_note) == (2, True)
    page = " ".join(client_for(cast.clinician.user).get("/review/").content.decode().split())
    assert "Possible bone stress; Tear into the anal sphincter; Running before 6 weeks" in page
    assert "+2<span" in page
    assert "more flags" in page
    assert "Left a note" in page
    assert "Birth and healing" not in page


def test_the_list_says_who_reviews_and_next_is_a_case_that_nobody_has(cast: Cast) -> None:
    first, second = make_intake(**FEVERISH), make_intake(**TORN)
    other = client_for(make_clinician(email="second@example.test").user)
    client = client_for(cast.clinician.user)
    assert client.get("/review/next/")["Location"] == f"/review/{first.pk}/"
    # Opening claims nothing: the next one stays the next one, for her and for a colleague.
    client.get("/review/next/", follow=True)
    assert other.get("/review/next/")["Location"] == f"/review/{first.pk}/"
    client.post(f"/review/{first.pk}/start/")
    assert "Dr. Test is reviewing" in client.get("/review/").content.decode()
    assert other.get("/review/next/")["Location"] == f"/review/{second.pk}/"
    other.post(f"/review/{second.pk}/start/")
    assert client.get("/review/next/")["Location"] == "/review/"
    first.refresh_from_db()
    assert next_unclaimed(now=first.claimed_until) == first.pk


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=%00",
        "after=1",
        "after=00000000-0000-4000-8000-000000000000",
        "tab=%00",
    ],
)
@pytest.mark.parametrize("path", ["/review/", "/review/tasks/"])
def test_a_forged_address_is_answered_and_never_fails(cast: Cast, path: str, query: str) -> None:
    client = client_for(cast.clinician.user)
    for tab in ("", "tab=done&", "tab=closed&"):
        assert client.get(f"{path}?{tab}{query}").status_code in (400, 404)


def test_a_page_of_done_cannot_begin_after_a_case_that_waits(cast: Cast) -> None:
    waiting = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    assert client.get(f"/review/?tab=done&after={waiting.pk}").status_code == 404


# --- The lists, and five thousand of them -------------------------------------------------------


def listed(tab: Tab, reader: Any = None, now: Any = NOW) -> list[Any]:
    page = queue_page(tab, reader=reader, now=now)
    assert page.counts[tab] == len(page.rows)
    return [row.id for row in page.rows]


@pytest.mark.promises
def test_each_list_holds_what_its_name_says(cast: Cast) -> None:
    user = cast.clinician.user
    other = make_clinician(email="second@example.test").user
    until = NOW + HOUR
    signed = {mark: make_intake(**TORN) for mark in ("reviewed", "impact_held", "referred")}
    client = client_for(user)
    for mark, intake in signed.items():
        assert decide(client, intake, mark=mark, reason="because") == 302
    # After signing, which ends her other claims.
    free = make_row(queue="red", due=NOW)
    lapsed = make_row(queue="red", due=NOW + HOUR, claimed_by=user, claimed_until=NOW)
    mine = make_row(queue="red", due=NOW + 2 * HOUR, claimed_by=user, claimed_until=until)
    theirs = make_row(queue="red", due=NOW + 3 * HOUR, claimed_by=other, claimed_until=until)
    assert listed(Tab.OPEN, user) == [free.pk, lapsed.pk, mine.pk, theirs.pk]
    assert listed(Tab.UNCLAIMED, user) == [free.pk, lapsed.pk]
    assert listed(Tab.MINE, user) == [mine.pk]
    assert listed(Tab.MINE, other) == [theirs.pk]
    assert set(listed(Tab.HELD)) == {signed["impact_held"].pk, signed["referred"].pk}
    assert listed(Tab.DONE) == [signed["reviewed"].pk]
    # Only a mark that resolves it ends the holding.
    assert decide(client, signed["referred"], mark="reviewed") == 302
    assert listed(Tab.HELD) == [signed["impact_held"].pk]
    page = client.get("/review/?tab=mine").content.decode()
    for words in ("All open 4", "Held 1", "Done 2"):
        assert words in page, words
    assert client.get("/review/?tab=somebody-elses").status_code == 404


@pytest.mark.promises
def test_a_form_leaves_when_its_newer_version_is_sent_unless_a_change_is_unread(
    cast: Cast,
) -> None:
    old, changed = make_row(queue="red", due=NOW), make_row(queue="red", due=NOW)
    Intake.objects.filter(pk=changed.pk).update(has_unreviewed_change=True)
    for row in (old, changed):
        draft = make_intake(send=False, patient=row.patient)
        Intake.objects.filter(pk=draft.pk).update(replaces=row)
    assert set(order()) == {old.pk, changed.pk}
    newer = list(Intake.objects.filter(replaces__in=(old, changed)))
    for draft in newer:
        send_intake(intake_id=draft.pk, context=Context(SYSTEM, NOW))
    assert set(order()) == {changed.pk, *(draft.pk for draft in newer)}
    page = client_for(cast.clinician.user).get(f"/review/{old.pk}/").content.decode()
    assert "Open the newer version" in page


@pytest.mark.promises
def test_the_order_is_total_and_every_page_begins_exactly_after_its_row() -> None:
    dice = random.Random(20)
    for _ in range(60):
        row = make_row(
            queue=dice.choice(["urgent", "red", "mood", "reading"]),
            due=NOW + dice.randrange(3) * HOUR,
            sent_at=NOW - dice.randrange(3) * HOUR,
        )
        row.has_unreviewed_change = dice.random() < 0.2
        row.save()
    ordered = list(review_queries._in_order().order_by(*QUEUE_ORDER).values_list(*QUEUE_ORDER))
    assert len(set(ordered)) == 60
    assert [key[:3] for key in ordered] == sorted(key[:3] for key in ordered)
    keys = [key[-1] for key in ordered]
    for position, key in enumerate(keys):
        rest = review_queries._in_order().filter(
            beyond(QUEUE_ORDER, review_queries._in_order(), key)
        )
        assert (
            list(rest.order_by(*QUEUE_ORDER).values_list("pk", flat=True)) == keys[position + 1 :]
        )


def test_many_cases_take_seven_statements_and_are_met_once_in_order(cast: Cast) -> None:
    many = rounds(1_500, 5_000)
    patients = Patient.objects.bulk_create(
        Patient(name=f"Row {n}", phone="+17815550145") for n in range(many)
    )
    dice, queues = random.Random(7), ("urgent", "red", "mood", "reading")
    levels = {"mood": "caution", "reading": "clear"}
    rows = Intake.objects.bulk_create(
        Intake(
            patient=patient,
            queue=(queue := dice.choice(queues)),
            level=levels.get(queue, queue),
            review_due_at=NOW + dice.randrange(40) * HOUR,
            questionnaire_version="1.1",
            rules_version="1.1",
            started_at=NOW,
            saved_at=NOW,
            sent_at=NOW - dice.randrange(20) * HOUR,
            as_of=NOW.date(),
            next_step="evaluation",
        )
        for patient in patients
    )
    analyze()
    client = client_for(cast.clinician.user)
    assert len(statements(lambda: client.get("/review/"))) <= 7
    met, after, taken = [], None, set()
    while True:
        page = waiting(after=after)
        met += [row.id for row in page.rows]
        # Colleagues decide and claim cases, behind the reader and ahead of her.
        taken |= {row.id for row in page.rows[::7]}
        Intake.objects.filter(pk__in=[row.id for row in page.rows[::7]]).update(decided_at=NOW)
        if page.next_after is None:
            break
        after = page.next_after
    assert len(met) == len(set(met)) == many
    rank = dict(zip(queues, range(4), strict=True))
    by_key = {row.pk: (rank[row.queue], row.review_due_at, row.sent_at) for row in rows}
    assert [by_key[key] for key in met] == sorted(by_key.values())
    assert len(statements(lambda: client.get(f"/review/?after={met[many // 2]}"))) <= 7
    for tab in ("unclaimed", "mine", "held", "done"):
        assert len(statements(lambda tab=tab: client.get(f"/review/?tab={tab}"))) <= 7
