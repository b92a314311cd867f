"""Cancelling or moving a visit and those after it: together by choice, or shown as conflicts."""

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar

from booking.appointments.changes import undo_cancel
from booking.models import Appointment, Enrollment, LedgerEntry
from booking.packages import ledger
from booking.packages.queries import entries_of
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.outbox import KINDS
from clinic.models.messages import Email
from clinic.practice.promised import promise_of
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def six(cast: Cast) -> list[Appointment]:
    """Book all six visits, the first this morning, each with its credit."""
    referral = make_referral(patient=cast.patient)
    enrollment = make_enrollment(patient=cast.patient, referral=referral)
    made = []
    for number, days in enumerate((0, 7, 14, 21, 35, 49), start=1):
        visit = make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=NOW + timedelta(hours=3, days=days),
            service=f"rr{number}",
            enrollment=enrollment,
            visit_number=number,
        )
        LedgerEntry.objects.create(
            enrollment=enrollment, appointment=visit, kind="reserve", delta=-1, at=NOW, by="system"
        )
        made.append(visit)
    return made


def named(visits: list[Appointment]) -> list[str]:
    return [f"{visit.pk}:{visit.rev}" for visit in visits]


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("visit_number").values_list("status", flat=True))


def left() -> int:
    return ledger.balance(entries_of(Enrollment.objects.get()))


def test_only_this_visit_is_what_happens_unless_she_says_more(
    cast: Cast, six: list[Appointment]
) -> None:
    with time_machine.travel(NOW, tick=False):
        she = client_for(cast.patient.user)
        page = she.get(f"/book/visit/{six[2].pk}/cancel/").content.decode()
        assert "This visit and all after it" in page
        assert she.post(f"/book/visit/{six[2].pk}/cancel/", {"rev": 0}).status_code == 302
        assert statuses() == ["booked", "booked", "cancelled", "booked", "booked", "booked"]
        assert left() == 1
        after = she.get("/book/run-ready/").content.decode()
        assert "Dates that no longer fit" in after
        assert "Please book visit 3 first" in after


def test_this_visit_and_all_after_it_go_together_or_not_at_all(
    cast: Cast, six: list[Appointment]
) -> None:
    with time_machine.travel(NOW, tick=False):
        she, path = client_for(cast.patient.user), f"/book/visit/{six[2].pk}/cancel/"
        # One of them was moved on another screen since she was asked.
        Appointment.objects.filter(pk=six[4].pk).update(rev=1)
        send = {"rev": 0, "which": "following", "visits": named(six[2:])}
        assert she.post(path, send).status_code == 409
        assert set(statuses()) == {"booked"}
        six[4].rev = 1
        assert she.post(path, {**send, "visits": named(six[2:])}).status_code == 302
    assert statuses() == ["booked", "booked"] + 4 * ["cancelled"]
    assert left() == 4
    assert not Email.objects.filter(kind="cancelled").exists()
    one_mail = Email.objects.get(kind="plan_cancelled")
    assert KINDS["plan_cancelled"].still_due(one_mail, NOW) is None
    message = KINDS["plan_cancelled"].render(one_mail)
    for number in (3, 4, 5, 6):
        assert f"Appointment {number} of 6" in message.text
        assert f"Appointment {number} of 6" in message.html
    assert "Appointment 2 of 6" not in message.text
    (file,) = message.attachments
    calendar = Calendar.from_ical(file.content)
    assert calendar["method"] == "PUBLISH"
    events = calendar.walk("VEVENT")
    assert [str(one["status"]) for one in events] == 4 * ["CANCELLED"]
    assert [one["sequence"] for one in events] == [1, 1, 2, 1]
    with time_machine.travel(NOW, tick=False):
        # One of them is undone: the mail, which is not sent yet, lists the others.
        undo_cancel(appointment_id=six[2].pk, context=Context(SYSTEM, NOW))
    assert "Appointment 3 of 6" not in KINDS["plan_cancelled"].render(one_mail).text


def test_of_several_only_the_late_one_counts_as_used(cast: Cast, six: list[Appointment]) -> None:
    with time_machine.travel(NOW, tick=False):
        she = client_for(cast.patient.user)
        send = {"rev": 0, "which": "following", "visits": named(six), "cost_all": "1"}
        assert she.post(f"/book/visit/{six[0].pk}/cancel/", send).status_code == 302
    assert set(statuses()) == {"cancelled"}
    assert left() == 5
    assert [e.kind for e in LedgerEntry.objects.filter(appointment=six[0])] == [
        "reserve",
        "forfeit",
    ]


@pytest.mark.parametrize("named_badly", ["", "x", "x:1", "00000000-0000-0000-0000-000000000000:0"])
def test_a_made_up_list_cancels_nothing(
    cast: Cast, six: list[Appointment], named_badly: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        send = {"rev": 0, "which": "following", "visits": [named_badly]}
        she = client_for(cast.patient.user)
        assert she.post(f"/book/visit/{six[2].pk}/cancel/", send).status_code == 409
    assert set(statuses()) == {"booked"}


def test_a_move_shows_the_desk_and_her_what_no_longer_fits(
    cast: Cast, six: list[Appointment]
) -> None:
    with time_machine.travel(NOW, tick=False):
        later = six[1].starts_at + timedelta(days=3)
        Appointment.objects.filter(pk=six[1].pk).update(
            starts_at=later,
            ends_at=later + timedelta(hours=1),
            busy_from=later,
            busy_until=later + timedelta(hours=1),
            **promise_of(later),
        )
        for client, path in (
            (client_for(cast.patient.user), f"/book/visit/{six[1].pk}/"),
            (client_for(cast.manager), f"/desk/appointment/{six[1].pk}/"),
        ):
            page = client.get(path).content.decode()
            assert "Dates that no longer fit" in page
            assert "Visit 3 can be from" in page
            assert "Visit 4 can be from" not in page
