"""The page of one concern: a mark answers what was there to read, and nothing that came since."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.concerns.actions import ChangedSince, mark_concern
from intake.models import Concern, Intake
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.review.reviewing import TORN, make_intake, opened, posted
from tests.racing import race

pytestmark = pytest.mark.promises

MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def form(cast: Cast) -> Intake:
    return make_intake(patient=cast.patient, **TORN)


def page_of(client: Client, concern: Concern) -> dict[str, str]:
    """Open the page and return its hidden fields."""
    page = client.get(f"/review/concerns/{concern.pk}/").content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def mark(client: Client, concern: Concern, hidden: dict[str, str]) -> tuple[int, str, str]:
    """Mark it reviewed as its page was; return the status, the state and the answer."""
    said = {**hidden, "mark": "reviewed", "reason": ""}
    answer = client.post(f"/review/concerns/{concern.pk}/", said)
    concern.refresh_from_db()
    return answer.status_code, concern.state, answer.content.decode()


def hold(cast: Cast, concern: Concern) -> None:
    mark_concern(
        concern_id=concern.pk, seen=concern.events.count(), mark="impact_held",
        reason="Until examined", by=cast.clinician.user, context=Context(SYSTEM, NOW + MINUTE),
    )  # fmt: skip


@pytest.mark.django_db
def test_what_she_answered_since_is_not_reviewed_with_it(cast: Cast, form: Intake) -> None:
    client, concern = client_for(cast.clinician.user), Concern.objects.get()
    hidden = page_of(client, concern)
    make_intake(patient=cast.patient, now=NOW + MINUTE, **TORN)
    status, state, page = mark(client, concern, hidden)
    assert (status, state) == (409, "open")
    assert "Something happened since you opened this page" in page
    assert opened(cast.patient) == ("evaluation",)
    # The page that answered shows it: a mark on that one counts.
    fresh = page_of(client, concern)
    assert f'name="seen" value="{fresh["seen"]}"' in page
    assert mark(client, concern, fresh)[:2] == (302, "resolved")


@pytest.mark.django_db
def test_what_a_colleague_held_is_not_lifted_unseen(cast: Cast, form: Intake) -> None:
    client, concern = client_for(cast.clinician.user), Concern.objects.get()
    hidden = page_of(client, concern)
    hold(cast, concern)
    status, state, page = mark(client, concern, hidden)
    assert (status, state) == (409, "impact_held")
    assert "Until examined" in page


@pytest.mark.django_db
def test_nor_on_the_case_that_was_opened_before(cast: Cast, form: Intake) -> None:
    signed = posted(form)
    hold(cast, Concern.objects.get())
    answer = client_for(cast.clinician.user).post(f"/review/{form.pk}/", signed)
    assert answer.status_code == 409
    assert Concern.objects.get().state == "impact_held"


@pytest.mark.django_db
@pytest.mark.parametrize("seen", ["", "0", "9" * 40, "x", "-1"])
def test_a_page_that_never_was_marks_nothing(cast: Cast, form: Intake, seen: str) -> None:
    client, concern = client_for(cast.clinician.user), Concern.objects.get()
    status, state, _page = mark(client, concern, {"seen": seen})
    assert (status in (409, 422), state) == (True, "open")


@pytest.mark.django_db(transaction=True)
def test_of_clinicians_who_mark_at_once_one_counts_and_the_others_are_told(
    cast: Cast, form: Intake
) -> None:
    concern = Concern.objects.get()
    marks = ("reviewed", "impact_held", "referred", "reviewed")

    def mark_it(number: int) -> Concern:
        return mark_concern(
            concern_id=concern.pk, seen=1, mark=marks[number], reason="because",
            by=cast.clinician.user, context=Context(SYSTEM, NOW + MINUTE),
        )  # fmt: skip

    results = race(len(marks), mark_it)
    assert sum(isinstance(one, Concern) for one in results) == 1
    others = [one for one in results if not isinstance(one, Concern)]
    # To whoever comes after a review the concern is not there to be marked.
    assert all(isinstance(one, ChangedSince | Concern.DoesNotExist) for one in others)
    assert concern.events.filter(kind="marked").count() == 1
