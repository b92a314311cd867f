"""Holding and booking a plan: all visits or none, one mail, and which times were lost."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from booking.appointments.bookings import book_by_staff
from booking.appointments.holds import hold_slot
from booking.models import Appointment, LedgerEntry
from booking.planner.actions import confirm_plan, hold_plan, renew_plan
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import Planning, planning_of
from booking.refusals import NotOpen, Refused, VisitsTaken
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.outbox import KINDS
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
KEY = "holder"
Times = dict[int, tuple[datetime, int]]


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for patient in (cast.patient, cast.other_patient):
        make_enrollment(patient=patient, referral=make_referral(patient=patient))
    return cast


def planning(patient: Patient, **wishes: object) -> Planning:
    return planning_of(patient, wishes=PlanWishes(**wishes), holder_key=KEY, now=NOW)  # type: ignore[arg-type]


def times(patient: Patient, **wishes: object) -> Times:
    slots = best_plan(planning(patient, **wishes).task).slots
    return {number: (slot.starts_at, slot.clinician_id) for number, slot in slots.items()}


def hold(patient: Patient, wanted: Mapping[int, tuple[datetime, int]], key: str = KEY):
    return hold_plan(patient=patient, times=wanted, holder_key=key, context=Context(SYSTEM, NOW))


def confirm(held: list[Appointment], *, now: datetime = NOW, key: str = KEY):
    ids = [one.pk for one in held]
    return confirm_plan(
        appointment_ids=ids, holder_key=key, exam_wish="", context=Context(SYSTEM, now)
    )


def take(cast: Cast, starts_at: datetime) -> None:
    """Book that time for somebody else."""
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=starts_at,
        clinician_id=cast.clinician.pk, staff=cast.manager, context=Context(SYSTEM, NOW),
    )  # fmt: skip


def test_six_visits_are_held_and_booked_together_with_one_mail(cast: Cast) -> None:
    held = hold(cast.patient, times(cast.patient))
    assert [one.visit_number for one in held] == [1, 2, 3, 4, 5, 6]
    assert {one.status for one in held} == {"held"}
    assert not Email.objects.exists()
    booked = confirm(held)
    assert {one.status for one in Appointment.objects.all()} == {"booked"}
    assert [one.pk for one in confirm(held)] == [one.pk for one in booked]
    assert LedgerEntry.objects.filter(kind="reserve").count() == 6
    assert Email.objects.filter(kind="plan").count() == 1
    assert not Email.objects.filter(kind="confirmation").exists()
    # Visit 1 is less than a day away: the confirmation stands for its reminders.
    assert Email.objects.filter(kind="reminder_48h").count() == 5
    with pytest.raises(Refused):
        planning(cast.patient)


def test_the_mail_lists_six_appointments_and_says_nothing_of_health(cast: Cast) -> None:
    booked = confirm(hold(cast.patient, times(cast.patient)))
    email = Email.objects.get(kind="plan")
    assert KINDS["plan"].still_due(email, NOW) is None
    message = KINDS["plan"].render(email)
    for number in range(1, 7):
        assert f"Appointment {number} of 6" in message.text
        assert f"Appointment {number} of 6" in message.html
    assert message.text.count("/l/") == 6
    for word in ("Run Ready", "pelvic", "evaluation", cast.patient.name):
        assert word.lower() not in (message.subject + message.text).lower()
    (file,) = message.attachments
    calendar = Calendar.from_ical(file.content)
    assert calendar["method"] == "PUBLISH"
    events = calendar.walk("VEVENT")
    assert [str(one["uid"]).partition("@")[0] for one in events] == [str(one.pk) for one in booked]
    Appointment.objects.update(status="cancelled", cancelled_at=NOW)
    assert KINDS["plan"].still_due(email, NOW) == "not_booked"


def test_one_lost_time_leaves_nothing_held_and_is_named(cast: Cast) -> None:
    wanted = times(cast.patient)
    take(cast, wanted[4][0])
    with pytest.raises(VisitsTaken) as refusal:
        hold(cast.patient, wanted)
    assert set(refusal.value.lost) == {4}
    assert not Appointment.objects.filter(patient=cast.patient).exists()
    task = planning(cast.patient).task
    chosen = {n: slot for n, slot in best_plan(task).slots.items() if n != 4}
    assert best_plan(task, chosen).unplaced == ()


def test_a_time_lost_after_the_holds_expired_books_none_of_the_six(cast: Cast) -> None:
    held = hold(cast.patient, times(cast.patient))
    later = NOW + timedelta(minutes=11)
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=held[2].starts_at,
        clinician_id=cast.clinician.pk, staff=cast.manager, context=Context(SYSTEM, later),
    )  # fmt: skip
    with pytest.raises(VisitsTaken) as refusal:
        confirm(held, now=later)
    assert set(refusal.value.lost) == {3}
    assert not Appointment.objects.filter(patient=cast.patient, status="booked").exists()
    assert not LedgerEntry.objects.filter(kind="reserve").exists()
    assert not Email.objects.filter(kind="plan").exists()


def test_confirming_expired_holds_books_what_is_still_free(cast: Cast) -> None:
    held = hold(cast.patient, times(cast.patient))
    assert len(confirm(held, now=NOW + timedelta(minutes=11))) == 6


def test_a_new_set_releases_the_one_before_and_is_renewed_once(cast: Cast) -> None:
    hold(cast.patient, times(cast.patient))
    wanted = times(cast.patient, weekdays=frozenset({2}))
    held = hold(cast.patient, wanted)
    assert Appointment.objects.filter(status="held").count() == 6
    ids = [one.pk for one in held]
    renew_plan(appointment_ids=ids, holder_key=KEY, context=Context(SYSTEM, NOW))
    with pytest.raises(Refused):
        renew_plan(appointment_ids=ids, holder_key=KEY, context=Context(SYSTEM, NOW))
    hold_slot(
        patient=cast.patient, service_code="rr1", starts_at=wanted[1][0], clinician_id=None,
        holder_key=KEY, context=Context(SYSTEM, NOW),
    )  # fmt: skip
    assert Appointment.objects.filter(status="held").count() == 1


def test_times_against_the_spacing_or_out_of_turn_are_refused(cast: Cast) -> None:
    wanted = times(cast.patient)
    early = {**wanted, 3: (wanted[3][0] - timedelta(days=1), wanted[3][1])}
    for forged in (early, {n: wanted[n] for n in (1, 3)}, {n: wanted[n] for n in (2, 3)}):
        with pytest.raises(NotOpen):
            hold(cast.patient, forged)
    assert not Appointment.objects.exists()


def test_somebody_elses_set_cannot_be_booked(cast: Cast) -> None:
    held = hold(cast.patient, times(cast.patient))
    with pytest.raises(Refused):
        confirm(held, key="other")


def test_the_rest_of_a_package_under_way_is_planned_from_its_last_visit(cast: Cast) -> None:
    wanted = times(cast.patient)
    confirm(hold(cast.patient, {n: wanted[n] for n in (1, 2)}))
    task = planning(cast.patient).task
    assert (task.first, task.last) == (3, 6)
    assert task.previous_on == (wanted[2][0]).date()
    assert len(confirm(hold(cast.patient, times(cast.patient)))) == 4
    assert Email.objects.filter(kind="plan").count() == 2


def test_two_patients_plans_never_share_a_time(cast: Cast) -> None:
    confirm(hold(cast.patient, times(cast.patient)))
    wanted = times(cast.other_patient)
    assert not set(wanted.values()) & {
        (one.starts_at, one.clinician_id) for one in Appointment.objects.all()
    }
    assert len(confirm(hold(cast.other_patient, wanted, "other"), key="other")) == 6
