"""The controls: without its guard the damage happens, and the check of the race sees it.

In each of them two callers decide before either writes, on both databases, so that none depends on
luck.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError

from booking.appointments import changes, holds, slot_assignment
from booking.appointments.attendance import mark_no_show
from booking.appointments.bookings import book_by_staff, confirm_hold
from booking.appointments.changes import cancel_appointment, move_appointment
from booking.appointments.holds import hold_slot
from booking.billing import payments
from booking.billing.actions import record_payment
from booking.billing.queries import version_of
from booking.models import Appointment, LedgerEntry, Payment, Room, SlotOffer
from booking.opening_hours import actions as hours
from booking.opening_hours.conflicts import hours_conflicts
from booking.packages import ledger, ledger_actions
from booking.packages.queries import entries_of
from booking.planner import actions as planner_actions
from booking.planner.actions import hold_plan
from booking.waitlist import actions as waitlist_actions
from booking.waitlist.actions import offer_free_times
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.booking.waitlist.test_waitlist import FREE, fill, wish
from tests.cast import make_cast
from tests.factories import (
    NOW,
    make_clinician,
    make_manager,
    make_offer,
    make_patient,
    make_referral,
)
from tests.races.controls import (
    let_two_decide_together,
    take_locks_away,
    without_constraints,
)
from tests.races.test_credits import assert_sound, free_times, last_credit, redeem
from tests.races.test_many_times import assert_apart
from tests.races.test_one_slot import book, offered, patients
from tests.races.test_six_visits import enrolled, series_of
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]

TIMES = ["appointment_clinician_no_overlap", "appointment_room_no_overlap"]
ONCE = "appointment_visit_once"


def hold(patient: Patient, slot: Any, key: str, **fields: Any) -> Appointment:
    return hold_slot(
        **{
            "patient": patient,
            "service_code": "evaluation",
            "starts_at": slot.starts_at,
            "clinician_id": slot.clinician_id,
            "holder_key": key,
            "context": Context(SYSTEM, NOW),
            **fields,
        }
    )


def both(*actions: Callable[[], Any]) -> list[Any]:
    """Run two actions at once. Both must succeed, or the control shows nothing."""
    outcomes = race(2, lambda number: actions[number]())
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    return outcomes


def assert_two_have_one_time() -> None:
    """Check that the races would find it."""
    with pytest.raises(AssertionError):
        assert_apart()


@pytest.mark.parametrize("second", ["the same start", "an overlapping start", "anyone"])
def test_two_hold_one_time(monkeypatch: pytest.MonkeyPatch, second: str) -> None:
    make_offer()
    make_clinician()
    one, two = patients(2, NOW)
    slots = offered(NOW)
    wanted = slots[1] if second == "an overlapping start" else slots[0]
    asked = {"clinician_id": None} if second == "anyone" else {}
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "slot_at")
    with without_constraints(Appointment, *TIMES):
        both(lambda: hold(one, slots[0], "one"), lambda: hold(two, wanted, "two", **asked))
        assert_two_have_one_time()


def test_two_clinicians_take_one_room(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    Room.objects.exclude(pk=Room.objects.earliest("pk").pk).update(is_active=False)
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")
    one, two = patients(2, NOW)
    slot, other = offered(NOW)[:2]
    assert slot.starts_at == other.starts_at
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "slot_at")
    with without_constraints(Appointment, *TIMES):
        both(lambda: hold(one, slot, "one"), lambda: hold(two, other, "two"))
        assert_two_have_one_time()


def test_one_patient_gets_two_evaluations_from_two_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")
    [patient] = patients(1, NOW)
    slots = offered(NOW)
    first, second = hold(patient, slots[0], "one tab"), hold(patient, slots[-1], "another")
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "has_upcoming")
    both(lambda: confirm(first, "one tab"), lambda: confirm(second, "another"))
    assert Appointment.objects.filter(status="booked", patient=patient).count() == 2


def confirm(held: Appointment, key: str, now: Any = NOW) -> Appointment:
    return confirm_hold(
        appointment_id=held.pk, holder_key=key, exam_wish="", context=Context(SYSTEM, now)
    )


def test_the_holder_and_the_next_one_both_have_a_time_whose_hold_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_offer()
    make_clinician()
    one, two = patients(2, NOW)
    slot, over = offered(NOW)[0], NOW + timedelta(minutes=11)
    held = hold(one, slot, "one")
    # As the next booking on that day would leave it.
    Appointment.objects.update(status="released")
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "slot_at")
    with without_constraints(Appointment, *TIMES):
        both(
            lambda: confirm(held, "one", over),
            lambda: hold(two, slot, "two", context=Context(SYSTEM, over)),
        )
        assert_two_have_one_time()


def test_one_holder_keeps_two_times(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    make_clinician()
    [patient] = patients(1, NOW)
    slots = offered(NOW)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, holds, "release_holds")
    both(lambda: hold(patient, slots[0], "greedy"), lambda: hold(patient, slots[-1], "greedy"))
    assert Appointment.objects.filter(status="held", holder_key="greedy").count() == 2


def test_time_off_is_saved_and_does_not_see_the_visit_that_is_being_booked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_offer()
    clinician, manager = make_clinician(), make_manager()
    [patient] = patients(1, NOW)
    slot = offered(NOW)[0]
    take_locks_away(monkeypatch)
    decided, looked, slot_at = Event(), Event(), slot_assignment.slot_at

    def decide_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = slot_at(*args, **kwargs)
        decided.set()
        assert looked.wait(20)
        return found

    def book_by_telephone() -> Appointment:
        where = {"starts_at": slot.starts_at, "clinician_id": clinician.pk}
        return book_by_staff(
            patient=patient,
            service_code="evaluation",
            staff=manager,
            context=Context(SYSTEM, NOW),
            **where,
        )

    def close_and_look() -> list[Any]:
        assert decided.wait(20)
        times = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "label": ""}
        hours.close(clinician_id=clinician.pk, by=manager, actor=SYSTEM, **times)
        found = hours_conflicts(NOW)
        looked.set()
        return found

    monkeypatch.setattr(slot_assignment, "slot_at", decide_and_wait)
    visit, seen = both(book_by_telephone, close_and_look)
    assert seen == []
    assert [one.visit for one in hours_conflicts(NOW)] == [visit]


def move(visit: Appointment, slot: Any) -> Appointment:
    return move_appointment(
        appointment_id=visit.pk,
        rev=visit.rev,
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        context=Context(SYSTEM, NOW),
    )


def test_a_move_and_a_hold_have_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    make_clinician()
    one, two = patients(2, NOW)
    slots = offered(NOW)
    visit = book(one, slots[0], NOW)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "slot_at")
    with without_constraints(Appointment, *TIMES):
        both(lambda: move(visit, slots[-1]), lambda: hold(two, slots[-1], "two"))
        assert_two_have_one_time()


def cancel(visit: Appointment, now: Any = NOW) -> Appointment:
    return cancel_appointment(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, now))


def test_a_cancelled_visit_is_moved_and_both_are_mailed(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    make_clinician()
    [patient] = patients(1, NOW)
    slots = offered(NOW)
    visit = book(patient, slots[0], NOW)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, changes, "lock_appointment")
    both(lambda: cancel(visit), lambda: move(visit, slots[-1]))
    told = Email.objects.filter(kind__in=("cancelled", "moved"))
    assert sorted(told.values_list("kind", flat=True)) == ["cancelled", "moved"]


def test_a_cancelled_visit_gives_its_credit_back_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    make_clinician()
    enrollment = last_credit()
    visit = redeem(enrollment, free_times(enrollment)[0], make_manager())
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, changes, "lock_appointment")
    # The ledger checks too, and so does its table: three guards, one behind the other.
    monkeypatch.setattr(ledger, "reasons_not_to_add", lambda *_: [])
    with without_constraints(LedgerEntry, "ledger_once_per_cycle"):
        both(lambda: cancel(visit), lambda: cancel(visit))
        assert ledger.balance(entries_of(enrollment)) == 2


def test_the_last_credit_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")
    enrollment, manager = last_credit(), make_manager()
    slots = free_times(enrollment)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, slot_assignment, "slot_at")
    let_two_decide_together(monkeypatch, ledger_actions, "entries_of")
    with without_constraints(Appointment, ONCE):
        both(
            lambda: redeem(enrollment, slots[0], manager),
            lambda: redeem(enrollment, slots[-1], manager),
        )
        assert ledger.balance(entries_of(enrollment)) == -1
        with pytest.raises(AssertionError):
            assert_sound(enrollment)


def test_missed_and_cancelled_at_once_uses_the_credit_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_offer()
    make_clinician()
    enrollment = last_credit()
    visit = redeem(enrollment, free_times(enrollment)[0], make_manager())
    minute = timedelta(minutes=1)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, changes, "lock_appointment")
    let_two_decide_together(monkeypatch, ledger_actions, "entries_of")
    with without_constraints(LedgerEntry, "ledger_once_per_cycle"):
        both(
            lambda: cancel(visit, visit.starts_at - minute),
            lambda: mark_no_show(
                appointment_id=visit.pk,
                rev=visit.rev,
                context=Context(SYSTEM, visit.starts_at + minute),
            ),
        )
        assert LedgerEntry.objects.filter(appointment=visit, kind="forfeit").count() == 2


def test_two_have_the_same_six_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer()
    make_clinician()
    racers = enrolled(2, "control")
    times = series_of(racers[0])
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, planner_actions, "slot_at")

    def hold_all(patient: Patient) -> Sequence[Appointment]:
        key = f"key {patient.pk}"
        return hold_plan(patient=patient, times=times, holder_key=key, context=Context(SYSTEM, NOW))

    with without_constraints(Appointment, *TIMES):
        both(lambda: hold_all(racers[0]), lambda: hold_all(racers[1]))
        assert Appointment.objects.filter(status="held").count() == 12
        assert_two_have_one_time()


def test_one_freed_time_is_offered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    fill(cast, but=FREE)
    for number in range(2):
        patient = make_patient(email=f"waits{number}@example.test")
        make_referral(patient=patient)
        wish(patient)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, waitlist_actions, "_hold")
    one_offer = without_constraints(SlotOffer, "slot_offer_one_open")
    with one_offer, without_constraints(Appointment, *TIMES, "appointment_patient_no_overlap"):
        both(lambda: offer_free_times(now=NOW), lambda: offer_free_times(now=NOW))
        assert SlotOffer.objects.filter(outcome="", starts_at=FREE).count() == 2
        assert_two_have_one_time()


def test_of_two_payments_at_once_only_the_table_refuses_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One payment is stored all the same, but the second colleague would see an error page."""
    make_offer()
    [patient] = enrolled(1, "pays")
    enrollment = patient.enrollments.get()
    seen = version_of(enrollment)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, payments, "next_part")

    def pay(_: int) -> Payment:
        return record_payment(
            enrollment_id=enrollment.pk,
            seen=seen,
            cents=57_000,
            method="card",
            context=Context(SYSTEM, NOW),
        )

    outcomes = race(2, pay)
    assert {type(one) for one in outcomes} == {Payment, IntegrityError}, outcomes
    assert Payment.objects.count() == 1


def test_a_colleagues_change_is_written_over_when_nobody_looks_at_the_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_offer()
    make_clinician()
    [patient] = patients(1, NOW)
    slots = offered(NOW)
    visit = book(patient, slots[0], NOW)
    monkeypatch.setattr(changes, "check_unchanged", lambda *_, **__: None)
    move(visit, slots[-1])
    move(visit, slots[-8])
    visit.refresh_from_db()
    assert visit.starts_at == slots[-8].starts_at
