"""A patient who changes her e-mail: her browser, both mailboxes, and what is pressed in them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.core import mail
from django.test import Client
from django.utils import timezone

from clinic.messages.delivery.sending import send_due
from clinic.models.people import Patient
from tests.cast import Cast, client_for
from tests.clinic.sign_in.coding import born

PAGE = "/visits/email/"
OLD, NEW = "patient@example.test", "new@example.test"
BORN = born(1992, 5, 4)


def signed_in(cast: Cast) -> Client:
    """Return her browser, in which she signed in and gave her date of birth."""
    client = client_for(cast.patient.user)
    client.post(PAGE, BORN)
    return client


def links_mailed_to(address: str, *, since: int = 0) -> list[str]:
    """Send what is due and return the paths of the links mailed to this address, in their order."""
    send_due(now=timezone.now() + timedelta(seconds=1))
    texts = [str(one.body) for one in mail.outbox[since:] if one.to == [address]]
    found = [link for text in texts for link in re.findall(r"\S+/l/\S+", text)]
    return [urlsplit(one).path for one in found]


def open_link(path: str, client: Client | None = None) -> tuple[Client, str]:
    """Open a mailed link in a browser; return the browser and the address of the page."""
    client = client or Client()
    answer = client.get(path)
    assert answer.status_code == 302, path
    return client, answer["Location"]


def press(path: str) -> str:
    """Open a mailed link, press what it asks for, and return the page after it."""
    client, page = open_link(path)
    return client.post(page, follow=True).content.decode()


def email_of(cast: Cast) -> str:
    return Patient.objects.get(pk=cast.patient.pk).email
