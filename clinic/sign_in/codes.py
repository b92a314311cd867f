"""Find the user and the patient that a mailed code signs in. Staff never sign in by code."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from clinic.identity.same_person import email_key
from clinic.models.people import Patient, User


@transaction.atomic
def user_for_code(email: str) -> User | None:
    """Return the user a code for this e-mail signs in, or None.

    If a patient has the e-mail but no user does, the user is created. Staff, disabled users and
    strangers get None; the page says the same to all. A code alone opens no patient's row
    (`clinic.people.attaching`).
    """
    email = email.strip().lower()
    hers = Q(email_key=email_key(email)) | Q(user__email=email)
    if not Patient.objects.current().filter(hers).exists():
        return None
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return None if user.is_staff or not user.is_active else user
