"""What a visit takes is read from its rows, on every page of everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.catalog.first_offer import make_first_offer
from booking.models import Appointment, Service
from tests.cast import client_for, make_cast
from tests.edges.addresses import every_address, fill_clinic
from tests.factories import make_appointment, make_referral
from tests.rounds import rounds

pytestmark = pytest.mark.django_db
# What an evaluation and a first visit take where nobody changes it. "9:00 to 10:30" is no length.
_USUAL = re.compile(r"\b(?:90|ninety)[\s-](?:min\b|minutes?)", re.IGNORECASE)


def test_an_evaluation_of_an_hour_is_one_at_every_address(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    make_first_offer()
    Service.objects.filter(kind="evaluation").update(minutes=60)
    Service.objects.filter(minutes=90).update(minutes=75)
    everybody = fill_clinic()
    people = {one: everybody[one] for one in rounds(("patient", "manager"), tuple(everybody))}
    assert not Service.objects.filter(minutes=90).exists()
    assert Appointment.objects.filter(service__kind="evaluation").exists()
    read, wrong, named = 0, {}, set()
    for at in every_address():
        for role, client in people.items():
            answer = client.get(at.path)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            page = answer.content.decode()
            read += 1
            if found := _USUAL.search(page):
                wrong[f"{at.name} ({role})"] = page[max(0, found.start() - 60) : found.end()]
            if "60 minutes" in page:
                named.add(at.name)
    assert read > 150
    assert wrong == {}
    # The control: the pages that name it are read.
    assert {"prices", "book_home"} <= named


def test_a_booked_visit_takes_what_it_was_booked_for() -> None:
    cast, now = make_cast(), timezone.now()
    make_referral(patient=cast.patient, now=now)
    visit = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=(now + timedelta(days=3)).replace(minute=0, second=0, microsecond=0),
    )
    Service.objects.filter(pk=visit.service_id).update(minutes=60)
    hers, desk = client_for(cast.patient.user), client_for(cast.manager)
    for client, address in (
        (hers, reverse("visits_home")),
        (hers, reverse("manage_visit", args=[visit.pk])),
        (desk, reverse("desk_appointment", args=[visit.pk])),
    ):
        page = client.get(address).content.decode()
        assert "90 minutes" in page, address
        assert "60 minutes" not in page, address
