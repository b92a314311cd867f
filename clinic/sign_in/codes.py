"""Find the user and the patient that a mailed code signs in. Staff never sign in by code."""

from allauth.account.models import EmailAddress
from django.db import transaction

from clinic.identity.same_person import email_key
from clinic.models.people import Patient, User


@transaction.atomic
def user_for_code(email: str) -> User | None:
    """Return the user a code for this e-mail signs in, or None.

    If a patient has the e-mail but no user does, the user is created. Staff, disabled users and
    strangers get None; the page says the same to all.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None and Patient.objects.current().filter(email_key=email_key(email)).exists():
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    if user is None or user.is_staff or not user.is_active:
        return None
    return user


def link_patient(user: User) -> Patient | None:
    """Connect a user who proved to own the mailbox with the patient row of this e-mail; return it.

    Of several rows it is the newest. The others stay unmatched until staff merge them.
    """
    own = Patient.objects.filter(user=user).first()
    if own is not None or user.is_staff:
        return own
    rows = Patient.objects.current().filter(email_key=email_key(user.email), user__isnull=True)
    patient = rows.order_by("-created_at").first()
    if patient is not None:
        patient.user = user
        patient.save(update_fields=["user"])
    return patient
