"""Which status of an appointment may follow which, by every action and by a plain save."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.appointments.attendance import mark_arrived, mark_completed, mark_no_show, undo_mark
from booking.appointments.bookings import confirm_hold
from booking.appointments.changes import cancel_appointment, move_appointment, undo_cancel
from booking.appointments.holds import release_holds, renew_hold
from booking.models import Appointment
from booking.refusals import AlreadyChanged, Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.transitions import ForbiddenTransition
from tests.cast import make_cast
from tests.factories import NOW, make_appointment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

KEY = "holder"
# A Monday at 10 a week ahead, and a minute into the visit.
STARTS = NOW + timedelta(days=7, hours=1)
DURING = STARTS + timedelta(minutes=1)
STATUSES = ("held", "booked", "arrived", "completed", "no_show", "cancelled", "released")

# held -> booked -> arrived -> completed, booked -> no_show or cancelled, held -> released; back:
# arrived and no_show -> booked, completed -> arrived, cancelled -> booked. A hold that ran out is
# released and can still be confirmed (docs/decisions/0040-the-end-of-a-kept-time.md).
EXPECTED = {
    ("held", "confirm_hold"): "booked",
    ("held", "release_holds"): "released",
    ("held", "renew_hold"): "held",
    ("released", "confirm_hold"): "booked",
    ("booked", "confirm_hold"): "booked",
    ("booked", "move_appointment"): "booked",
    ("booked", "mark_arrived"): "arrived",
    ("booked", "mark_no_show"): "no_show",
    ("booked", "cancel_appointment"): "cancelled",
    ("arrived", "mark_completed"): "completed",
    ("arrived", "undo_mark"): "booked",
    ("completed", "undo_mark"): "arrived",
    ("no_show", "undo_mark"): "booked",
    ("cancelled", "undo_cancel"): "booked",
}
ALLOWED = {(before, after) for (before, _), after in EXPECTED.items()}


def of_visit(action: Callable[..., object], now: object) -> Callable[[Appointment], object]:
    return lambda visit: action(
        appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, now)
    )


ACTIONS: dict[str, Callable[[Appointment], object]] = {
    "confirm_hold": lambda visit: confirm_hold(
        appointment_id=visit.pk, holder_key=KEY, exam_wish="", context=Context(SYSTEM, NOW)
    ),
    "release_holds": lambda visit: release_holds(holder_key=KEY, now=NOW),
    "renew_hold": lambda visit: renew_hold(
        appointment_id=visit.pk, holder_key=KEY, context=Context(SYSTEM, NOW)
    ),
    "move_appointment": lambda visit: move_appointment(
        appointment_id=visit.pk, rev=visit.rev, starts_at=STARTS + timedelta(days=1),
        clinician_id=None, context=Context(SYSTEM, NOW),
    ),
    "mark_arrived": of_visit(mark_arrived, DURING),
    "mark_completed": of_visit(mark_completed, DURING),
    "mark_no_show": of_visit(mark_no_show, DURING),
    "cancel_appointment": of_visit(cancel_appointment, NOW),
    "undo_mark": of_visit(undo_mark, DURING),
    "undo_cancel": lambda visit: undo_cancel(appointment_id=visit.pk, context=Context(SYSTEM, NOW)),
}  # fmt: skip
# Releasing what is not held changes nothing and raises nothing.
SILENT = {"release_holds"}


@pytest.fixture
def make_visit() -> Callable[[str], Appointment]:
    """Return a function that makes an evaluation in a status, with all that any status needs."""
    cast = make_cast()
    make_referral(patient=cast.patient)

    def make(status: str) -> Appointment:
        return make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=STARTS,
            status=status,
            holder_key=KEY,
            hold_until=NOW + timedelta(minutes=5),
            booked_at=NOW,
            cancelled_at=NOW,
        )

    return make


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("before", STATUSES)
def test_an_action_leads_where_the_table_says_or_is_refused(
    make_visit: Callable[[str], Appointment], before: str, action: str
) -> None:
    visit = make_visit(before)
    if (before, action) in EXPECTED or action in SILENT:
        ACTIONS[action](visit)
    else:
        with pytest.raises((AlreadyChanged, Refused)):
            ACTIONS[action](visit)
    visit.refresh_from_db()
    assert visit.status == EXPECTED.get((before, action), before)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_save_refuses_what_no_action_does(
    make_visit: Callable[[str], Appointment], before: str, after: str
) -> None:
    visit = Appointment.objects.get(pk=make_visit(before).pk)
    visit.status = after
    if before == after or (before, after) in ALLOWED:
        visit.save()
    else:
        with pytest.raises(ForbiddenTransition):
            visit.save()
    visit.refresh_from_db()
    assert (visit.status == after) == (before == after or (before, after) in ALLOWED)


def test_a_row_read_without_its_status_is_saved_without_asking_for_it(
    make_visit: Callable[[str], Appointment], django_assert_num_queries: Callable[..., object]
) -> None:
    made = make_visit("booked")
    visit = Appointment.objects.only("exam_wish").get(pk=made.pk)
    visit.exam_wish = "talk"
    with django_assert_num_queries(1):
        visit.save(update_fields=["exam_wish"])


def test_reading_a_left_out_field_does_not_forget_the_status(
    make_visit: Callable[[str], Appointment],
) -> None:
    made = make_visit("completed")
    visit = Appointment.objects.defer("exam_wish").get(pk=made.pk)
    visit.status = "cancelled"
    assert visit.exam_wish == ""
    with pytest.raises(ForbiddenTransition):
        visit.save()
