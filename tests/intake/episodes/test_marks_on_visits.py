"""A visit carries the mark of what is open about its patient, whenever it was booked."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from booking.appointments.bookings import book_by_staff, confirm_hold
from booking.appointments.changes import cancel_appointment, undo_cancel
from booking.appointments.holds import hold_slot
from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.review.reviewing import TORN, make_intake
from tests.races.test_one_slot import offered

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def book_online(cast: Cast) -> Appointment:
    held = hold_slot(
        patient=cast.patient, service_code="evaluation", starts_at=offered(NOW)[5].starts_at,
        clinician_id=None, holder_key="a browser", context=Context(SYSTEM, NOW),
    )  # fmt: skip
    return confirm_hold(
        appointment_id=held.pk, holder_key="a browser", exam_wish="", context=Context(SYSTEM, NOW)
    )


def test_a_visit_booked_online_after_a_red_answer_carries_its_mark(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=NOW, **TORN)
    visit = book_online(cast)
    visit.refresh_from_db()
    assert visit.attention == "red"


def test_so_does_one_that_staff_booked(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=NOW, **TORN)
    visit = book_by_staff(
        patient=cast.patient, service_code="evaluation", starts_at=offered(NOW)[5].starts_at,
        clinician_id=None, staff=cast.manager, context=Context(SYSTEM, NOW),
    )  # fmt: skip
    visit.refresh_from_db()
    assert visit.attention == "red"


def test_one_booked_after_a_quiet_form_carries_none(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=NOW)
    visit = book_online(cast)
    visit.refresh_from_db()
    assert visit.attention == ""


def test_what_opened_while_it_was_cancelled_stands_on_a_visit_that_is_booked_again(
    cast: Cast,
) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=3)
    )
    cancel_appointment(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, NOW))
    make_intake(patient=cast.patient, now=NOW + MINUTE, **TORN)
    undo_cancel(appointment_id=visit.pk, context=Context(SYSTEM, NOW + 2 * MINUTE))
    visit.refresh_from_db()
    assert (visit.status, visit.attention) == ("booked", "red")


def test_the_upgrade_marks_what_was_booked_before(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=NOW, **TORN)
    at: dict[str, Any] = {
        "clinician": cast.clinician,
        "starts_at": timezone.now() + timedelta(days=400),
    }
    ahead = make_appointment(patient=cast.patient, **at)
    other = make_appointment(
        patient=cast.other_patient, **{**at, "starts_at": at["starts_at"] + timedelta(days=1)}
    )
    import_module("booking.migrations.0023_marks_of_what_is_open").mark(apps, None)
    ahead.refresh_from_db()
    other.refresh_from_db()
    assert (ahead.attention, other.attention) == ("red", "")
