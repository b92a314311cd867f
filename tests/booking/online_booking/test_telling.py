"""A patient tells the desk that she is late, or that her baby is sick; nothing is cancelled."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from booking.appointments.changes import move_appointment
from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment

pytestmark = pytest.mark.django_db

# Monday at 14:00 in New York; the visit lasts until 15:30.
STARTS = NOW + timedelta(hours=5)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def visit_of(cast: Cast) -> Appointment:
    return make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=STARTS)


@pytest.mark.parametrize(
    ("when", "is_told"),
    [
        (STARTS - 24 * HOUR - MINUTE, False),
        (STARTS - 24 * HOUR, True),
        (STARTS + 20 * MINUTE, True),
        (STARTS + 89 * MINUTE, True),
        (STARTS + 90 * MINUTE, False),
    ],
    ids=["days before", "a day before", "after its start", "near its end", "over"],
)
def test_from_a_day_before_until_it_is_over(cast: Cast, when: object, is_told: bool) -> None:
    visit = visit_of(cast)
    page = f"/book/visit/{visit.pk}/"
    with time_machine.travel(when, tick=False):
        she = client_for(cast.patient.user)
        assert (f"{page}tell/" in she.get(page).content.decode()) == is_told
        assert she.get(f"{page}tell/").status_code == (200 if is_told else 302)
        visit.refresh_from_db()
        assert visit.told_at is None
        she.post(f"{page}tell/", {"word": "late"})
        visit.refresh_from_db()
        assert (visit.told, visit.told_at) == (("late", when) if is_told else (None, None))
    assert (visit.status, visit.starts_at, visit.rev) == ("booked", STARTS, 0)


def test_the_desk_sees_it_and_nobody_else_says_it(cast: Cast) -> None:
    visit = visit_of(cast)
    path = f"/book/visit/{visit.pk}/tell/"
    with time_machine.travel(NOW, tick=False):
        assert client_for(cast.other_patient.user).post(path, {"word": "late"}).status_code == 404
        she = client_for(cast.patient.user)
        assert she.post(path, {"word": "something else"}).status_code == 422
        assert she.post(path, {"word": "baby_sick"}).status_code == 302
        assert (
            "The front desk knows since 9:00 am"
            in she.get(f"/book/visit/{visit.pk}/").content.decode()
        )
        manager = client_for(cast.manager)
        bar = manager.get("/desk/lists/").content.decode()
        assert "1 patient sent word of her visit" in bar
        for page in ("lists/told/", "day/2027-02-01/", f"appointment/{visit.pk}/"):
            assert "My baby is sick" in manager.get(f"/desk/{page}").content.decode(), page
        # It is about her baby's health: sealed, and in no trail.
        with connection.cursor() as cursor:
            cursor.execute("SELECT told FROM booking_appointment")
            assert "sick" not in str(cursor.fetchall())
        event = AuditEvent.objects.get(action="tell desk")
        assert "sick" not in f"{event.reason} {event.object}"
        move_appointment(
            appointment_id=visit.pk, rev=0, starts_at=STARTS + 48 * HOUR, clinician_id=None,
            context=Context(SYSTEM, NOW), staff=cast.manager,
        )  # fmt: skip
        visit.refresh_from_db()
        assert (visit.told, visit.told_at) == (None, None)
        assert "sent word" not in manager.get("/desk/lists/").content.decode()
