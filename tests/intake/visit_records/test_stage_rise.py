"""The walk-run stage: by one from 1, not against the last check-in, and never another on paper.

Expectations are typed from "Walk-run stages", "The six visits" and the outcomes of a check-in in
the clinical protocol.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from clinic.audit.details import fields_of
from clinic.models.audit import AuditEvent
from intake.intakes.intake_requests import ask_for_intakes
from intake.models import Concern, Intake, VisitRecord, VisitRecordWords
from intake.visit_records.actions import NotAllowed
from intake.visit_records.queries import course_of, findings_of, latest_record
from intake.visit_records.stage_rise import StageFacts, reasons_against_stage
from intake.visit_records.walk_run import suggested_plan
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.review.reviewing import make_intake
from tests.intake.visit_records.test_batteries import ALL_PASS, done
from tests.intake.visit_records.test_visit_record import booked_again, posted, record_of, save
from tests.rounds import promises_in_full

pytestmark = [pytest.mark.django_db, *promises_in_full()]

THIRD, FOURTH = NOW + 24 * DAY, NOW + 34 * DAY


# --- The rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("previous", "stage", "expected"),
    [
        (None, None, []),
        (None, 0, []),
        (None, 1, []),
        (None, 2, ["stage_too_far"]),
        (None, 9, ["stage_too_far"]),
        (0, 1, []),
        (0, 2, ["stage_too_far"]),
        (1, 0, []),
        (1, 1, []),
        (1, 2, []),
        (1, 3, ["stage_too_far"]),
        (8, 9, []),
        (9, 9, []),
        (9, 0, []),
        (9, None, []),
    ],
)
@pytest.mark.parametrize("checkin", ["", "progress"])
def test_the_stage_rises_by_one_from_1(
    previous: int | None, stage: int | None, expected: list[str], checkin: str
) -> None:
    found = reasons_against_stage(stage, StageFacts(previous, checkin))
    assert [one.code for one in found] == expected


@pytest.mark.parametrize("outcome", ["repeat_stage", "hold_impact", "stop"])
def test_a_check_in_that_holds_her_asks_why_she_goes_up(outcome: str) -> None:
    def codes(previous: int | None, stage: int | None) -> list[str]:
        facts = StageFacts(previous, outcome)
        return [one.code for one in reasons_against_stage(stage, facts)]

    held = f"checkin_{outcome}"
    assert codes(3, 4) == [held]
    assert codes(3, 5) == [held, "stage_too_far"]
    assert codes(None, 1) == [held]
    assert codes(0, 1) == [held]
    for stage in (3, 2, 0, None):
        assert codes(3, stage) == []
    assert codes(None, 0) == []


def test_what_needs_no_reason_ends_one_above_or_where_she_is() -> None:
    assert [StageFacts(one).highest for one in (None, 0, 1, 8, 9)] == [1, 1, 2, 9, 9]
    held = [StageFacts(one, "repeat_stage").highest for one in (None, 0, 1, 9)]
    assert held == [0, 0, 1, 9]


# --- The record ---------------------------------------------------------------------------------


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def third(cast: Cast) -> Appointment:
    package = make_package(cast.patient)
    for number, days in ((1, 3), (2, 13)):
        make_visit(package, cast.clinician, number, NOW + days * DAY, status="completed")
    return make_visit(package, cast.clinician, 3, THIRD, status="arrived")


@pytest.fixture
def fourth(cast: Cast, third: Appointment) -> Appointment:
    save(third, cast, items=ALL_PASS, stage=1, is_signed=True)
    Appointment.objects.filter(pk=third.pk).update(status="completed")
    assert third.enrollment is not None
    return make_visit(third.enrollment, cast.clinician, 4, FOURTH, status="arrived")


WHY = "Ran 5 km a week until the birth"


def refusals(visit: Appointment, cast: Cast, **found: Any) -> list[str]:
    with pytest.raises(NotAllowed) as refusal:
        save(visit, cast, items=ALL_PASS, **found)
    return [reason.code for reason in refusal.value.reasons]


def test_stage_9_on_the_first_day_needs_a_reason_that_is_sealed_and_audited(
    cast: Cast, third: Appointment
) -> None:
    assert refusals(third, cast, stage=9) == ["stage_too_far"]
    saved = save(third, cast, items=ALL_PASS, stage=9, stage_reason=WHY)
    assert findings_of(saved).stage_reason == WHY
    assert WHY not in str(VisitRecordWords.objects.values_list("sealed", flat=True)[0])
    event = AuditEvent.objects.get(action="write visit record")
    assert "stage_reason" in fields_of(event)
    assert WHY not in event.reason


def test_no_reason_stands_in_place_of_readiness(cast: Cast, third: Appointment) -> None:
    weak = {**ALL_PASS, "st.calf": done("st.calf", less=6)}
    with pytest.raises(NotAllowed) as refusal:
        save(third, cast, items=weak, stage=1, stage_reason=WHY, impact_reason=WHY)
    assert [reason.code for reason in refusal.value.reasons] == ["weak"]


def test_the_stage_before_is_the_last_signed_one_of_this_package(
    cast: Cast, fourth: Appointment
) -> None:
    assert refusals(fourth, cast, stage=3) == ["stage_too_far"]
    assert save(fourth, cast, items=ALL_PASS, stage=2)
    assert save(fourth, cast, revision=1, items=ALL_PASS, stage=2, is_signed=True)


def test_a_stage_that_was_not_signed_or_belongs_to_another_package_does_not_count(
    cast: Cast, third: Appointment
) -> None:
    save(third, cast, items=ALL_PASS, stage=1)
    alone = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=THIRD - DAY, status="completed"
    )
    save(alone, cast, items=ALL_PASS, stage=1, is_signed=True)
    assert third.enrollment is not None
    fourth = make_visit(third.enrollment, cast.clinician, 4, FOURTH, status="arrived")
    assert refusals(fourth, cast, stage=2) == ["stage_too_far"]


def test_a_signed_correction_that_takes_a_stage_back_counts(
    cast: Cast, third: Appointment, fourth: Appointment
) -> None:
    save(third, cast, revision=1, items=ALL_PASS, is_signed=True)
    assert refusals(fourth, cast, stage=2) == ["stage_too_far"]
    assert course_of(cast.patient.pk, FOURTH).stage is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"pain_worst": 4}, ["checkin_repeat_stage"]),
        ({}, []),
    ],
)
def test_the_last_check_in_decides_whether_she_may_go_up(
    cast: Cast, fourth: Appointment, said: dict[str, Any], code: list[str]
) -> None:
    check_in(booked_again(fourth), now=FOURTH - DAY, **said)
    Appointment.objects.filter(pk=fourth.pk).update(status="arrived")
    if code:
        assert refusals(fourth, cast, stage=2) == code
        assert save(fourth, cast, items=ALL_PASS, stage=1)
        assert save(fourth, cast, revision=1, items=ALL_PASS, stage=2, stage_reason=WHY)
    else:
        assert save(fourth, cast, items=ALL_PASS, stage=2)


def test_after_its_flags_are_reviewed_a_check_in_that_held_impact_still_asks_why(
    cast: Cast, fourth: Appointment
) -> None:
    sent = check_in(booked_again(fourth), now=FOURTH - DAY, pain_worst=6)
    Appointment.objects.filter(pk=fourth.pk).update(status="arrived")
    assert sent.next_step == "hold_impact"
    assert refusals(fourth, cast, stage=2, impact_reason=WHY) == [
        "open_flag",
        "checkin_hold_impact",
    ]
    reviewed = {"state": "resolved", "changed_at": FOURTH, "changed_by": cast.clinician.user}
    Concern.objects.filter(patient=cast.patient).update(**reviewed)
    assert refusals(fourth, cast, stage=2) == ["checkin_hold_impact"]
    assert save(fourth, cast, items=ALL_PASS, stage=2, stage_reason=WHY)


# --- The 42 days --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent_after", "is_due"),
    [
        # Sent in the waiting room, before the last visit.
        (timedelta(minutes=-30), True),
        (timedelta(days=1), False),
        (timedelta(days=50, minutes=-30), False),
    ],
)
def test_the_mail_her_page_and_the_record_ask_for_the_same_intake(
    cast: Cast, sent_after: timedelta, is_due: bool
) -> None:
    birth = NOW - 100 * DAY
    package = make_package(cast.patient)
    Intake.objects.update(sent_at=NOW - 40 * DAY)
    make_visit(package, cast.clinician, 2, NOW, status="completed")
    visit = make_visit(package, cast.clinician, 3, NOW + 50 * DAY, status="booked")
    make_intake(
        patient=cast.patient,
        now=NOW + sent_after,
        **{"bg.birth_date": birth.date().isoformat()},
    )
    with time_machine.travel(visit.starts_at - timedelta(minutes=10), tick=False):
        page = client_for(cast.patient.user).get("/visits/").content.decode()
    assert ("More than six weeks lie between your visits" in page) is is_due
    assert ask_for_intakes(now=visit.starts_at - timedelta(minutes=10)) == is_due
    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    if is_due:
        assert refusals(visit, cast, stage=1) == ["intake_missing"]
    else:
        assert save(visit, cast, items=ALL_PASS, stage=1)


# --- Her plan -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visit", "stage", "may_have_impact", "plan"),
    [
        (3, 1, True, "Walk-run on 3 days a week, at the stage your plan shows, and strength on 2."),
        (3, 0, True, "Low jumps and strength. No running yet."),
        (3, None, True, "Low jumps and strength. No running yet."),
        (4, None, False, "Strength and brisk walking. No running and no jumping for now."),
        (4, 2, True, "Walk-run on 3 days a week and strength on 2."),
        (5, 0, True, "Low jumps and strength. No running yet."),
    ],
)
def test_the_suggested_plan_follows_the_stage_and_names_none(
    visit: int, stage: int | None, may_have_impact: bool, plan: str
) -> None:
    assert suggested_plan(visit, stage, may_have_impact=may_have_impact) == plan


@pytest.fixture
def clinician(cast: Cast) -> Generator[Client, None, None]:
    with time_machine.travel(THIRD + timedelta(minutes=30), tick=False):
        yield client_for(cast.clinician.user)


FORMER = (
    "If you were told you are ready: stage 1 of your walk-run plan. If not: low jumps and strength."
)


@pytest.mark.parametrize("suggested", ["Low jumps and strength. No running yet.", FORMER])
def test_a_plan_that_nobody_wrote_follows_the_stage_that_is_saved(
    third: Appointment, clinician: Client, suggested: str
) -> None:
    page = clinician.get(record_of(third)).content.decode()
    assert "Low jumps and strength. No running yet." in page
    assert "stage 1 of your" not in page
    sent = posted(ALL_PASS, stage="1", home_plan=suggested, sign="1")
    assert clinician.post(record_of(third), sent).status_code == 302
    saved = latest_record(third)
    assert findings_of(saved).home_plan == (
        "Walk-run on 3 days a week, at the stage your plan shows, and strength on 2."
    )
    own = posted(ALL_PASS, revision=1, stage="1", home_plan="Walk to the lake", sign="1")
    clinician.post(record_of(third), own)
    assert findings_of(latest_record(third)).home_plan == "Walk to the lake"


def test_her_page_never_shows_a_plan_for_another_stage(
    cast: Cast, third: Appointment, fourth: Appointment
) -> None:
    save(third, cast, revision=1, items=ALL_PASS, stage=1, home_plan=FORMER, is_signed=True)
    assert course_of(cast.patient.pk, FOURTH).home_plan == (
        "Walk-run on 3 days a week, at the stage your plan shows, and strength on 2."
    )
    save(fourth, cast, items=ALL_PASS, stage=2, is_signed=True)
    course = course_of(cast.patient.pk, FOURTH)
    assert (course.stage, course.home_plan) == (2, "")


# --- The page -----------------------------------------------------------------------------------


def test_the_page_offers_what_is_allowed_first_and_says_why(
    cast: Cast, third: Appointment, fourth: Appointment
) -> None:
    check_in(booked_again(fourth), now=FOURTH - DAY, pain_worst=4)
    Appointment.objects.filter(pk=fourth.pk).update(status="arrived")
    with time_machine.travel(FOURTH + timedelta(minutes=30), tick=False):
        page = client_for(cast.clinician.user).get(record_of(fourth)).content.decode()
    select = page[page.index('<select name="stage"') : page.index("</select>")]
    offered = [part.split('"')[0] for part in select.split('<option value="')[1:]]
    assert offered == ["", "1", "0", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert select.index("May be set") < select.index('value="1"')
    assert select.index("Only with a reason") < select.index('value="2"')
    assert "Last signed stage: 1." in page
    assert "Check-in: repeat the stage" in page
    assert "to go up needs a reason" in page


@pytest.mark.parametrize("field", ["early_reason", "impact_reason", "stage_reason"])
def test_a_reason_is_a_sentence(third: Appointment, clinician: Client, field: str) -> None:
    answer = clinician.post(record_of(third), posted(ALL_PASS, **{field: "x"}))
    assert answer.status_code == 422
    assert "Write the reason as a sentence" in answer.content.decode()
    assert not VisitRecord.objects.exists()


def test_the_page_shows_whom_it_is_about_and_links_to_what_is_open(
    cast: Cast, third: Appointment, fourth: Appointment
) -> None:
    note = "Limps when tired"
    save(third, cast, revision=1, items=ALL_PASS, stage=1, note=note, is_signed=True)
    full = make_intake(
        patient=cast.patient,
        now=FOURTH - 2 * DAY,
        **{
            "bg.goal": "race_later",
            "bg.delivery": "assisted",
            "bg.tear": "severe",
            "bg.now": ["breastfeeding"],
        },
    )
    sent = check_in(booked_again(fourth), now=FOURTH - DAY, warning=["bone"])
    Appointment.objects.filter(pk=fourth.pk).update(status="arrived")
    with time_machine.travel(FOURTH + timedelta(minutes=30), tick=False):
        page = client_for(cast.clinician.user).get(record_of(fourth)).content.decode()
    around = page[page.index('id="around"') : page.index("<form method")]
    for words in (
        "Do a race later on",
        "Vaginal birth with forceps or vacuum",
        "breastfeeds or pumps",
        "stage 1",
        note,
        "Check-in: hold impact",
        "(red), open, since",
    ):
        assert words in around
    concerns = Concern.objects.filter(patient=cast.patient)
    assert {one.last_form_id for one in concerns} == {full.pk, sent.pk}
    for concern in concerns:
        assert f'href="/review/concerns/{concern.pk}/"' in around
    assert f'href="/review/{full.pk}/"' in page[: page.index('id="around"')]
