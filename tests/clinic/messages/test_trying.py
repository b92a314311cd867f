"""Whoever gives access sends a mail to herself, and reads on the page what came of it."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email, Heartbeat
from tests.cast import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return client_for(make_user(email="ada@example.test", is_access_admin=True))


def page(admin: Client) -> str:
    return " ".join(admin.get(reverse("mail_test")).content.decode().split())


def test_it_goes_by_the_outbox_and_the_sender_to_whoever_asked(
    admin: Client, settings: Any
) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST = "smtps://mail.example", "mail.example"
    assert "Mail goes to mail.example" in page(admin)
    assert "The last test" not in page(admin)
    assert admin.post(reverse("mail_test")).status_code == 302
    assert mail.outbox == []
    assert "nothing has sent mail for three minutes" in page(admin)
    Heartbeat.objects.update_or_create(job="send_due", defaults={"at": timezone.now()})
    assert "It is on its way" in page(admin)
    send_due()
    [sent] = mail.outbox
    assert sent.to == ["ada@example.test"]
    assert "Now look into the mailbox of ada@example.test" in page(admin)
    assert AuditEvent.objects.filter(action="test the mail server").count() == 1


def test_pressing_again_while_one_is_under_way_sends_one(admin: Client) -> None:
    for _ in range(5):
        admin.post(reverse("mail_test"))
    send_due()
    assert len(mail.outbox) == 1
    admin.post(reverse("mail_test"))
    assert Email.objects.count() == 2


def test_what_the_server_answered_is_shown(admin: Client, monkeypatch: Any) -> None:
    admin.post(reverse("mail_test"))

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise smtplib.SMTPConnectError(421, b"busy")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    send_due()
    assert "Not yet: " in page(admin)
    assert "It is tried again" in page(admin)
    # In time it is given up, and does not arrive hours later.
    Email.objects.update(useless_after=timezone.now(), next_try_at=timezone.now())
    send_due()
    assert "It did not go out: too late to be of use." in page(admin)


def test_an_old_test_is_no_news(admin: Client) -> None:
    admin.post(reverse("mail_test"))
    Email.objects.update(due_at=timezone.now() - timedelta(minutes=11))
    assert "The last test" not in page(admin)


def test_on_a_trial_the_page_says_that_mail_reaches_nobody(admin: Client) -> None:
    assert "Mail lands in a folder of this machine" in page(admin)
    admin.post(reverse("mail_test"))
    send_due()
    assert "It was written into that folder at" in page(admin)
    assert "Now look into the mailbox" not in page(admin)
