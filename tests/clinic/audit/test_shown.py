"""Who was on a page: a row for each person, patient and page in a quarter of an hour."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from clinic.audit.shown import record_shown
from clinic.models.audit import AuditEvent
from clinic.models.people import User
from tests.factories import NOW, make_manager

pytestmark = [pytest.mark.promises, pytest.mark.django_db]

PAT, OLA, MIA = "patient-1", "patient-2", "patient-3"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def request_of(user: User | None = None, *, by_itself: bool = False) -> Any:
    headers = {"X-Unattended": "1"} if by_itself else {}
    request = RequestFactory().get("/", headers=headers)
    request.user = user or AnonymousUser()
    return request


def written() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("patient", flat=True))


def of_the_trail(found: CaptureQueriesContext) -> list[str]:
    """Return the first word of each statement, but for the one that asks for the user's role."""
    told = [one["sql"] for one in found]
    return [sql.split()[0] for sql in told if "clinic_auditevent" in sql]


def test_once_in_a_quarter_of_an_hour_and_again_in_the_next(clock: Any) -> None:
    request = request_of()
    record_shown(request, "see day", [PAT, OLA, PAT, None])
    clock.shift(timedelta(minutes=14))
    record_shown(request, "see day", [OLA, PAT])
    assert written() == [PAT, OLA]
    clock.shift(timedelta(minutes=1))
    record_shown(request, "see day", [PAT])
    assert written() == [PAT, OLA, PAT]


def test_another_person_page_or_patient_is_another_row(clock: Any) -> None:
    desk, other = make_manager(), make_manager(email="other@example.test")
    record_shown(request_of(desk), "see day", [PAT], reason="2027-02-01")
    record_shown(request_of(other), "see day", [PAT], reason="2027-02-01")
    record_shown(request_of(desk), "see week", [PAT], reason="2027-02-01")
    record_shown(request_of(desk), "see day", [PAT], reason="2027-02-02")
    record_shown(request_of(desk), "see day", [PAT], about=desk, reason="2027-02-01")
    record_shown(request_of(desk), "see day", [OLA], reason="2027-02-01")
    assert written() == [PAT, PAT, PAT, PAT, PAT, OLA]


def test_a_refresh_by_itself_writes_only_who_is_new(clock: Any) -> None:
    record_shown(request_of(), "see day", [PAT, OLA])
    clock.shift(timedelta(hours=3))
    record_shown(request_of(by_itself=True), "see day", [PAT, OLA])
    record_shown(request_of(by_itself=True), "see day", [])
    assert written() == [PAT, OLA]
    record_shown(request_of(by_itself=True), "see day", [PAT, MIA])
    assert written() == [PAT, OLA, MIA]


def test_a_page_takes_one_statement(clock: Any) -> None:
    request = request_of(make_manager())
    with CaptureQueriesContext(connection) as found:
        record_shown(request, "see day", [f"patient-{number}" for number in range(60)])
    assert of_the_trail(found) == ["INSERT"]
    assert AuditEvent.objects.count() == 60
    with CaptureQueriesContext(connection) as found:
        record_shown(request_of(request.user, by_itself=True), "see day", ["patient-1"])
    assert of_the_trail(found) == ["SELECT"]


def test_that_nobody_was_there_is_written_too(clock: Any) -> None:
    record_shown(request_of(), "see day", [])
    record_shown(request_of(), "see day", [])
    assert written() == [""]
