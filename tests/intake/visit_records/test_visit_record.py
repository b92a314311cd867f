"""The visit record: every save stored, contradictions refused, readiness only if all is met."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from intake.day_sheet.queries import clinician_day
from intake.intakes.intake_requests import ask_for_intakes
from intake.models import VisitRecord
from intake.visit_records.actions import NotAllowed, StaleRecord, save_record
from intake.visit_records.batteries import ITEMS, Recorded
from intake.visit_records.queries import Findings, course_of, findings_of, latest_record
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.review.reviewing import make_intake
from tests.intake.visit_records.test_batteries import ALL_PASS, done
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

ZONE = "America/New_York"
THIRD = NOW + 24 * DAY


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    package = make_package(cast.patient)
    for number, days in ((1, 3), (2, 13)):
        make_visit(package, cast.clinician, number, NOW + days * DAY, status="completed")
    return make_visit(package, cast.clinician, 3, THIRD, status="arrived")


def save(visit: Appointment, cast: Cast, *, revision: int = 0, **found: Any) -> VisitRecord:
    is_signed = found.pop("is_signed", False)
    return save_record(
        appointment_id=visit.pk,
        revision=revision,
        findings=Findings(**found),
        is_signed=is_signed,
        clinician=cast.clinician.user,
        context=Context(SYSTEM, visit.starts_at + timedelta(minutes=30)),
    )


def refused(visit: Appointment, cast: Cast, **found: Any) -> list[str]:
    with pytest.raises(NotAllowed) as refusal:
        save(visit, cast, **found)
    assert not VisitRecord.objects.exists()
    return [reason.code for reason in refusal.value.reasons]


def test_what_was_found_comes_back_and_every_save_is_stored(cast: Cast, visit: Appointment) -> None:
    first = save(visit, cast, items={"st.calf": done("st.calf")}, note="Strong")
    second = save(visit, cast, revision=1, items={"st.calf": done("st.calf", less=1)})
    assert findings_of(first).items == {"st.calf": done("st.calf")}
    assert findings_of(first).note == "Strong"
    assert latest_record(visit) == second
    assert VisitRecord.objects.count() == 2
    assert AuditEvent.objects.filter(action="write visit record").count() == 2


def test_the_database_refuses_to_rewrite_a_record(cast: Cast, visit: Appointment) -> None:
    saved = save(visit, cast, is_signed=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        saved.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        VisitRecord.objects.filter(pk=saved.pk).update(is_signed=False)


def test_a_stale_page_saves_nothing_and_gets_the_other_revision(
    cast: Cast, visit: Appointment
) -> None:
    theirs = save(visit, cast, note="First")
    with pytest.raises(StaleRecord) as stale:
        save(visit, cast, note="Second")
    assert stale.value.latest == theirs
    assert VisitRecord.objects.count() == 1


def test_a_stage_needs_readiness_with_every_reason(cast: Cast, visit: Appointment) -> None:
    items = {**ALL_PASS, "li.hop": done("li.hop", leak=True), "st.abd": done("st.abd", less=6)}
    del items["li.jog"]
    assert refused(visit, cast, items=items, stage=1) == ["not_tested", "failed", "weak"]
    assert save(visit, cast, items=items, stage=0)
    assert save(visit, cast, revision=1, items=ALL_PASS, stage=1)


def test_an_earlier_visit_s_results_count_until_tested_again(
    cast: Cast, visit: Appointment
) -> None:
    strong = {key: one for key, one in ALL_PASS.items() if key.startswith("st.")}
    load = {key: one for key, one in ALL_PASS.items() if key.startswith("li.")}
    second = Appointment.objects.get(visit_number=2)
    save(second, cast, items={**strong, "st.calf": done("st.calf", less=10)})
    with pytest.raises(NotAllowed):
        save(visit, cast, items=load, stage=1)
    assert save(visit, cast, items={**load, "st.calf": done("st.calf")}, stage=1)


@pytest.mark.parametrize("impact_reason", ["", "Seen today, flag is about sleep"])
def test_an_open_red_flag_rules_out_impact_unless_a_clinician_says_why(
    cast: Cast, visit: Appointment, impact_reason: str
) -> None:
    check_in(booked_again(visit), now=THIRD - DAY, warning=["bone"])
    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    tests = {"li.hop": done("li.hop")}
    if impact_reason:
        assert save(visit, cast, items=tests, impact_reason=impact_reason)
    else:
        assert refused(visit, cast, items=tests) == ["open_flag"]
        assert save(visit, cast, items={"li.balance": done("li.balance"), **STRENGTH_ONLY})


STRENGTH_ONLY = {"st.calf": done("st.calf")}


def booked_again(visit: Appointment) -> Appointment:
    """Set the visit back to booked, as it is when its check-in is sent."""
    Appointment.objects.filter(pk=visit.pk).update(status="booked")
    visit.refresh_from_db()
    return visit


def test_day_84_counts_from_the_birth_date_and_only_its_own_reason_lifts_it(cast: Cast) -> None:
    birth = NOW.date() - timedelta(weeks=8)
    make_intake(patient=cast.patient, **{"bg.birth_date": birth.isoformat()})
    early = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + DAY, status="arrived"
    )
    tests = {"li.hop": done("li.hop")}
    assert refused(early, cast, items=tests) == ["before_day_84"]
    assert refused(early, cast, items=tests, impact_reason="She wants to") == ["before_day_84"]
    assert save(early, cast, items=tests, early_reason="Ran through pregnancy")


def test_a_visit_that_has_not_begun_has_no_record(cast: Cast) -> None:
    visit = make_visit(make_package(cast.patient), cast.clinician, 1, NOW + DAY)
    assert refused(visit, cast, note="x") == ["not_held"]


def test_the_stage_a_patient_sees_is_the_last_one_signed(cast: Cast, visit: Appointment) -> None:
    save(visit, cast, items=ALL_PASS, stage=1, home_plan="Three days a week", is_signed=True)
    why = "Ran all through"
    save(visit, cast, revision=1, items=ALL_PASS, stage=2, stage_reason=why)
    course = course_of(cast.patient.pk, THIRD + DAY)
    assert (course.stage, course.home_plan) == (1, "Three days a week")


@pytest.mark.django_db(transaction=True)
def test_clinicians_who_save_at_once_make_one_revision() -> None:
    cast = make_cast()
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW, status="arrived"
    )
    found = race(8, lambda number: save(visit, cast, note=str(number)))
    assert sum(isinstance(one, VisitRecord) for one in found) == 1
    assert sum(isinstance(one, StaleRecord) for one in found) == 7


# --- The page ---------------------------------------------------------------------------------


def record_of(visit: Appointment) -> str:
    return f"/review/visit/{visit.pk}/"


def posted(items: dict[str, Recorded], **fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"revision": 0, **fields}
    for key, seen in items.items():
        sides = ("left", "right") if ITEMS[key].is_sided else ("overall",)
        data |= {f"{key}-{name}": getattr(seen, name) for name in (*sides, "pain")}
        data |= {f"{key}-{name}": "on" for name in ("leak", "limp") if getattr(seen, name)}
    return data


@pytest.fixture
def clinician(cast: Cast) -> Generator[Client, None, None]:
    with time_machine.travel(THIRD + timedelta(minutes=30), tick=False):
        yield client_for(cast.clinician.user)


def test_the_page_refuses_with_reasons_loses_nothing_typed_and_then_saves(
    visit: Appointment, clinician: Client
) -> None:
    tests = {**ALL_PASS, "li.hop": done("li.hop", leak=True)}
    answer = clinician.post(record_of(visit), posted(tests, stage="1"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Hop in place: not passed." in page
    assert 'name="li.squat-left" value="10"' in page
    assert clinician.post(record_of(visit), posted(ALL_PASS, stage="1")).status_code == 302
    page = clinician.get(record_of(visit)).content.decode()
    assert "Every condition is met" in page
    assert "Not signed." in page


@pytest.mark.parametrize(
    ("name", "value"), [("li.hop-left", "x"), ("li.hop-pain", "11"), ("st.calf-left", "-1")]
)
def test_a_wrong_number_is_said_at_its_row(
    visit: Appointment, clinician: Client, name: str, value: str
) -> None:
    answer = clinician.post(record_of(visit), {**posted(ALL_PASS), name: value})
    assert answer.status_code == 422
    assert b"There is a problem" in answer.content


def test_an_amount_without_its_pain_is_asked_for(visit: Appointment, clinician: Client) -> None:
    answer = clinician.post(record_of(visit), {"revision": 0, "li.hop-left": 10})
    assert b"Hop in place: write the pain, 0 for none" in answer.content


def test_a_late_clinician_sees_who_saved_and_can_save_on_purpose(
    cast: Cast, visit: Appointment, clinician: Client
) -> None:
    save(visit, cast, note="Theirs")
    answer = clinician.post(record_of(visit), posted({}, note="Mine"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Your record was not saved" in page
    assert "Theirs" in page
    assert "Mine" in page
    assert 'name="revision" value="1"' in page


def test_only_clinicians_read_it_and_each_reading_is_recorded(
    cast: Cast, visit: Appointment, clinician: Client
) -> None:
    assert client_for(cast.manager).get(record_of(visit)).status_code == 403
    assert client_for(cast.patient.user).get(record_of(visit)).status_code == 403
    clinician.get(record_of(visit))
    event = AuditEvent.objects.get(action="read visit record")
    assert event.patient == str(cast.patient.pk)


def test_without_a_check_in_the_record_says_to_ask_first(
    cast: Cast, visit: Appointment, clinician: Client
) -> None:
    words = "No check-in was sent for this visit."
    # The one before the visit before is no word about this day.
    second = Appointment.objects.get(enrollment=visit.enrollment, visit_number=2)
    check_in(booked_again(second), now=second.starts_at - DAY)
    Appointment.objects.filter(pk=second.pk).update(status="completed")
    assert words in clinician.get(record_of(visit)).content.decode()
    check_in(booked_again(visit), now=THIRD - DAY)
    assert words not in clinician.get(record_of(visit)).content.decode()


def test_the_day_sheet_shows_what_each_visit_needs(
    cast: Cast, visit: Appointment, clinician: Client
) -> None:
    page = clinician.get(f"/review/day/{THIRD:%Y-%m-%d}/").content.decode()
    assert "3 of 6" in page
    assert "Ask the check-in at the door" in page
    assert "Hop in place" in page
    assert record_of(visit) in page
    empty = clinician.get("/review/day/2031-01-01/").content
    assert b"Nobody is booked with you on this day." in empty
    assert clinician.get("/review/day/x/").status_code == 404


def test_the_day_sheet_counts_what_was_tested_in_this_package_however_long_it_lasts(
    cast: Cast, visit: Appointment
) -> None:
    package = visit.enrollment
    assert package is not None
    long_ago = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=THIRD - 350 * DAY,
        status="completed",
    )  # fmt: skip

    def due() -> tuple[str, ...]:
        return tuple(clinician_day(cast.clinician, THIRD.date())[0].due)

    assert "st.calf" in due()
    save(long_ago, cast, items={"st.calf": done("st.calf")})
    assert "st.calf" not in due()
    former = make_enrollment(
        patient=cast.other_patient, referral=package.referral, now=THIRD - 360 * DAY
    )
    former.patient, former.ended_at, former.ending = cast.patient, THIRD - 300 * DAY, "expired"
    former.save()
    assert "st.calf" in due()


def test_the_day_sheet_asks_as_much_for_eight_visits_as_for_one(
    cast: Cast, visit: Appointment, clinician: Client
) -> None:
    address = f"/review/day/{THIRD:%Y-%m-%d}/"

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert clinician.get(address).status_code == 200
        return sum("clinic_auditevent" not in one["sql"] for one in seen)

    statements()
    one = statements()
    for number in range(1, 4):
        make_appointment(
            patient=cast.other_patient,
            clinician=cast.clinician,
            starts_at=THIRD + number * timedelta(hours=2),
        )
    assert statements() == one <= 14


# --- Around the record ------------------------------------------------------------------------


@pytest.mark.parametrize(("gap", "is_asked"), [(42, False), (43, True)])
def test_a_new_intake_is_asked_for_once_when_the_gap_is_long(
    cast: Cast, gap: int, is_asked: bool, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    package = make_package(cast.patient)
    make_visit(package, cast.clinician, 1, NOW + DAY, status="completed")
    coming = make_visit(package, cast.clinician, 2, NOW + (1 + gap) * DAY)
    assert ask_for_intakes(now=coming.starts_at - 15 * DAY) == 0
    now = coming.starts_at - 14 * DAY
    for _ in range(3):
        assert ask_for_intakes(now=now) == is_asked
    assert Email.objects.filter(kind="intake_again").count() == is_asked
    if is_asked:
        make_intake(patient=cast.patient, now=now)
        assert ask_for_intakes(now=now + timedelta(minutes=1)) == 0
        send_due(now=now + timedelta(minutes=1))
        assert Email.objects.get(kind="intake_again").reason == "sent_meanwhile"
