"""Billing at the desk: payments, the last day, credits by hand, forgiving, and the end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from booking.appointments.attendance import mark_arrived, mark_completed, mark_no_show, undo_mark
from booking.billing.actions import forgive_visit
from booking.billing.queries import desk_package
from booking.models import AddedDays, Appointment, Enrollment, LedgerEntry, Payment, Referral
from booking.packages import ledger
from booking.packages.ending import end_due_packages
from booking.packages.queries import entries_of, view_of
from booking.policy import refund_cents
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def enrollment(cast: Cast) -> Enrollment:
    referral = make_referral(patient=cast.patient)
    return make_enrollment(patient=cast.patient, referral=referral)


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def visit(cast: Cast, enrollment: Enrollment, number: int, days: int, **more: Any) -> Appointment:
    """Book a visit of the package with the credit it takes."""
    made = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=NOW + timedelta(days=days),
        service=f"rr{number}",
        enrollment=enrollment,
        visit_number=number,
        **more,
    )
    LedgerEntry.objects.create(
        enrollment=enrollment, appointment=made, kind="reserve", delta=-1, at=NOW, by="system"
    )
    return made


def send(desk: Client, enrollment: Enrollment, act: str, **fields: Any) -> int:
    """Post one of the page's forms; `seen` is the current version unless given."""
    seen = fields.pop("seen", None)
    if seen is None:
        seen = desk_package(enrollment, NOW).version
    data = {f"{act}-{name}": value for name, value in {"seen": seen, **fields}.items()}
    return desk.post(f"/desk/package/{enrollment.pk}/{act}/", data).status_code


def marked(visit: Appointment, action: Any, now: datetime) -> Appointment:
    return action(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, now))


def test_a_package_is_paid_in_parts_and_never_more_than_its_price(
    desk: Client, enrollment: Enrollment
) -> None:
    before = desk_package(enrollment, NOW).version
    assert send(desk, enrollment, "pay", amount="1140.01", method="cash") == 409
    assert send(desk, enrollment, "pay", amount="570", method="card") == 302
    # A colleague whose page is older is refused, and nothing is paid twice.
    assert send(desk, enrollment, "pay", amount="570", method="card", seen=before) == 409
    assert send(desk, enrollment, "pay", amount="70.50", method="cash") == 302
    assert send(desk, enrollment, "pay", amount="499.51", method="cash") == 409
    assert [one.cents for one in Payment.objects.order_by("part")] == [57_000, 7_050]
    page = desk.get(f"/desk/package/{enrollment.pk}/receipt/").content.decode()
    assert "$640.50" in page
    assert "$499.50" in page


def test_an_evaluation_that_counted_is_not_paid_again(desk: Client, enrollment: Enrollment) -> None:
    Enrollment.objects.filter(pk=enrollment.pk).update(credited_cents=22_500)
    assert send(desk, enrollment, "pay", amount="915.01", method="card") == 409
    assert send(desk, enrollment, "pay", amount="915", method="card") == 302


def test_payments_and_added_days_cannot_be_rewritten(desk: Client, enrollment: Enrollment) -> None:
    send(desk, enrollment, "pay", amount="570", method="card")
    send(desk, enrollment, "days", kind="extension", days="5", reason="away")
    for rows in (Payment.objects.all(), AddedDays.objects.all()):
        assert rows.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(by="somebody else")
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_the_last_day_moves_by_ninety_days_at_most(
    cast: Cast, desk: Client, enrollment: Enrollment
) -> None:
    visit(cast, enrollment, 1, 7)
    planned = view_of(enrollment, NOW).use_by
    assert planned is not None
    assert send(desk, enrollment, "days", kind="extension", days="60", reason="") == 422
    assert send(desk, enrollment, "days", kind="pause", days="20", reason="surgery") == 422
    assert send(
        desk, enrollment, "days", kind="pause", days="20", starts_on="2027-02-20", reason="trip"
    ) == 302  # fmt: skip
    assert send(desk, enrollment, "days", kind="extension", days="71", reason="more") == 409
    assert send(desk, enrollment, "days", kind="extension", days="70", reason="more") == 302
    fresh = Enrollment.objects.get(pk=enrollment.pk)
    assert view_of(fresh, NOW).use_by == planned + timedelta(days=90)
    assert view_of(fresh, NOW).paused_until is None
    within = view_of(fresh, NOW + timedelta(days=20)).paused_until
    assert within is not None
    assert within.isoformat() == "2027-03-12"


def test_credits_by_hand_stay_within_none_and_six(desk: Client, enrollment: Enrollment) -> None:
    assert send(desk, enrollment, "adjust", delta="1", reason="gift") == 409
    assert send(desk, enrollment, "adjust", delta="0", reason="nothing") == 422
    assert send(desk, enrollment, "adjust", delta="-2", reason="two seen elsewhere") == 302
    assert ledger.balance(entries_of(enrollment)) == 4
    assert send(desk, enrollment, "adjust", delta="-5", reason="too many") == 409
    assert send(desk, enrollment, "adjust", delta="2", reason="a slip") == 302
    assert ledger.balance(entries_of(enrollment)) == 6


def test_one_missed_visit_is_forgiven_and_no_second(
    cast: Cast, desk: Client, enrollment: Enrollment
) -> None:
    first, second = visit(cast, enrollment, 1, 1), visit(cast, enrollment, 2, 9)
    for one in (first, second):
        marked(one, mark_no_show, one.ends_at)
    assert send(desk, enrollment, "forgive", appointment=first.pk, reason="a sick child") == 302
    assert ledger.balance(entries_of(enrollment)) == 5
    assert send(desk, enrollment, "forgive", appointment=second.pk, reason="again") == 409
    assert send(desk, enrollment, "forgive", appointment=first.pk, reason="twice") == 409
    # Marked by mistake after all: the next cycle starts from a credit that is back already.
    marked(first, undo_mark, first.ends_at)
    assert ledger.balance(entries_of(enrollment)) == 4
    marked(first, mark_no_show, first.ends_at)
    forgive_visit(appointment_id=second.pk, reason="this one", context=Context(SYSTEM, NOW))
    assert ledger.balance(entries_of(enrollment)) == 5


def test_a_visit_of_another_package_is_not_found(
    cast: Cast, desk: Client, enrollment: Enrollment
) -> None:
    others = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW, status="no_show"
    )
    assert send(desk, enrollment, "forgive", appointment=others.pk, reason="x") == 404


def test_an_unused_visit_is_worth_what_the_version_says() -> None:
    full = {"price": 114_000, "each": 19_000}
    assert refund_cents(paid=114_000, left=6, **full) == 114_000
    assert refund_cents(paid=114_000, left=2, **full) == 38_000
    assert refund_cents(paid=57_000, left=2, **full) == 0
    assert refund_cents(paid=57_000, left=4, **full) == 19_000


def test_ending_refuses_while_visits_are_booked_and_cancels_none(
    cast: Cast, desk: Client, enrollment: Enrollment
) -> None:
    booked = visit(cast, enrollment, 1, 7)
    send(desk, enrollment, "pay", amount="1140", method="card")
    assert send(desk, enrollment, "end", reason="moved away") == 409
    booked.refresh_from_db()
    assert booked.status == "booked"
    desk.post(f"/desk/appointment/{booked.pk}/cancel/", {"rev": 0, "who": "clinic"})
    assert send(desk, enrollment, "end", reason="moved away") == 302
    enrollment.refresh_from_db()
    assert (enrollment.ending, enrollment.ending_reason) == ("cancelled", "moved away")
    assert send(desk, enrollment, "adjust", delta="-1", reason="after the end") == 409
    assert send(desk, enrollment, "refund", amount="1140.01", method="card", reason="end") == 409
    assert send(desk, enrollment, "refund", amount="1140", method="card", reason="end") == 302


def test_a_package_is_finished_with_its_sixth_visit_and_reopened_if_that_was_a_mistake(
    cast: Cast, enrollment: Enrollment
) -> None:
    last = visit(cast, enrollment, 6, 1)
    marked(last, mark_arrived, last.starts_at)
    marked(last, mark_completed, last.ends_at)
    enrollment.refresh_from_db()
    assert enrollment.ending == "finished"
    marked(last, undo_mark, last.ends_at)
    enrollment.refresh_from_db()
    assert (enrollment.ending, enrollment.ended_at) == ("", None)
    marked(last, mark_completed, last.ends_at)
    make_enrollment(patient=cast.patient, referral=enrollment.referral)
    with pytest.raises(Refused):
        marked(last, undo_mark, last.ends_at)


def test_a_package_expires_the_day_after_its_last_and_not_over_a_booked_visit(
    cast: Cast, enrollment: Enrollment
) -> None:
    first = visit(cast, enrollment, 1, 1)
    marked(first, mark_arrived, first.starts_at)
    marked(first, mark_completed, first.ends_at)
    late = visit(cast, enrollment, 2, 175)
    last_day = first.starts_at + timedelta(days=180)
    assert end_due_packages(now=last_day) == 0
    assert end_due_packages(now=last_day + timedelta(days=1)) == 0
    marked(late, mark_no_show, late.ends_at)
    assert end_due_packages(now=last_day) == 0
    assert end_due_packages(now=last_day + timedelta(days=1)) == 1
    assert end_due_packages(now=last_day + timedelta(days=1)) == 0
    enrollment.refresh_from_db()
    assert enrollment.ending == "expired"


def test_while_an_answer_waits_for_review_the_last_day_moves_one_day_each_day(
    cast: Cast, enrollment: Enrollment
) -> None:
    first = visit(cast, enrollment, 1, 1)
    planned = view_of(enrollment, NOW).use_by
    assert planned is not None
    Referral.objects.update(superseded_at=NOW)
    waiting = make_referral(
        patient=cast.patient, level="red", run_ready_opens_on=None, run_ready_closed="review"
    )
    for hours in (0, 5, 24, 25):
        end_due_packages(now=NOW + timedelta(hours=hours))
    Referral.objects.filter(pk=waiting.pk).update(superseded_at=NOW)
    Appointment.objects.filter(pk=first.pk).update(attention="red")
    end_due_packages(now=NOW + timedelta(hours=48))
    Appointment.objects.filter(pk=first.pk).update(attention="")
    end_due_packages(now=NOW + timedelta(hours=72))
    fresh = Enrollment.objects.get(pk=enrollment.pk)
    assert view_of(fresh, NOW).use_by == planned + timedelta(days=3)


def test_the_page_of_a_package_stays_within_its_statements(
    cast: Cast, desk: Client, enrollment: Enrollment, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 5):
        visit(cast, enrollment, number, 8 * number)
    send(desk, enrollment, "pay", amount="570", method="card")
    # Session, user, second factor and audit with its savepoint beside the page's own nine, three
    # of its history (events, mails, who did it), and what the bar asks.
    with django_assert_max_num_queries(21):
        page = desk.get(f"/desk/package/{enrollment.pk}/")
    assert page.status_code == 200
    assert "$570 still to pay" in page.content.decode()
