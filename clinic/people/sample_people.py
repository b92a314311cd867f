"""The people of the sample clinic, all invented, and how they sign in on a trial."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from clinic.models.people import Patient, User

SAMPLE_PASSWORD = "first-light-sample"  # noqa: S105 works on a loopback trial only


@dataclass(frozen=True)
class SamplePerson:
    """One invented member of staff."""

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
    """Return (role, e-mail, password) of the sample staff, or nothing when they are not loaded."""
    loaded = set(User.objects.filter(is_sample=True).values_list("email", flat=True))
    return [
        ("Practice manager" if person.is_manager else "Clinician", person.email, SAMPLE_PASSWORD)
        for person in STAFF
        if person.email in loaded
    ]


def is_loaded() -> bool:
    """Tell whether this database is a sample clinic's."""
    return User.objects.filter(is_sample=True).exists()


def real_people() -> int:
    """Return how many people in this database are not made up, patients' own sign-ins left out."""
    users = User.objects.filter(is_sample=False).exclude(patient__is_sample=True)
    return users.count() + Patient.objects.filter(is_sample=False).count()


def refuse_in_production() -> None:
    """Stop the start of a public site on a sample clinic's database.

    Its passwords are printed in the README. Raises ImproperlyConfigured. A database that does not
    answer yet, or is empty, is nobody's sample.
    """
    if settings.TRIAL:
        return
    try:
        found = is_loaded()
    except (OperationalError, ProgrammingError):
        return
    if found:
        raise ImproperlyConfigured(
            "This database holds the sample clinic. Use another one, or run clear_sample first."
        )
