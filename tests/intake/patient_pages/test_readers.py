"""Who read a record: every reading by staff is an event, and the patient sees it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from fhir.resources.R4B.bundle import Bundle as R4BBundle
from playwright.sync_api import Page, expect

from clinic.audit.context import Context
from clinic.audit.readers import readings_of
from clinic.audit.record import SYSTEM, Actor, record
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from intake.fhir.exports import export_record
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.test_checkin_pages import BORN
from tests.intake.review.reviewing import CANARY, FEVERISH, TORN, decide, make_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def identified(cast: Cast, path: str = "/visits/readers/") -> Client:
    """Return the patient's browser after she gave her date of birth."""
    client = client_for(cast.patient.user)
    assert client.post(path, BORN).status_code == 302
    return client


def shown(client: Client, path: str = "/visits/readers/") -> list[tuple[str, str]]:
    """Return (what, by whom) as the page lists them."""
    body = " ".join(client.get(path).content.decode().split())
    found = re.findall(r'<dd>(.*?)<br> ?<span class="fw-normal">(.*?)</span>', body)
    return [(what.strip(), whom.strip()) for what, whom in found]


def test_it_asks_for_the_date_of_birth_once_a_session(cast: Cast) -> None:
    make_intake(patient=cast.patient, **TORN)
    client = client_for(cast.patient.user)
    for path in ("/visits/readers/", "/visits/record/", "/visits/record/file/"):
        page = client.get(path)
        assert b"date of birth" in page.content
        assert CANARY.encode() not in page.content
        assert client.post(path, {**BORN, "born_on_year": "1991"}).status_code == 422
    assert client.post("/visits/readers/", BORN)["Location"] == "/visits/readers/"
    assert "Nobody has opened it yet." in client.get("/visits/readers/").content.decode()
    assert client.get("/visits/record/file/")["Content-Type"] == "application/fhir+json"


def test_every_reading_by_staff_is_listed_with_name_role_and_what(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **FEVERISH)
    make_intake(patient=cast.other_patient)
    clinician, desk = client_for(cast.clinician.user), client_for(cast.manager)
    clinician.get(f"/review/{intake.pk}/")
    clinician.get(f"/review/{intake.pk}/fhir/")
    desk.get(f"/desk/patient/{cast.patient.pk}/")
    desk.get(f"/review/tasks/{intake.urgent_calls.get().task_id}/")
    desk.get(f"/review/{intake.pk}/")
    assert shown(identified(cast)) == [
        ("Your name, phone and what you were told to do", "Mara Desk, practice manager"),
        ("Your contact details and visits", "Mara Desk, practice manager"),
        ("Your whole record, as a file", "Dr. Test, clinician"),
        ("Your answers", "Dr. Test, clinician"),
    ]


def test_her_own_reading_and_a_refused_one_are_no_readings_by_others(cast: Cast) -> None:
    client = identified(cast)
    client.get("/visits/record/file/")
    record(Actor("user:1", "manager"), "read answers", patient=cast.patient, allowed=False)
    assert shown(client) == []
    own = AuditEvent.objects.filter(role="patient", patient=str(cast.patient.pk))
    assert {"see readers", "export record"} <= set(own.values_list("action", flat=True))


def test_the_systems_own_export_and_a_reading_without_a_name_are_shown(cast: Cast) -> None:
    export_record(patient=cast.patient, context=Context(SYSTEM, NOW))
    record(Actor("user:999999", "clinician"), "read something new", patient=cast.patient)
    record(Actor("user:999999", "manager"), "enter check-in", patient=cast.patient)
    record(Actor("user:999999", "clinician"), "decide", patient=cast.patient)
    assert shown(identified(cast)) == [
        ("Your check-in, to fill it in with you", "Somebody without a name here, practice manager"),
        ("Part of your record", "Somebody without a name here, clinician"),
        ("Your whole record, as a file", "The clinic’s own system"),
    ]


def test_readings_of_rows_that_were_merged_come_along(cast: Cast) -> None:
    former = Patient.objects.create(name="Pat Example", merged_into=cast.patient)
    older = Patient.objects.create(name="Pat Example", merged_into=former)
    for row in (former, older, cast.other_patient):
        record(Actor("system", "system"), "read answers", patient=row)
    assert [one.times for one in readings_of(cast.patient, None).rows] == [2]


def test_what_one_person_read_on_one_day_is_summed(cast: Cast) -> None:
    who = {"actor": f"user:{cast.manager.pk}", "role": "manager", "action": "see day"}
    # Ten quarter hours of a Monday, and two of the next day: midnight is the clinic's.
    quarters = [*range(10), 60, 61]
    AuditEvent.objects.bulk_create(
        AuditEvent(at=NOW + n * timedelta(minutes=15), patient=str(cast.patient.pk), **who)
        for n in quarters
    )
    rows = readings_of(cast.patient, None).rows
    assert [(one.what, one.name, one.times) for one in rows] == [
        ("The day’s calendar, with your visit", "Mara Desk", 2),
        ("The day’s calendar, with your visit", "Mara Desk", 10),
    ]
    assert [one.at for one in rows] == [NOW + timedelta(hours=15.25), NOW + timedelta(hours=2.25)]
    assert shown(identified(cast))[0] == (
        "The day’s calendar, with your visit", "Mara Desk, practice manager, 2 times",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moments", "times"),
    [
        # Since its law changed, half past midnight in Vancouver; half past eleven by former data.
        ([(2026, 12, 15, 7, 30), (2026, 12, 15, 20, 0)], [2]),
        # The hour before midnight and the one after, in winter and in the former summer.
        ([(2026, 1, 15, 7, 30), (2026, 1, 15, 8, 30)], [1, 1]),
        ([(2026, 7, 15, 6, 30), (2026, 7, 15, 7, 30)], [1, 1]),
        ([(2026, 3, 8, 7, 30), (2026, 3, 8, 8, 30), (2026, 3, 9, 6, 30)], [2, 1]),
    ],
)
def test_a_day_is_that_of_the_pinned_zone_data_on_either_database(
    cast: Cast, settings: Any, moments: list[tuple[int, ...]], times: list[int]
) -> None:
    settings.CLINIC_TIME_ZONE = "America/Vancouver"
    who = {"actor": f"user:{cast.manager.pk}", "role": "manager", "action": "see day"}
    AuditEvent.objects.bulk_create(
        AuditEvent(at=datetime(*one, tzinfo=UTC), patient=str(cast.patient.pk), **who)
        for one in moments
    )
    assert [one.times for one in readings_of(cast.patient, None).rows] == times


def test_pages_of_fifty_and_whatever_number_is_asked_for(cast: Cast) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(
            at=NOW + timedelta(days=n), actor="system", role="system", action="read answers",
            patient=str(cast.patient.pk),
        )
        for n in range(51)
    )  # fmt: skip
    client = identified(cast)
    assert len(shown(client)) == 50
    assert len(shown(client, "/visits/readers/?page=2")) == 1
    for number in ("0", "99", "x", "-1", ""):
        assert client.get(f"/visits/readers/?page={number}").status_code == 200
    first, last = readings_of(cast.patient, 1), readings_of(cast.patient, 2)
    assert first.rows[0].at > first.rows[-1].at > last.rows[0].at
    assert (first.newer, first.older, last.newer, last.older) == (None, 2, 1, None)


def test_her_file_holds_her_answers_and_what_was_decided_and_nobody_elses(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **TORN)
    make_intake(patient=cast.other_patient)
    assert decide(client_for(cast.clinician.user), intake, note="Go slowly") == 302
    client = identified(cast)
    # Until the minute for undoing is over she is told nothing.
    assert "ClinicalImpression" not in client.get("/visits/record/file/").content.decode()
    intake.decisions.update(decided_at=NOW - timedelta(days=400))
    answer = client.get("/visits/record/file/")
    bundle = R4BBundle.model_validate_json(answer.content)
    kinds = [entry.resource.__resource_type__ for entry in bundle.entry]
    assert kinds.count("QuestionnaireResponse") == kinds.count("ClinicalImpression") == 1
    assert CANARY in answer.content.decode()
    # The note is for the team; the marks, the reasons and what she was told are hers.
    assert "Go slowly" not in answer.content.decode()
    assert "Reviewed" in answer.content.decode()
    assert str(cast.other_patient.pk) not in answer.content.decode()


@pytest.mark.parametrize("path", ["/visits/readers/", "/visits/record/", "/visits/record/file/"])
def test_nothing_is_shown_when_the_reading_cannot_be_recorded(
    cast: Cast, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_intake(patient=cast.patient)
    client = identified(cast)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the trail is full")

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", refuse)
    answer = client.get(path)
    assert answer.status_code == 503
    assert CANARY.encode() not in answer.content


def test_the_page_has_no_barrier_for_anybody(
    cast: Cast, page: Page, axe: Callable[[Page], None], live_server: Any
) -> None:
    intake = make_intake(patient=cast.patient)
    client_for(cast.clinician.user).get(f"/review/{intake.pk}/")
    session = client_for(cast.patient.user).cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/visits/readers/")
    axe(page)
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Dr. Test, clinician")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
