"""The made-up staff of the sample clinic, and how they sign in on a trial."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from clinic.models.people import Patient, User

SAMPLE_PASSWORD = "first-light-sample"  # noqa: S105 works on a loopback trial only


@dataclass(frozen=True)
class SamplePerson:
    """One made-up member of staff."""

    name: str
    email: str
    is_clinician: bool
    is_manager: bool
    fits_pessaries: bool = False


STAFF = (
    SamplePerson("Ruth Alden", "ruth.alden@sample.example", False, True),
    SamplePerson("Dr. Nora Keane", "nora.keane@sample.example", True, False, True),
    SamplePerson("Dr. Imani Brooks", "imani.brooks@sample.example", True, False, True),
    SamplePerson("Dr. Sofia Lindgren", "sofia.lindgren@sample.example", True, False),
)


def sample_sign_ins() -> list[tuple[str, str, str]]:
    """Return (role, e-mail, password) of each sample user; an empty list if they are not loaded."""
    loaded = set(User.objects.filter(is_sample=True).values_list("email", flat=True))
    return [
        ("Practice manager" if person.is_manager else "Clinician", person.email, SAMPLE_PASSWORD)
        for person in STAFF
        if person.email in loaded
    ]


def is_loaded() -> bool:
    """Return whether this database holds the sample clinic."""
    return User.objects.filter(is_sample=True).exists()


def real_people() -> int:
    """Return how many real users and patients there are.

    A sample patient who signed in has a user that is not marked as sample; it does not count.
    """
    users = User.objects.filter(is_sample=False).exclude(patient__is_sample=True)
    return users.count() + Patient.objects.filter(is_sample=False).count()


def refuse_in_production() -> None:
    """Raise ImproperlyConfigured if a public site would run on a sample clinic's database.

    The passwords in it are public, as the README prints them.
    """
    if settings.TRIAL:
        return
    try:
        found = is_loaded()
    except (OperationalError, ProgrammingError):
        # The database does not answer yet, or has no tables: it is nobody's sample clinic.
        return
    if found:
        raise ImproperlyConfigured(
            "This database holds the sample clinic. Use another one, or run clear_sample first."
        )
