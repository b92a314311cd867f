"""The people of the sample clinic, all invented, and how they sign in on a trial."""

from dataclasses import dataclass

from clinic.people.models import User

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
