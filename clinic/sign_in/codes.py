"""Who a mailed code signs in: the patient with this e-mail, never anybody of the staff."""

from allauth.account.models import EmailAddress
from django.db import transaction

from clinic.models.people import Patient, User


@transaction.atomic
def user_for_code(email: str) -> User | None:
    """Return the user a code for this e-mail signs in; made now if a patient has the e-mail.

    Staff, disabled users and strangers get None: the page says the same to all of them.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None and Patient.objects.current().filter(email__iexact=email).exists():
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    if user is None or user.is_staff or not user.is_active:
        return None
    return user


def link_patient(user: User) -> Patient | None:
    """Let a user who proved the mailbox speak for the patient row with this e-mail.

    With several rows it is the newest; the others stay unmatched until staff match them.
    """
    own = Patient.objects.filter(user=user).first()
    if own is not None or user.is_staff:
        return own
    rows = Patient.objects.current().filter(email__iexact=user.email, user__isnull=True)
    patient = rows.order_by("-created_at").first()
    if patient is not None:
        patient.user = user
        patient.save(update_fields=["user"])
    return patient
