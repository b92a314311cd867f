"""A visit waits to be confirmed: what she reads, how it is confirmed, and that it is let go."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from booking.appointments.attendance import mark_arrived, undo_mark
from booking.appointments.changes import cancel_appointment, move_appointment, undo_cancel
from booking.models import Appointment, EarlierWish, LedgerEntry, Policy
from booking.provisional.actions import confirm_by_staff, let_go_all, let_go_unconfirmed
from booking.refusals import AlreadyChanged
from booking.reminders.new_terms import remind_by
from booking.terms import terms_of
from booking.waitlist.actions import offer_free_times
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.ownership.mailbox import prove
from intake.models import Task
from intake.tasks.owing import owe_rebookings
from tests.booking.provisional.visitors import booked, browser_of, free, unproven
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_enrollment
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def waiting(number: int = 1) -> tuple[Client, Appointment]:
    """Book as a visitor without a proven mailbox; return her browser and the visit."""
    client = browser_of(unproven(number), f"198.51.100.{number}")
    return client, booked(client, free()[number * 7])


def context(minutes: float = 0) -> Context:
    return Context(SYSTEM, NOW + minutes * MINUTE)


def mails(now_in: timedelta = timedelta()) -> list[Any]:
    """Send what is due then, and return the mails."""
    mail.outbox.clear()
    send_due(now=NOW + now_in)
    return list(mail.outbox)


def by_link(text: str) -> tuple[Client, str]:
    """Open the link of a mail in another browser; return it and the page's address."""
    [path] = re.findall(r"/l/[\w-]+", text)
    client = Client()
    return client, client.get(path)["Location"]


def test_the_page_and_the_mail_say_until_when(cast: Cast) -> None:
    client, visit = waiting()
    assert visit.confirm_by == NOW + 12 * HOUR
    done = client.get(f"/book/done/{visit.pk}/").content.decode()
    assert "Almost done: confirm your visit by mail" in done
    assert "Please confirm until Monday, February 1, 9:00 pm" in done
    for page in ("/book/", f"/book/visit/{visit.pk}/"):
        text = client.get(page).content.decode()
        assert "Not confirmed yet: confirm by Monday, February 1, 9:00 pm" in text
    [message] = mails()
    assert "please confirm your appointment on" in message.subject
    assert "Please confirm this appointment until Monday, February 1, 9:00 pm" in message.body
    # Nobody is reminded of it yet.
    assert set(Email.objects.values_list("kind", flat=True)) == {"confirmation"}


def test_a_press_behind_the_mailed_link_confirms_it(cast: Cast) -> None:
    _client, visit = waiting()
    [message] = mails()
    she, page = by_link(message.body)
    # Opening it, and the first button, change nothing.
    text = she.get(page).content.decode()
    [first] = re.findall(r'<a\s+class="btn btn-primary"\s+href="([^"]+)"', text)[:1]
    assert "Yes, I’m coming" in she.get(first).content.decode()
    visit.refresh_from_db()
    assert visit.is_provisional
    assert she.post(first).status_code == 302
    visit.refresh_from_db()
    assert (visit.confirm_by, visit.network_key, visit.rev) == (None, "", 0)
    assert Patient.objects.get(pk=visit.patient_id).proven_at == NOW
    assert Email.objects.filter(kind__startswith="reminder", status="due").count() == 2
    # Again, and long after the time is over: nothing happens.
    assert she.post(first).status_code == 302
    assert let_go_unconfirmed(now=NOW + 13 * HOUR) == 0
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert AuditEvent.objects.filter(action="confirm visit").count() == 1


def test_the_browser_that_booked_does_not_confirm_by_itself(cast: Cast) -> None:
    client, visit = waiting()
    page = f"/book/visit/{visit.pk}/confirm/"
    assert "Open the link in the mail we sent you" in client.get(page).content.decode()
    assert client.post(page).status_code == 409
    assert Client().post(page).status_code == 404
    visit.refresh_from_db()
    assert visit.is_provisional


def test_a_typed_code_confirms_every_visit_of_hers(cast: Cast) -> None:
    _client, visit = waiting()
    _other, another = waiting(2)
    prove(visit.patient, NOW + MINUTE)
    assert list(Appointment.objects.provisional()) == [another]


def test_nobody_confirms_it_and_it_is_let_go(cast: Cast) -> None:
    client, visit = waiting()
    mails()
    assert let_go_unconfirmed(now=NOW + 12 * HOUR - MINUTE) == 0
    assert [let_go_unconfirmed(now=NOW + 12 * HOUR) for _ in range(2)] == [1, 0]
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by_clinic, visit.is_let_go) == ("cancelled", True, True)
    # The time is free again, and she is told.
    assert visit.starts_at in {one.starts_at for one in free()}
    [message] = mails(12 * HOUR + 5 * MINUTE)
    assert "Nobody confirmed this appointment in time" in message.body
    assert "take it back" not in message.body
    # Somebody finds her a new time; it may be withdrawn, as no other of its kind.
    assert owe_rebookings(now=NOW + 13 * HOUR) == 1
    task = Task.objects.get(kind="rebook", patient=visit.patient)
    assert task.question.startswith("Nobody confirmed: Evaluation")
    page = client_for(cast.manager).get(f"/review/tasks/{task.pk}/").content.decode()
    assert "No longer needed" in page
    assert client.get(f"/book/visit/{visit.pk}/").status_code == 200


def test_a_package_visit_gives_its_credit_back(cast: Cast) -> None:
    patient = unproven(1)
    package = make_enrollment(patient=patient, referral=patient.referrals.get())
    client = browser_of(patient)
    slot = free(days=3)[0]
    held = client.post(
        "/book/rr1/keep/", {"slot": f"{slot.starts_at:%Y-%m-%dT%H:%MZ}|{slot.clinician_id}"}
    )
    assert client.post(held["Location"], {"exam_wish": ""}).status_code == 302
    assert sum(LedgerEntry.objects.filter(enrollment=package).values_list("delta", flat=True)) == 5
    assert let_go_unconfirmed(now=NOW + 12 * HOUR) == 1
    assert sum(LedgerEntry.objects.filter(enrollment=package).values_list("delta", flat=True)) == 6


def test_the_desk_confirms_it_by_telephone(cast: Cast) -> None:
    _client, visit = waiting()
    manager = client_for(cast.manager)
    page = manager.get(f"/desk/appointment/{visit.pk}/").content.decode()
    assert "Confirmed by telephone" in page
    path = f"/desk/appointment/{visit.pk}/confirmed/"
    assert manager.post(path, {"rev": "7"}).status_code == 302
    assert Appointment.objects.get(pk=visit.pk).is_provisional
    assert manager.post(path, {"rev": "0"}).status_code == 302
    visit.refresh_from_db()
    assert visit.confirm_by is None
    # The mailbox is as unproven as before.
    assert visit.patient.proven_at is None
    assert Email.objects.filter(kind__startswith="reminder", status="due").count() == 2
    assert client_for(cast.patient.user).post(path, {"rev": "0"}).status_code == 403


def test_the_desk_lets_all_go_at_once_and_looks_for_no_new_times(cast: Cast) -> None:
    visits = [waiting(number)[1] for number in range(1, 4)]
    let_go_unconfirmed(now=NOW)
    Appointment.objects.filter(pk=visits[0].pk).update(confirm_by=NOW)
    assert let_go_unconfirmed(now=NOW) == 1
    owe_rebookings(now=NOW)
    manager = client_for(cast.manager)
    page = manager.get("/desk/unconfirmed/").content.decode()
    assert all(str(one.pk) in page for one in visits)
    prove(visits[2].patient, NOW)
    sent = {"visit": [str(one.pk) for one in visits] + ["nonsense"]}
    assert manager.post("/desk/unconfirmed/let-go/", {**sent, "reason": ""}).status_code == 422
    assert Appointment.objects.provisional().count() == 1
    assert (
        manager.post("/desk/unconfirmed/let-go/", {**sent, "reason": "A script"}).status_code == 302
    )
    statuses = [Appointment.objects.get(pk=one.pk).status for one in visits]
    assert statuses == ["cancelled", "cancelled", "booked"]
    tasks = Task.objects.filter(kind="rebook")
    assert sorted(tasks.values_list("status", "outcome")) == [("done", "withdrawn")] * 2
    assert owe_rebookings(now=NOW + HOUR) == 0


def test_it_is_drawn_as_unconfirmed_on_the_calendar_and_the_lists(cast: Cast) -> None:
    _client, visit = waiting()
    manager = client_for(cast.manager)
    day = f"{visit.starts_at:%Y-%m-%d}"
    assert (
        "Not confirmed, until Monday 9:00 pm" in manager.get(f"/desk/day/{day}/").content.decode()
    )
    assert "Not confirmed" in manager.get(f"/desk/week/{day}/").content.decode()
    assert visit.patient.name in manager.get("/desk/lists/unconfirmed/").content.decode()
    patient = manager.get(f"/desk/patient/{visit.patient_id}/").content.decode()
    assert "not confirmed yet" in patient


def test_the_staff_bar_tells_managers_that_the_brake_is_on(cast: Cast) -> None:
    words = "Many bookings nobody confirmed"
    times = free()[::7]
    for number in range(3):
        assert words not in client_for(cast.manager).get("/desk/lists/").content.decode()
        booked(browser_of(unproven(number)), times[number])
    assert words in client_for(cast.manager).get("/desk/lists/").content.decode()
    assert words not in client_for(cast.clinician.user).get("/review/hours/").content.decode()


def test_no_earlier_time_is_offered_and_other_terms_remind_nobody(cast: Cast) -> None:
    _client, visit = waiting()
    EarlierWish.objects.create(patient=visit.patient, service=visit.service, made_at=NOW)
    assert offer_free_times(now=NOW) == 0
    remind_by(terms_of(Policy.objects.create(reminder_lead_hours=[72])), now=NOW)
    assert not Email.objects.filter(kind__startswith="reminder").exists()
    prove(visit.patient, NOW)
    assert offer_free_times(now=NOW) == 1


@pytest.mark.parametrize("how", ["arrived", "moved by her", "cancelled and undone", "by the desk"])
def test_what_else_happens_to_it(cast: Cast, how: str) -> None:
    _client, visit = waiting()
    if how == "arrived":
        during = Context(SYSTEM, visit.starts_at)
        mark_arrived(appointment_id=visit.pk, rev=0, context=during)
        undo_mark(appointment_id=visit.pk, rev=0, context=during)
        still_waits = False
    elif how == "moved by her":
        where = {"starts_at": free()[40].starts_at, "clinician_id": None}
        move_appointment(appointment_id=visit.pk, rev=0, context=context(), **where)
        still_waits = True
    else:
        by_clinic = how == "by the desk"
        cancel_appointment(appointment_id=visit.pk, rev=0, context=context(1), by_clinic=by_clinic)
        undo_cancel(appointment_id=visit.pk, context=context(2), by_staff=by_clinic)
        still_waits = not by_clinic
    visit.refresh_from_db()
    assert (visit.status, visit.confirm_by is not None) == ("booked", still_waits)
    # Whoever came needs no reminder.
    is_reminded = not still_waits and how != "arrived"
    assert Email.objects.filter(kind__startswith="reminder", status="due").exists() == is_reminded


def test_where_it_was_booked_from_is_forgotten(cast: Cast) -> None:
    _client, visit = waiting()
    let_go_unconfirmed(now=NOW + 12 * HOUR)
    for hours, is_known in ((13, True), (37, False)):
        let_go_unconfirmed(now=NOW + hours * HOUR)
        visit.refresh_from_db()
        assert bool(visit.network_key) == is_known


@pytest.mark.django_db(transaction=True)
def test_confirming_and_letting_go_at_once_end_in_one_of_the_two() -> None:
    people = make_cast()
    now = NOW + 12 * HOUR
    desk = Context(Actor(f"user:{people.manager.pk}", "manager"), now)

    def act(racer: int, visit: Appointment) -> object:
        if racer == 0:
            return confirm_by_staff(appointment_id=visit.pk, rev=0, context=desk)
        if racer == 1:
            return let_go_unconfirmed(now=now)
        if racer == 2:
            return prove(visit.patient, now)
        return let_go_all(appointment_ids=[visit.pk], reason="x", context=desk)

    for number in range(1, 5):
        _client, visit = waiting(number)
        outcomes = race(4, lambda racer, visit=visit: act(racer, visit))
        # The first is too late if the visit is not as the page showed it; the others never are.
        failed = [one for one in outcomes if isinstance(one, Exception)]
        assert [one for one in failed if not isinstance(one, AlreadyChanged)] == []
        visit.refresh_from_db()
        booked_mails = Email.objects.filter(about=f"appointment:{visit.pk}", status="due")
        kinds = set(booked_mails.values_list("kind", flat=True))
        if visit.status == "booked":
            assert visit.confirm_by is None
            assert "cancelled" not in kinds
        else:
            assert (visit.status, kinds) == ("cancelled", {"cancelled"})
        assert AuditEvent.objects.filter(
            action="cancel", object__endswith=str(visit.pk)
        ).count() == (visit.status == "cancelled")
