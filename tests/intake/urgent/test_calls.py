"""The call list: it shows names, phones and what was told, no answers; a call has one outcome."""

from typing import Any

import pytest

from clinic.audit.context import Context
from clinic.models.audit import AuditEvent
from clinic.security.submission_keys import new_key
from intake.models import Intake, UrgentCall
from intake.urgent.call_outcome import AlreadyRecorded, record_outcome
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.review.reviewing import CANARY, FEVERISH, actor, change_safety, make_intake
from tests.racing import race

NOTE = "spoke-with-her-canary"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def call_of(intake: Intake) -> UrgentCall:
    return UrgentCall.objects.get(intake=intake)


@pytest.mark.django_db
def test_the_desk_sees_whom_to_call_and_what_was_told_and_no_answer(cast: Cast) -> None:
    answers = {"safety.body": ["fever", "leg"], "safety.mind": ["prefer_not"]}
    call = call_of(make_intake(name="Ada Canary Madeup", **answers))
    for path in ("/review/calls/", f"/review/calls/{call.pk}/"):
        page = client_for(cast.manager).get(path).content.decode()
        for shown in ("Ada Canary Madeup", "tel:+17815550144", "Urgent", "don’t rub it".title()):
            assert shown.lower() in page.lower(), shown
        for hidden in (CANARY, "100.4°", "One leg or arm", "rather not answer", "U-FEVER"):
            assert hidden not in page, hidden
        assert f"/review/{call.intake_id}/" not in page


@pytest.mark.django_db
def test_clinicians_get_on_to_the_case(cast: Cast) -> None:
    call = call_of(make_intake(**FEVERISH))
    page = client_for(cast.clinician.user).get(f"/review/calls/{call.pk}/").content.decode()
    assert f"/review/{call.intake_id}/" in page


@pytest.mark.django_db
def test_calls_of_forms_never_sent_and_of_changed_answers_stay_until_their_outcome(
    cast: Cast,
) -> None:
    draft = make_intake(send=False, **FEVERISH)
    change_safety(intake=draft)
    page = client_for(cast.manager).get("/review/calls/").content.decode()
    assert "To call 1" in page
    assert "Urgent answer changed by patient" in page


@pytest.mark.django_db
def test_an_outcome_is_recorded_once_and_the_second_gets_the_first(cast: Cast) -> None:
    call = call_of(make_intake(**FEVERISH))
    path = f"/review/calls/{call.pk}/"
    desk, clinician = client_for(cast.manager), client_for(cast.clinician.user)
    form = {"outcome": "getting_care", "note": NOTE, "form_key": new_key()}
    for _ in range(2):  # a double click
        assert desk.post(path, form)["Location"] == "/review/calls/"
    late = clinician.post(path, {"outcome": "mistake", "note": "typed by the second"})
    page = late.content.decode()
    assert late.status_code == 409
    for words in ("Mara Desk", "Is getting care", "typed by the second", "Ticked by mistake"):
        assert words in page, words
    call.refresh_from_db()
    assert (call.outcome, call.outcome_note, call.outcome_by) == (
        "getting_care",
        NOTE,
        cast.manager,
    )
    assert AuditEvent.objects.filter(action="record call").count() == 1
    recorded = desk.get("/review/calls/?tab=recorded").content.decode()
    assert "Recorded 1" in " ".join(recorded.split())
    assert "Is getting care" in recorded


@pytest.mark.django_db
def test_the_note_of_a_call_is_for_clinicians_only(cast: Cast) -> None:
    call = call_of(make_intake(**FEVERISH))
    path = f"/review/calls/{call.pk}/"
    client_for(cast.clinician.user).post(path, {"outcome": "seen", "note": NOTE})
    for page in (path, "/review/calls/?tab=recorded"):
        assert NOTE not in client_for(cast.manager).get(page).content.decode()
    assert NOTE in client_for(cast.clinician.user).get(path).content.decode()
    case = client_for(cast.clinician.user).get(f"/review/{call.intake_id}/").content.decode()
    assert NOTE in case


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"outcome": "fine"}, 422),
        ({"outcome": "seen", "note": "x" * 10_001}, 422),
        ({"outcome": "seen", "note": "a\x00b"}, 400),
    ],
)
def test_bad_input_is_shown_as_an_error_and_records_nothing(
    cast: Cast, form: dict[str, Any], status: int
) -> None:
    call = call_of(make_intake(**FEVERISH))
    answer = client_for(cast.manager).post(f"/review/calls/{call.pk}/", form)
    assert answer.status_code == status
    call.refresh_from_db()
    assert call.outcome == ""


@pytest.mark.django_db
def test_a_call_that_is_not_there_is_404(cast: Cast) -> None:
    path = "/review/calls/00000000-0000-4000-8000-000000000000/"
    assert client_for(cast.manager).get(path).status_code == 404
    assert client_for(cast.manager).post(path, {"outcome": "seen"}).status_code == 404


@pytest.mark.django_db
def test_who_may_open_a_call(cast: Cast) -> None:
    call = call_of(make_intake(**FEVERISH))
    for user, status in (
        (None, 302),
        (cast.patient.user, 403),
        (cast.admin, 403),
        (cast.disabled, 302),
        (cast.manager, 200),
        (cast.clinician.user, 200),
    ):
        assert client_for(user).get(f"/review/calls/{call.pk}/").status_code == status, user
    seen = AuditEvent.objects.filter(action="see call")
    assert {event.role for event in seen} == {"manager", "clinician"}


@pytest.mark.django_db
def test_a_manager_who_is_no_clinician_finds_the_calls_in_the_bar(cast: Cast) -> None:
    page = client_for(cast.manager).get("/desk/", follow=True).content.decode()
    assert 'href="/review/calls/"' in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_outcomes_recorded_at_once_one_stands(cast: Cast) -> None:
    call = call_of(make_intake(**FEVERISH))
    outcomes = ["seen", "mistake", "not_reached", "getting_care", "emergency_sent"]

    def record(number: int) -> UrgentCall:
        return record_outcome(
            call_id=call.pk,
            outcome=outcomes[number],
            note=outcomes[number],
            caller=cast.manager,
            context=Context(actor(cast.manager), NOW),
        )

    results = race(len(outcomes), record)
    (winner,) = [result for result in results if isinstance(result, UrgentCall)]
    late = [result for result in results if isinstance(result, AlreadyRecorded)]
    assert len(late) == len(outcomes) - 1
    call.refresh_from_db()
    assert call.outcome == call.outcome_note == winner.outcome
    assert {one.call.outcome for one in late} == {winner.outcome}
