"""Sign in by a mailed code, as a patient does, over the test client."""

import re
from datetime import timedelta

from django.core import mail
from django.test import Client
from django.utils import timezone

from clinic.messages.delivery.sending import send_due


def code_mailed_to(email: str) -> str:
    """Send the mail that is due and return the newest code in a mail to this address."""
    send_due(now=timezone.now() + timedelta(seconds=1))
    texts = [str(one.body) for one in mail.outbox if one.to == [email.lower()]]
    return [found for text in texts for found in re.findall(r"\b\d{6}\b", text)][-1]


def sign_in_by_code(email: str, client: Client | None = None) -> Client:
    """Ask for a code, type it and return the client."""
    client = client or Client()
    client.post("/accounts/login/code/", {"email": email})
    client.post("/accounts/login/code/confirm/", {"code": code_mailed_to(email)})
    return client


def born(year: int, month: int, day: int) -> dict[str, str]:
    """Return a date of birth as the pages post it."""
    parts = {"month": month, "day": day, "year": year}
    return {"birth_gate": "1", **{f"born_on_{name}": str(value) for name, value in parts.items()}}
