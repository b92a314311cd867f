"""Visitors who book online without having proven their mailbox, as the tests need them."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from booking.models import Appointment, Service
from booking.scheduling.queries import Search, free_slots_for
from booking.scheduling.timetable import Slot
from booking.terms import current_policy
from clinic.models.people import Patient
from clinic.security.access import SESSION_PATIENT
from tests.factories import NOW, make_patient, make_referral

HOME = "203.0.113.7"


def unproven(number: int, **fields: Any) -> Patient:
    """Make somebody who filled in a form a moment ago, and whose e-mail nobody proved."""
    patient = make_patient(email=f"visitor{number}@example.test", **fields)
    make_referral(patient=patient)
    return patient


def browser_of(patient: Patient, address: str = HOME) -> Client:
    """Return the browser in which she filled in the form, at this address."""
    client = Client(REMOTE_ADDR=address)
    session = client.session
    session[SESSION_PATIENT] = str(patient.pk)
    session.save()
    return client


def free(now: datetime = NOW, days: int = 3) -> list[Slot]:
    """Return the free times of evaluations from that many days ahead on, one for each start."""
    search = Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=now
    )
    found = free_slots_for(search, first_day=now.date() + timedelta(days=days), days=14)
    return list({slot.starts_at: slot for slot in found}.values())


def hold(client: Client, slot: Slot) -> Any:
    """Choose a time on the page of times, and return the response."""
    value = f"{slot.starts_at:%Y-%m-%dT%H:%MZ}|{slot.clinician_id}"
    return client.post("/book/evaluation/keep/", {"slot": value})


def try_to_book(client: Client, slot: Slot) -> Any:
    """Choose a time and confirm it, as far as the pages let one; return the last response."""
    held = hold(client, slot)
    if held.status_code != 302:
        return held
    return client.post(held["Location"], {"exam_wish": ""})


def booked(client: Client, slot: Slot) -> Appointment:
    """Book a time, and return the visit."""
    answer = try_to_book(client, slot)
    assert answer.status_code == 302, answer.content.decode()
    [key] = re.findall(r"/book/done/([\w-]+)/", answer["Location"])
    return Appointment.objects.get(pk=key)
