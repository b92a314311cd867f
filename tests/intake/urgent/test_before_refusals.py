"""Whatever refuses a page of answers, an emergency that is among them comes first."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client

from clinic.sign_in.session_store import SessionStore
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import start

pytestmark = pytest.mark.django_db


def raising(error: type[Exception]) -> Any:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


def post_safety(client: Client) -> Any:
    client.raise_request_exception = False
    return client.post("/intake/safety/", {"safety_emergency": "chest_pain"})


@pytest.mark.parametrize(
    ("error", "status"),
    [(BadRequest, 400), (PermissionDenied, 403), (Http404, 404), (OperationalError, 503)],
)
def test_a_refusal_before_the_view(
    error: type[Exception], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.sign_in.middleware.session_limits.ends_at", raising(error))
    answer = post_safety(Client())
    assert answer.status_code == status
    assert "Call 911 now" in answer.content.decode()


@pytest.mark.parametrize(("error", "status"), [(UpdateError, 400), (OperationalError, 503)])
def test_a_session_that_cannot_be_saved_after_the_view(
    error: type[Exception], status: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended in another tab meanwhile, or the disk of the database is full."""
    make_offer()
    make_clinician()
    client = start()
    monkeypatch.setattr("clinic.sign_in.middleware.session_limits.is_noted", lambda request: False)
    monkeypatch.setattr(SessionStore, "save", raising(error))
    answer = post_safety(client)
    assert answer.status_code == status
    assert "Call 911 now" in answer.content.decode()
