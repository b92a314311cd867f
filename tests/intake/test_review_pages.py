"""Review: who may see what, what a mark opens, and what a second clinician is told."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from booking.models import Referral
from clinic.audit.models import AuditEvent
from clinic.audit.record import SYSTEM
from clinic.management.seeding.patients import WELL
from intake.actions.answering import Contact, save_section, start_intake
from intake.actions.sending import send_intake
from intake.models import Intake, UrgentCall
from intake.progress import SECTIONS
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician

pytestmark = pytest.mark.django_db
CANARY = "canary-word-4c1"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_intake(*, send: bool = True, email: str = "i@example.test", **answers: Any) -> Intake:
    contact = Contact("Ina Example", email, "+17815550144", NOW.date().replace(year=1990))
    intake = start_intake(contact=contact, patient=None, now=NOW, actor=SYSTEM)
    birth = NOW.date().replace(year=NOW.year - 1)
    said = {**WELL, "bg.birth_date": birth.isoformat(), "care.note": CANARY, **answers}
    for slug, section in SECTIONS.items():
        posted = {one.id: said.get(one.id) for one in section.questions}
        save_section(
            intake_id=intake.pk, slug=slug, posted=posted, is_complete=True, now=NOW, actor=SYSTEM
        )
    return send_intake(intake_id=intake.pk, now=NOW, actor=SYSTEM) if send else intake


def marks(intake: Intake, mark: str, reason: str = "") -> dict[str, Any]:
    form: dict[str, Any] = {"version": intake.version, "next_act": "none", "note": ""}
    for flag in intake.flags.filter(level__in=("urgent", "red")):
        form |= {f"mark-{flag.rule}": mark, f"reason-{flag.rule}": reason}
    return form


def package_opens(intake: Intake) -> bool:
    referral = Referral.objects.current().get(patient=intake.patient)
    return referral.run_ready_opens_on is not None


def test_who_may_enter(cast: Cast) -> None:
    intake = make_intake(**{"bg.tear": "severe"})
    pages = {"/review/": 403, f"/review/{intake.pk}/": 403, "/review/calls/": 200}
    for path, for_manager in pages.items():
        assert client_for().get(path).status_code == 302
        assert client_for(cast.patient.user).get(path).status_code == 403
        assert client_for(cast.admin).get(path).status_code == 403
        assert client_for(cast.disabled).get(path).status_code == 302
        assert client_for(cast.manager).get(path).status_code == for_manager
        assert client_for(cast.clinician.user).get(path).status_code == 200


@pytest.mark.parametrize(
    ("mark", "reason", "opens"),
    [("reviewed", "", True), ("impact_held", "weak", False), ("referred", "to OB", False)],
)
def test_only_reviewed_opens_the_package(cast: Cast, mark: str, reason: str, opens: bool) -> None:
    intake = make_intake(**{"bg.tear": "severe"})
    assert not package_opens(intake)
    client = client_for(cast.clinician.user)
    path = f"/review/{intake.pk}/"
    if reason:
        assert client.post(path, marks(intake, mark)).status_code == 422
    assert client.post(path, marks(intake, mark, reason)).status_code == 302
    assert package_opens(intake) is opens
    intake.refresh_from_db()
    assert intake.decided_at is not None


def test_a_second_decision_on_the_same_page_is_refused_with_409(cast: Cast) -> None:
    intake = make_intake(**{"bg.tear": "severe"})
    other = make_clinician(email="second@example.test")
    form = marks(intake, "reviewed")
    assert client_for(cast.clinician.user).post(f"/review/{intake.pk}/", form).status_code == 302
    late = client_for(other.user).post(f"/review/{intake.pk}/", form | {"note": "typed words"})
    assert late.status_code == 409
    assert b"typed words" in late.content
    assert intake.decisions.count() == 1


def test_urgent_opens_only_with_an_outcome_and_the_mark(cast: Cast) -> None:
    intake = make_intake(**{"safety.body": ["fever"]})
    referral = Referral.objects.current().get(patient=intake.patient)
    assert referral.stops_self_booking
    assert referral.evaluation_opens_on is None
    client = client_for(cast.clinician.user)
    client.post(f"/review/{intake.pk}/", marks(intake, "reviewed"))
    assert Referral.objects.current().get(patient=intake.patient).stops_self_booking
    call = UrgentCall.objects.get(intake=intake)
    desk = client_for(cast.manager)
    assert desk.post(f"/review/calls/{call.pk}/", {"outcome": "seen"}).status_code == 302
    assert desk.post(f"/review/calls/{call.pk}/", {"outcome": "mistake"}).status_code == 409
    assert package_opens(intake)


def test_lists_hold_no_answer_and_the_case_is_read_only_with_a_trace(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = make_intake(**{"safety.body": ["fever"]})
    client = client_for(cast.clinician.user)
    for path in ("/review/", "/review/calls/"):
        assert CANARY not in client.get(path).content.decode()
    assert CANARY in client.get(f"/review/{intake.pk}/").content.decode()
    event = AuditEvent.objects.get(action="read answers")
    assert "care.note" in event.fields_seen
    assert CANARY not in str(vars(event))

    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("intake.actions.reviewing.record", down)
    page = Client(raise_request_exception=False)
    page.force_login(
        cast.clinician.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    answer = page.get(f"/review/{intake.pk}/")
    assert answer.status_code == 503
    assert CANARY not in answer.content.decode()


def test_the_queue_asks_the_same_few_things_however_long_it_is(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = client_for(cast.clinician.user)
    for number in range(12):
        make_intake(email=f"q{number}@example.test", **{"bg.tear": "severe"})
    with django_assert_max_num_queries(10):
        assert client.get("/review/").status_code == 200


def test_a_changed_urgent_answer_of_a_form_never_sent_waits_in_the_queue(cast: Cast) -> None:
    draft = make_intake(send=False, **{"safety.body": ["fever"]})
    posted = {"safety.body": ["none"]}
    save_section(
        intake_id=draft.pk, slug="safety", posted=posted, is_complete=True, now=NOW, actor=SYSTEM
    )
    client = client_for(cast.clinician.user)
    assert str(draft.pk) in client.get("/review/").content.decode()
    page = client.get(f"/review/{draft.pk}/").content.decode()
    assert "Urgent answer changed by patient" in page
    draft.refresh_from_db()
    form = {**marks(draft, "reviewed"), "looked_at_change": "on"}
    assert client.post(f"/review/{draft.pk}/", form).status_code == 302
    draft.refresh_from_db()
    assert not draft.has_unreviewed_change
