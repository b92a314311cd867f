"""Test clients for five kinds of people in the sample clinic, and where each of them starts."""

import pytest
from django.test import Client

from booking.models import Appointment
from clinic.models.people import Patient, User
from tests.cast import client_for
from tests.intake.online_intake.test_flow import SAFE, birth, post, start

# Marked as long: staff have by far the most pages and fields.
ROLES = [
    "anybody",
    "filling in",
    "patient",
    pytest.param("clinician", marks=pytest.mark.long),
    pytest.param("manager", marks=pytest.mark.long),
]


def visitor(role: str) -> tuple[Client, list[str]]:
    """Return a test client for this kind of person, and the addresses to start from."""
    if role == "manager":
        return client_for(User.objects.get(is_manager=True)), ["/desk/", "/review/tasks/"]
    if role == "clinician":
        user = User.objects.filter(clinician__isnull=False).earliest("pk")
        return client_for(user), ["/review/"]
    if role == "patient":
        visit = Appointment.objects.filter(status="booked").latest("starts_at")
        user = User.objects.create_user("she@sample.example", is_sample=True)
        Patient.objects.filter(pk=visit.patient_id).update(user=user, email=user.email)
        return client_for(user), ["/visits/", "/book/", f"/book/visit/{visit.pk}/"]
    if role == "filling in":
        client = start(Client())
        post(client, "safety", SAFE)
        post(client, "birth", birth())
        sections = ["running", "leaking", "heaviness", "pain", "ready", "care"]
        return client, [f"/intake/{slug}/" for slug in ("safety", "birth", *sections)]
    return Client(), ["/", "/intake/", "/accounts/login/", "/accounts/login/code/"]
