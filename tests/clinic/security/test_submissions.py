"""The action of a form runs once, however often the form is sent."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import RequestFactory

from clinic.models.people import Clinician
from clinic.models.submissions import Submission
from clinic.security.submission_keys import FIELD, SentWithOtherContent, new_key, once
from tests.racing import race

pytestmark = pytest.mark.promises


def post(key: str, **fields: str):  # type: ignore[no-untyped-def]
    request = RequestFactory().post("/", {FIELD: key, **fields})
    request.user = AnonymousUser()
    return request


def action() -> str:
    return f"/made/{Clinician.objects.create(name='Made').pk}"


@pytest.mark.django_db
def test_a_repeat_leads_to_the_first_outcome_without_a_second_action() -> None:
    key = new_key()
    first = once(post(key, a="1"), "view", "me", action)
    assert once(post(key, a="1"), "view", "me", action) == first
    assert Clinician.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_other_content_is_refused_and_the_first_stays() -> None:
    key = new_key()
    once(post(key, a="1"), "view", "me", action)
    with pytest.raises(SentWithOtherContent):
        once(post(key, a="2"), "view", "me", action)
    assert Clinician.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "short", "x" * 44, "é" * 43])
def test_a_missing_or_malformed_key_counts_as_a_new_form(key: str) -> None:
    once(post(key), "view", "me", action)
    once(post(key), "view", "me", action)
    assert Clinician.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_failed_action_stores_no_key_so_the_person_can_try_again() -> None:
    key = new_key()

    def fails() -> str:
        action()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once(post(key), "view", "me", fails)
    assert not Submission.objects.exists()
    assert not Clinician.objects.exists()
    once(post(key), "view", "me", action)
    assert Clinician.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_runs_and_all_share_its_outcome() -> None:
    key = new_key()
    outcomes = race(20, lambda _: once(post(key, a="1"), "view", "me", action))
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert Clinician.objects.count() == 1
    assert transaction.get_connection().in_atomic_block is False
