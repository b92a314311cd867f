"""Whether a patient has answered the questions. Each page, list and mail asks it here."""

from django.db.models import Exists, OuterRef

from booking.models import Referral
from booking.referrals.eligibility import is_stopped_by_urgent_answer
from clinic.models.people import Patient


def have_answers(patient: str = "patient") -> Exists:
    """Return whether the patient in this column has answered, as part of a query.

    What may be booked follows from the answers she sent, so the current referral says since when.
    One that an urgent answer of an unsent form wrote has no such date.
    """
    sent = Referral.objects.current().filter(intake_sent_on__isnull=False)
    return Exists(sent.filter(patient=OuterRef(patient)))


def is_missing(referral: Referral | None) -> bool:
    """Return whether the questions are missing of a patient with this current referral."""
    return referral is None or referral.intake_sent_on is None


def is_asked(patient: Patient, referral: Referral | None) -> bool:
    """Return whether her pages and mails ask the patient of this referral for the questions.

    They do not while an urgent answer of hers is open: nothing else asks for her attention then.
    Nor without a date of birth, since the page with the questions asks for it.
    """
    is_urgent = is_stopped_by_urgent_answer(referral)
    return is_missing(referral) and not is_urgent and patient.born_on is not None


def are_missing(patient: Patient) -> bool:
    """Return whether the questions are missing of this patient."""
    return is_missing(Referral.objects.current().filter(patient=patient).first())
