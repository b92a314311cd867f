"""A patient's contact data, changed by staff; what is owed to her goes to the new address."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.crypto import salted_hmac

from clinic.audit.record import Actor, record
from clinic.models.people import Patient, User


class ContactRefused(Exception):
    """Nothing was changed."""


class EmailTaken(ContactRefused):
    """Somebody else signs in with the new e-mail."""


class ChangedMeanwhile(ContactRefused):
    """Somebody changed the contact data since the page was opened."""


@dataclass(frozen=True)
class Contact:
    """How a patient is called, reached and talked to.

    An e-mail may be missing; the phone is +17815550142; `interpreter` is a language, or empty.
    """

    name: str
    phone: str
    email: str
    born_on: date | None
    interpreter: str


def fingerprint(patient: Patient) -> str:
    """Return what a page carries to tell whether the contact data was changed meanwhile."""
    seen = [getattr(patient, one.name) for one in fields(Contact)]
    return salted_hmac("clinic.people.contact", repr(seen), algorithm="sha256").hexdigest()


@transaction.atomic
def change_contact(*, patient_id: UUID, seen: str, wanted: Contact, actor: Actor) -> Patient:
    """Change the contact data, if it still has the fingerprint the page showed.

    With a new e-mail she signs in by a code to that one, and a bounce of the old one is forgotten.
    Raises ContactRefused and Patient.DoesNotExist.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    if fingerprint(patient) != seen:
        raise ChangedMeanwhile
    changed = [name for name, value in asdict(wanted).items() if value != getattr(patient, name)]
    for name in changed:
        setattr(patient, name, getattr(wanted, name))
    if "email" in changed:
        patient.mail_bounced_at = None
        _move_sign_in(patient)
    patient.save()
    record(actor, "change contact", patient, patient=patient, fields=changed)
    return patient


def _move_sign_in(patient: Patient) -> None:
    user = patient.user
    if user is None:
        return
    email = patient.email.lower()
    if not email:
        # Without an address nobody can be sent a code: she has no sign-in until she gives one.
        patient.user = None
        user.is_active = False
        user.save(update_fields=["is_active"])
        return
    if User.objects.exclude(pk=user.pk).filter(email=email).exists():
        raise EmailTaken
    user.email = email
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).update(email=email, verified=False)
    user.end_sessions()
