"""What was mailed is sent once more: by the visit, by the mail, and after an address was added."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.reminders.actions import owe_confirmation
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment, make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def booked(cast: Cast, **fields: Any) -> Appointment:
    """Book a visit and send its confirmation."""
    now = timezone.now()
    visit = make_appointment(
        patient=make_patient(**fields), clinician=cast.clinician, starts_at=now + timedelta(days=30)
    )
    owe_confirmation(visit, now=now)
    send_now()
    return visit


def send_now() -> int:
    return send_due(now=timezone.now() + timedelta(seconds=1))


def confirmations(visit: Appointment) -> list[tuple[str, int]]:
    rows = Email.objects.filter(kind="confirmation", about=f"appointment:{visit.pk}")
    return list(rows.order_by("copy").values_list("status", "copy"))


def test_after_an_address_was_added_the_desk_is_asked_to_send_the_confirmation(
    cast: Cast, desk: Client
) -> None:
    visit = booked(cast, email="", name="Wilma Example")
    assert confirmations(visit) == [("skipped", 0)]
    page, ask = f"/desk/patient/{visit.patient_id}/", "Send the confirmation"
    assert ask not in desk.get(page).content.decode()
    contact = desk.get(f"{page}contact/").context
    typed = {name: str(value or "") for name, value in contact["form"].initial.items()}
    typed |= {"seen": contact["seen"], "email": "wilma@example.test", "born_on": "5/4/1992"}
    assert desk.post(f"{page}contact/", typed).status_code == 302
    assert ask in desk.get(page).content.decode()
    desk.post(f"{page}confirmations/")
    assert send_now() == 1
    assert mail.outbox[-1].to == ["wilma@example.test"]
    assert "/l/" in str(mail.outbox[-1].body)
    assert confirmations(visit) == [("skipped", 0), ("sent", 1)]
    assert ask not in desk.get(page).content.decode()


def test_the_visit_and_the_mail_are_sent_again_and_each_is_recorded(
    cast: Cast, desk: Client
) -> None:
    visit = booked(cast)
    assert (
        "Send the confirmation again" in desk.get(f"/desk/appointment/{visit.pk}/").content.decode()
    )
    desk.post(f"/desk/appointment/{visit.pk}/confirmation/")
    # A second press while the first still waits changes nothing.
    desk.post(f"/desk/appointment/{visit.pk}/confirmation/")
    assert send_now() == 1
    first = Email.objects.get(kind="confirmation", copy=0)
    assert desk.post(f"/desk/mail/{first.pk}/again/").status_code == 302
    assert send_now() == 1
    assert confirmations(visit) == [("sent", 0), ("sent", 1), ("sent", 2)]
    events = AuditEvent.objects.filter(patient=str(visit.patient_id))
    assert events.filter(action="send mail again").count() == 1
    assert events.filter(action="send confirmation").count() == 2


def test_what_is_not_true_any_more_is_not_sent_again(cast: Cast, desk: Client) -> None:
    visit = booked(cast)
    first = Email.objects.get(kind="confirmation")
    Appointment.objects.update(status="cancelled", cancelled_at=timezone.now())
    answer = desk.post(f"/desk/mail/{first.pk}/again/")
    assert answer.status_code == 409
    assert "the visit is not booked any more" in answer.content.decode()
    assert confirmations(visit) == [("sent", 0)]


def test_a_link_that_went_to_a_mistyped_address_opens_nothing_after_the_correction(
    cast: Cast, desk: Client
) -> None:
    """The address of a stranger was typed; the visit's link in that mail must die with it."""
    visit = booked(cast, email="wilma@example.con")
    strangers_link = str(mail.outbox[-1].body).split("/l/")[1].split()[0]
    page = f"/desk/patient/{visit.patient_id}/contact/"
    contact = desk.get(page).context
    typed = {name: str(value or "") for name, value in contact["form"].initial.items()}
    typed |= {"seen": contact["seen"], "email": "wilma@example.com", "email_sure": "on"}
    assert desk.post(page, typed).status_code == 302
    assert Client().get(f"/l/{strangers_link}").status_code == 404
    assert send_now() == 1
    assert mail.outbox[-1].to == ["wilma@example.com"]
    hers, client = str(mail.outbox[-1].body).split("/l/")[1].split()[0], Client()
    assert client.get(client.get(f"/l/{hers}")["Location"]).status_code == 200
    assert "add its address again" in str(mail.outbox[-1].body)
