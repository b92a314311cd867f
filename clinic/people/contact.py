"""Change a patient's contact data, as staff do. Mail owed to her goes to the new address."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.crypto import salted_hmac

from clinic.audit.record import Actor, record
from clinic.models.people import Patient, User


class ContactRefused(Exception):
    """The contact data was not changed."""


class EmailTaken(ContactRefused):
    """Another user signs in with the new e-mail."""


class ChangedMeanwhile(ContactRefused):
    """Somebody changed the contact data since the page was opened."""


@dataclass(frozen=True)
class Contact:
    """A patient's name, how to reach her, and the language she needs an interpreter for.

    The e-mail and the language may be empty; the phone is in E.164 (+17815550142).
    """

    name: str
    phone: str
    email: str
    born_on: date | None
    interpreter: str


def fingerprint(patient: Patient) -> str:
    """Return a hash of the contact data, by which a page notices that it was changed meanwhile."""
    seen = [getattr(patient, one.name) for one in fields(Contact)]
    return salted_hmac("clinic.people.contact", repr(seen), algorithm="sha256").hexdigest()


@transaction.atomic
def change_contact(*, patient_id: UUID, seen: str, wanted: Contact, actor: Actor) -> Patient:
    """Change the contact data if its fingerprint is still `seen`, and return the patient.

    After a change of e-mail her codes go to the new one, her sessions end, and a bounce of the old
    one is forgotten. Raises ContactRefused and Patient.DoesNotExist.
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
    """Let her sign in with the new e-mail, or not at all if she has none. Raises EmailTaken."""
    user = patient.user
    if user is None:
        return
    email = patient.email.lower()
    if not email:
        # No code can be mailed to her, so she cannot sign in until she gives an address.
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
