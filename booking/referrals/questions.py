"""Whether a patient has answered the questions. Each page, list and mail asks it here."""

from django.db.models import Exists, OuterRef

from booking.models import Referral
from clinic.models.people import Patient


def have_answers(patient: str = "patient") -> Exists:
    """Return whether the patient in this column has answered, as part of a query.

    What may be booked follows from the answers, so whoever has no current referral has given none.
    """
    return Exists(Referral.objects.current().filter(patient=OuterRef(patient)))


def is_missing(referral: Referral | None) -> bool:
    """Return whether the questions are missing of a patient with this current referral."""
    return referral is None


def are_missing(patient: Patient) -> bool:
    """Return whether the questions are missing of this patient."""
    return is_missing(Referral.objects.current().filter(patient=patient).first())
