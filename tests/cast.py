"""The people of the tests: two patients, a clinician, a manager, an access administrator."""

from dataclasses import dataclass

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

from clinic.models.people import Clinician, Patient, User
from clinic.practice.facts import PracticeFacts
from tests.factories import make_clinician, make_manager, make_offer, make_patient, make_user

# The clinic of all tests.
ELL_POND = PracticeFacts(
    name="Ell Pond Pelvic PT",
    mail_name="Ell Pond",
    address="41 Lakeview Avenue, Melrose, MA",
    phone="781-555-0142",
    crisis_line="In Massachusetts: Behavioral Health Help Line 833-773-2445.",
    zone="America/New_York",
    state="MA",
    was_opened=True,
)


@dataclass(frozen=True)
class Cast:
    """A row for each of them; `client_for` returns a test client that is signed in as one."""

    manager: User
    clinician: Clinician
    patient: Patient
    other_patient: Patient
    admin: User
    disabled: User


def make_cast() -> Cast:
    """Create the people, and the services they book."""
    make_offer()
    return Cast(
        manager=make_manager(),
        clinician=make_clinician(),
        patient=make_patient(
            user=make_user(email="patient@example.test", is_sample=False),
        ),
        other_patient=make_patient(
            email="other@example.test",
            name="Otherwise Known",
            phone="+17815550199",
            user=make_user(email="other@example.test", is_sample=False),
        ),
        admin=make_user(email="admin@example.test", is_access_admin=True),
        disabled=make_user(email="gone@example.test", is_manager=True, is_active=False),
    )


def client_for(user: User | None = None) -> Client:
    """Return a test client, signed in just now as this user or, without one, as nobody."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        # What a real sign-in notes, and what asks for a fresh one looks at.
        request = HttpRequest()
        request.session = client.session
        record_authentication(request, user, method="password")
        request.session.save()
    return client
