"""Check-ins: judged against the episode, urgent ones followed up at once, no visit cancelled."""

from datetime import timedelta
from typing import Any

import pytest

from booking.appointments.attendance import mark_arrived
from booking.models import Appointment
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.practice.promised import promise_of
from intake.checkins import actions as checkin_actions
from intake.checkins.actions import AlreadySent, CheckinClosed, save_checkin, send_checkin
from intake.checkins.due_marks import mark_due_checkins
from intake.checkins.queries import sent_checkin, waiting_for_checkin
from intake.concerns.tasks import close_task
from intake.models import Intake, UrgentCall
from intake.review.decisions import Marking, Verdict, sign_decision
from tests.cast import Cast, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, FINE, check_in, make_package, make_visit
from tests.intake.review.reviewing import make_intake
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

VISIT = NOW + 10 * DAY
TWO_DAYS_BEFORE = VISIT - 2 * DAY


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return make_visit(make_package(cast.patient), cast.clinician, 2, VISIT)


def attention(visit: Appointment) -> str:
    visit.refresh_from_db()
    return visit.attention


@pytest.mark.parametrize(
    ("answers", "level", "outcome", "mark"),
    [
        ({}, "clear", "progress", ""),
        ({"pain_worst": 4}, "caution", "repeat_stage", ""),
        ({"pain_worst": 6}, "red", "hold_impact", "red"),
        ({"warning": ["leg"]}, "urgent", "stop", "stop"),
    ],
)
def test_each_outcome_marks_the_visit_and_moves_it_nowhere(
    visit: Appointment, answers: dict[str, Any], level: str, outcome: str, mark: str
) -> None:
    sent = check_in(visit, now=TWO_DAYS_BEFORE, **answers)
    assert (sent.level, sent.next_step) == (level, outcome)
    assert attention(visit) == mark
    assert (visit.status, visit.starts_at, visit.rev) == ("booked", VISIT, 0)
    assert sent in Intake.objects.awaiting_review() or level in ("clear", "caution")
    assert UrgentCall.objects.open().exists() == (level == "urgent")


def test_a_rise_and_a_slow_climb_are_measured_against_the_episode(cast: Cast) -> None:
    package = make_package(cast.patient)
    visits = [make_visit(package, cast.clinician, n, NOW + 10 * n * DAY) for n in (2, 3, 4)]
    found = []
    for visit, pain in zip(visits, (0, 1, 2), strict=True):
        sent = check_in(visit, now=visit.starts_at - DAY, pain_worst=pain)
        found.append([flag.rule for flag in sent.flags.all()])
    # 0, then 10, then 20: never 20 at once, but 20 since the start.
    assert found == [[], [], ["CC-RISE"]]


def test_the_leak_score_counts_with_the_amount_of_the_latest_intake(cast: Cast) -> None:
    leaking = {"leak.when": ["cough"], "leak.frequency": "weekly", "leak.amount": "soak"}
    package = make_package(cast.patient)
    make_intake(patient=cast.patient, now=NOW + DAY, **{**leaking, "leak.bother": 0})
    visit = make_visit(package, cast.clinician, 2, VISIT)
    sent = check_in(visit, now=TWO_DAYS_BEFORE, leak_frequency="weekly", leak_bother=1)
    assert sent.scores is not None
    assert sent.scores["leak"] == 4 * 2 * 3 + 4


def test_red_is_due_before_the_visit_and_cleared_by_a_clinician(
    cast: Cast, visit: Appointment
) -> None:
    morning_of = VISIT - timedelta(minutes=30)
    sent = check_in(visit, now=morning_of, warning=["stool"])
    assert sent.review_due_at == VISIT
    sign(cast, sent, "impact_held")
    assert attention(visit) == "red"
    sign(cast, sent, "reviewed")
    assert attention(visit) == ""


def sign(cast: Cast, checkin: Intake, mark: str) -> None:
    checkin.refresh_from_db()
    marks = {flag.rule: Marking(mark, "seen") for flag in checkin.flags.to_mark()}
    sign_decision(
        intake_id=checkin.pk,
        version=checkin.version,
        verdict=Verdict(marks, "none", looked_at_change=True),
        clinician=cast.clinician.user,
        context=Context(SYSTEM, checkin.saved_at + timedelta(minutes=5)),
    )


def test_urgent_stops_arrival_until_called_and_reviewed(cast: Cast, visit: Appointment) -> None:
    sent = check_in(visit, now=TWO_DAYS_BEFORE, warning=["chest_breath"])
    referral = cast.patient.referrals.get(superseded_at=None)
    assert referral.stops_self_booking
    call = UrgentCall.objects.get()
    assert call.rules == ["CU-CHEST"]
    assert Email.objects.filter(kind="call_now").exists()
    for step in (
        lambda: None,
        lambda: close_task(
            task_id=call.task_id, outcome="seen", note="", by=cast.manager,
            context=Context(SYSTEM, TWO_DAYS_BEFORE + timedelta(hours=1)),
        ),
    ):  # fmt: skip
        step()
        visit.refresh_from_db()
        with pytest.raises(Refused):
            mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, VISIT))
    sign(cast, sent, "reviewed")
    assert attention(visit) == ""
    mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, VISIT))
    assert not cast.patient.referrals.get(superseded_at=None).stops_self_booking


def test_an_urgent_answer_counts_when_it_is_saved_and_its_correction_stays_on_record(
    visit: Appointment,
) -> None:
    draft, result = save_checkin(
        appointment_id=visit.pk,
        posted={"ci.warning": ["self_harm"]},
        context=Context(SYSTEM, TWO_DAYS_BEFORE),
    )
    assert result.level == "urgent"
    assert draft.sent_at is None
    assert attention(visit) == "stop"
    sent = check_in(visit, now=TWO_DAYS_BEFORE + timedelta(minutes=2))
    call = UrgentCall.objects.get()
    assert call.changed_answers == {"ci.warning": ["none"]}
    assert sent.has_unreviewed_change
    assert sent in Intake.objects.awaiting_review()
    assert call in UrgentCall.objects.open()


@pytest.mark.parametrize("before", [timedelta(hours=73), timedelta(0), -timedelta(hours=1)])
def test_outside_its_window_a_patient_cannot_send_one(
    visit: Appointment, before: timedelta
) -> None:
    with pytest.raises(CheckinClosed):
        save_checkin(appointment_id=visit.pk, posted=FINE, context=Context(SYSTEM, VISIT - before))


def test_the_first_visit_and_an_evaluation_have_none(cast: Cast) -> None:
    first = make_visit(make_package(cast.patient), cast.clinician, 1, VISIT)
    with pytest.raises(CheckinClosed):
        save_checkin(appointment_id=first.pk, posted=FINE, context=Context(SYSTEM, TWO_DAYS_BEFORE))


def test_staff_can_enter_one_at_the_desk_when_the_visit_has_begun(
    cast: Cast, visit: Appointment
) -> None:
    now = VISIT + timedelta(minutes=3)
    draft, _ = save_checkin(
        appointment_id=visit.pk, posted=FINE, context=Context(SYSTEM, now), entered_by=cast.manager
    )
    assert (
        send_checkin(checkin_id=draft.pk, context=Context(SYSTEM, now)).entered_by == cast.manager
    )


def test_it_stays_valid_when_the_visit_moves_a_little_and_a_new_one_opens_when_it_moves_far(
    visit: Appointment,
) -> None:
    sent = check_in(visit, now=TWO_DAYS_BEFORE)
    move(visit, days=2)
    assert sent_checkin(visit) == sent
    with pytest.raises(AlreadySent):
        save_checkin(appointment_id=visit.pk, posted=FINE, context=Context(SYSTEM, VISIT))
    move(visit, days=2)
    assert sent_checkin(visit) is None
    again = check_in(visit, now=VISIT + 3 * DAY, pain_worst=1)
    assert sent_checkin(visit) == again != sent


def move(visit: Appointment, *, days: int) -> None:
    names = ("starts_at", "ends_at", "busy_from", "busy_until")
    later = {name: getattr(visit, name) + days * DAY for name in names}
    promise = promise_of(later["starts_at"])
    Appointment.objects.filter(pk=visit.pk).update(**later, **promise)
    visit.refresh_from_db()


def test_what_still_waits_is_marked_and_the_mark_goes_with_the_check_in(
    visit: Appointment,
) -> None:
    assert waiting_for_checkin(VISIT - 4 * DAY) == []
    assert mark_due_checkins(now=VISIT - 4 * DAY) == 0
    assert mark_due_checkins(now=TWO_DAYS_BEFORE) == 1
    assert attention(visit) == "check_in_due"
    check_in(visit, now=TWO_DAYS_BEFORE)
    mark_due_checkins(now=TWO_DAYS_BEFORE)
    assert attention(visit) == ""


def test_a_more_serious_mark_is_not_overwritten(cast: Cast, visit: Appointment) -> None:
    make_intake(patient=cast.patient, now=NOW + DAY, **{"bg.tear": "severe"})
    assert attention(visit) == "red"
    mark_due_checkins(now=TWO_DAYS_BEFORE)
    assert attention(visit) == "red"


@pytest.mark.django_db(transaction=True)
def test_sent_ten_times_at_once_it_is_one() -> None:
    cast = make_cast()
    visit = make_visit(make_package(cast.patient), cast.clinician, 2, VISIT)
    found = race(10, lambda _: check_in(visit, now=TWO_DAYS_BEFORE, warning=["leg"]).pk)
    stored = Intake.objects.checkins()
    assert stored.sent().count() == 1
    assert stored.drafts().count() == 0
    assert {one for one in found if not isinstance(one, AlreadySent)} == {stored.get().pk}
    assert UrgentCall.objects.count() == 1


def test_one_started_while_another_tab_sends_is_not_stored_beside_it(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = check_in(visit, now=TWO_DAYS_BEFORE, warning=["leg"])
    # This tab looked a moment before the other one sent.
    monkeypatch.setattr(checkin_actions, "_check_open", lambda *_, **__: None)
    with pytest.raises(AlreadySent) as refused:
        check_in(visit, now=TWO_DAYS_BEFORE, warning=["leg"])
    assert refused.value.checkin == sent
    assert not Intake.objects.checkins().drafts().exists()
    assert UrgentCall.objects.count() == 1
