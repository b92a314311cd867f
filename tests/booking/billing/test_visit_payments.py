"""Money at the desk: a single visit, any number of parts, who owes, and what was taken."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from booking.appointments.changes import cancel_appointment
from booking.billing.actions import end_package
from booking.billing.queries import desk_package, version_of, visit_bill
from booking.models import Appointment, Enrollment, Payment
from booking.policy import owed_for_visit, owed_when_ended_early
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.retention.erasing import erase_patient
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_patient, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRICE = 22_500


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return priced(cast, starts_at=NOW + DAY)


def priced(cast: Cast, **fields: Any) -> Appointment:
    given = {"patient": cast.patient, "clinician": cast.clinician, "price_cents": PRICE, **fields}
    return make_appointment(**given)


def send(desk: Client, visit: Appointment, act: str, **fields: Any) -> int:
    """Post a form of the visit's page of money; `seen` is the current version unless given."""
    visit.refresh_from_db()
    bill = visit_bill(visit)
    assert bill is not None
    data = {f"{act}-{name}": value for name, value in {"seen": bill.version, **fields}.items()}
    return desk.post(f"/desk/appointment/{visit.pk}/money/{act}/", data).status_code


def page(desk: Client, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize(
    ("status", "owed"),
    [
        ("booked", 22_500),
        ("arrived", 22_500),
        ("completed", 22_500),
        ("cancelled", 0),
        ("no_show", 0),
        ("held", 0),
        ("released", 0),
    ],
)
def test_what_a_visit_costs_in_each_state(status: str, owed: int) -> None:
    assert owed_for_visit(status, PRICE) == owed
    assert owed_for_visit(status, None) == 0


def test_an_evaluation_is_paid_in_three_parts_and_never_more(
    desk: Client, visit: Appointment
) -> None:
    assert "$225 of $225 still to pay." in page(desk, f"/desk/appointment/{visit.pk}/")
    assert send(desk, visit, "pay", amount="225.01", method="cash") == 409
    for amount in ("100", "100.50", "24.50"):
        assert send(desk, visit, "pay", amount=amount, method="cash") == 302
    assert send(desk, visit, "pay", amount="0.01", method="cash") == 409
    assert [one.cents for one in Payment.objects.order_by("part")] == [10_000, 10_050, 2_450]
    assert "$225, paid." in page(desk, f"/desk/appointment/{visit.pk}/")
    receipt = page(desk, f"/desk/appointment/{visit.pk}/money/receipt/")
    assert "$100.50" in receipt
    assert "Still to pay" not in receipt
    actions = AuditEvent.objects.filter(patient=visit.patient_id).values_list("action", flat=True)
    assert {"record payment", "print receipt"} <= set(actions)


def test_the_second_of_two_colleagues_sees_the_payment_of_the_first(
    desk: Client, visit: Appointment
) -> None:
    bill = visit_bill(visit)
    assert bill is not None
    assert send(desk, visit, "pay", amount="225", method="card") == 302
    assert send(desk, visit, "pay", amount="225", method="card", seen=bill.version) == 409
    assert Payment.objects.count() == 1


def test_a_cancelled_visit_costs_nothing_and_what_was_paid_goes_back(
    desk: Client, visit: Appointment
) -> None:
    send(desk, visit, "pay", amount="225", method="card")
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
    shown = page(desk, f"/desk/appointment/{visit.pk}/money/")
    assert "$225 to give back" in shown
    assert "Record a payment" not in shown
    assert send(desk, visit, "refund", amount="225", method="card", reason="") == 422
    assert send(desk, visit, "refund", amount="225.01", method="card", reason="Cancelled") == 409
    assert send(desk, visit, "refund", amount="225", method="card", reason="Cancelled") == 302
    assert "Nothing to pay." in page(desk, f"/desk/appointment/{visit.pk}/")


def test_bad_amounts_are_answered_where_they_were_typed(desk: Client, visit: Appointment) -> None:
    for amount in ("", "abc", "-5", "0", "1e9", "100001", "9" * 5000, "NaN"):
        answer = desk.post(
            f"/desk/appointment/{visit.pk}/money/pay/",
            {"pay-seen": "0", "pay-amount": amount, "pay-method": "cash"},
        )
        assert answer.status_code == 422, amount
    assert not Payment.objects.exists()


def test_a_package_visit_and_a_visit_without_price_have_no_money_page(
    cast: Cast, desk: Client
) -> None:
    free = priced(cast, starts_at=NOW + 3 * DAY, price_cents=None)
    assert desk.get(f"/desk/appointment/{free.pk}/money/").status_code == 404
    assert "money" not in page(desk, f"/desk/appointment/{free.pk}/")
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(appointment=free, **paid())


def paid(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "paid",
        "part": 1,
        "cents": 100,
        "method": "cash",
        "at": NOW,
        "by": "x",
    } | fields


def test_a_payment_is_for_exactly_one_thing(cast: Cast, visit: Appointment) -> None:
    package = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    for wrong in ({}, {"appointment": visit, "enrollment": package}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(**wrong, **paid())
    made = Payment.objects.create(appointment=visit, **paid())
    assert made.patient_id == cast.patient.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(appointment=visit, **paid())
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=made.pk).update(cents=1)


def pay_package(desk: Client, package: Enrollment, **fields: Any) -> int:
    seen = version_of(Enrollment.objects.get(pk=package.pk))
    act = "refund" if "reason" in fields else "pay"
    data = {f"{act}-{name}": value for name, value in {"seen": seen, **fields}.items()}
    return desk.post(f"/desk/package/{package.pk}/{act}/", data).status_code


def test_a_slip_of_the_pen_never_closes_the_till(cast: Cast, desk: Client) -> None:
    """Walk of the manager's chair, A6: $600, then $100 in place of $540."""
    package = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    for amount in ("600", "100"):
        assert pay_package(desk, package, amount=amount, method="card") == 302
    assert "Record the payment" in page(desk, f"/desk/package/{package.pk}/")
    slip = {"amount": "100", "method": "card", "reason": "A slip"}
    assert pay_package(desk, package, **slip) == 302
    assert pay_package(desk, package, amount="540", method="cash") == 302
    assert "Record the payment" not in page(desk, f"/desk/package/{package.pk}/")
    assert desk_package(package, NOW).due == 0


def test_what_a_package_costs_that_ends_early() -> None:
    given = {"price": 114_000, "each": 19_000}
    assert owed_when_ended_early(left=6, **given) == 0
    assert owed_when_ended_early(left=2, **given) == 76_000
    assert owed_when_ended_early(left=0, **given) == 114_000


def test_a_package_that_ended_unpaid_can_still_be_paid(cast: Cast, desk: Client) -> None:
    package = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    assert "$1,140" in page(desk, "/desk/lists/to-pay/")
    context = Context(SYSTEM, NOW)
    end_package(
        enrollment_id=package.pk, seen=version_of(package), reason="She moves away", context=context
    )
    # None of the six was used.
    assert "Nothing waits here." in page(desk, "/desk/lists/to-pay/")
    assert "Record the payment" not in page(desk, f"/desk/package/{package.pk}/")
    Enrollment.objects.filter(pk=package.pk).update(ending="expired")
    assert "$1,140" in page(desk, "/desk/lists/to-pay/")
    assert pay_package(desk, package, amount="1140", method="check") == 302
    assert "Nothing waits here." in page(desk, "/desk/lists/to-pay/")


def test_who_owes_and_who_gets_something_back(cast: Cast, desk: Client) -> None:
    other = make_patient(name="Other Example", phone="+17815550177", email="o@example.test")
    came = priced(cast, starts_at=NOW - 2 * DAY)
    gone = priced(cast, starts_at=NOW - DAY, patient=other)
    ahead = priced(cast, starts_at=NOW + DAY)
    for one, amount in ((came, "100"), (gone, "225")):
        assert send(desk, one, "pay", amount=amount, method="cash") == 302
    Appointment.objects.filter(pk=came.pk).update(status="completed")
    Appointment.objects.filter(pk=gone.pk).update(status="no_show")
    answer = desk.get("/desk/lists/to-pay/file/").content.decode()
    rows = list(csv.DictReader(StringIO(answer.lstrip("\ufeff"))))
    columns = ("Patient", "Since, date", "Still to pay", "To give back")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        (cast.patient.name, "2027-01-30", "$125", ""),
        ("Other Example", "2027-01-31", "", "$225"),
    ]
    assert str(ahead.pk) not in page(desk, "/desk/lists/to-pay/")


# The clocks go back on November 7, 2027: that clinic date has 25 hours.
LATE, EARLY = datetime(2027, 11, 8, 4, 59, tzinfo=UTC), datetime(2027, 11, 8, 5, 0, tzinfo=UTC)


def test_takings_by_clinic_date_and_method(cast: Cast, desk: Client) -> None:
    visit = priced(cast, starts_at=NOW - 2 * DAY)
    at = iter((LATE - 25 * HOUR, LATE - 24 * HOUR, LATE, EARLY))
    for amount, method in ((1_000, "cash"), (2_000, "card"), (3_000, "cash"), (4_000, "card")):
        given = paid(cents=amount, method=method, at=next(at), part=amount // 1000)
        Payment.objects.create(appointment=visit, **given)
    back = Payment(appointment=visit, **paid(kind="refund", part=None, cents=500, at=LATE))
    back.reason = "Too much"
    back.save()
    shown = page(desk, "/desk/takings/?first=2027-11-07&last=2027-11-08")
    for text in ("Sunday, November 7, 2027", "$20", "$25", "$45", "$40", "$85"):
        assert text in shown, text
    assert "November 6" not in shown
    lines = desk.get("/desk/takings/file/?first=2027-11-07&last=2027-11-07").content.decode()
    rows = list(csv.reader(StringIO(lines.lstrip("\ufeff"))))
    assert [(row[0], row[1], row[5]) for row in rows[1:]] == [
        ("2027-11-07", "00:59", "20.0"),
        ("2027-11-07", "23:59", "30.0"),
        ("2027-11-07", "23:59", "-5.0"),
    ]
    assert cast.patient.name not in lines
    assert "Nothing was paid on these days." in page(desk, "/desk/takings/")
    assert AuditEvent.objects.get(action="export takings").reason == "2027-11-07 to 2027-11-07"


@pytest.mark.parametrize(
    "query",
    [
        "first=2027-02-02&last=2027-02-01",
        "first=2026-02-01&last=2027-02-02",
        "first=0001-01-01&last=9999-12-31",
        "first=x&last=",
        "first=" + "9" * 5000,
    ],
)
def test_a_period_that_is_none_is_said(desk: Client, query: str) -> None:
    for address in ("/desk/takings/", "/desk/takings/file/"):
        answer = desk.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert "error" in answer.content.decode()


def test_the_receipt_has_the_clinics_numbers_once_they_are_entered(
    clinic: Callable[..., None], desk: Client, visit: Appointment
) -> None:
    address = f"/desk/appointment/{visit.pk}/money/receipt/"
    clinic(tax_number="", provider_number="")
    assert "Tax number" not in page(desk, address)
    clinic(tax_number="12-3456789", provider_number="1234567893")
    for text in ("Tax number 12-3456789", "Provider number (NPI) 1234567893"):
        assert text in " ".join(page(desk, address).split())


def test_she_reads_what_is_still_to_pay_and_where(
    clinic: Callable[..., None], cast: Cast, desk: Client, visit: Appointment
) -> None:
    package = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    link = "https://pay.example/clinic"
    clinic(payment_link="")
    with time_machine.travel(NOW, tick=False):
        at_visit, at_package = f"/book/visit/{visit.pk}/", "/book/run-ready/"
        she = client_for(cast.patient.user)
        assert "$225 still to pay" in page(she, at_visit)
        assert "$1,140 still to pay" in page(she, at_package)
        assert "pay online" not in page(she, at_visit)
        clinic(payment_link=link)
        for address in (at_visit, at_package):
            assert f'<a href="{link}" rel="noreferrer">' in page(she, address)
    assert pay_package(desk, package, amount="1140", method="card") == 302
    assert send(desk, visit, "pay", amount="225", method="card") == 302
    with time_machine.travel(NOW, tick=False):
        she = client_for(cast.patient.user)
        for address in (at_visit, at_package):
            assert "still to pay" not in page(she, address)


def test_who_paid_for_a_visit_can_be_erased(
    settings: Any, tmp_path: Path, cast: Cast, visit: Appointment
) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    Payment.objects.create(appointment=visit, **paid())
    back = Payment(appointment=visit, **paid(kind="refund", part=None))
    back.reason = "She was ill"
    back.save()
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
    erase_patient(patient_id=cast.patient.pk, reason="She asked", context=Context(SYSTEM, NOW))
    # The books stay, and what somebody typed about her does not.
    assert [one.signed_cents for one in Payment.objects.order_by("kind")] == [100, -100]
    assert Payment.objects.get(kind="refund").reason == ""
