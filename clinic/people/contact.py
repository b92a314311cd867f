"""Change a patient's contact data, as staff do, or her e-mail, as her own browser may at first.

Mail owed to her goes to the new address.
"""

from collections.abc import Set
from dataclasses import asdict, dataclass, fields
from datetime import date
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal
from django.utils.crypto import salted_hmac

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import email_key
from clinic.known_patients.queries import likely_matches
from clinic.models.people import Patient, User
from clinic.ownership.epochs import EpochChange, raise_epoch
from clinic.ownership.mailbox import is_proven

# Sent with `patient`, `changed` (names of columns) and `context`, in the transaction in which staff
# changed the contact data.
contact_corrected = Signal()

# How often the browser that made a row may change its e-mail before the mailbox is proven.
MOST_OWN_CHANGES = 3


class ContactRefused(Exception):
    """The contact data was not changed."""


class EmailTaken(ContactRefused):
    """Another user signs in with the new e-mail."""


class ChangedMeanwhile(ContactRefused):
    """Somebody changed the contact data since the page was opened."""


class MustAskFirst(ContactRefused):
    """The e-mail of a proven row changes, and nobody asked for her name and date of birth."""


class NotHersToChange(ContactRefused):
    """The mailbox is proven, it was changed too often, or the row has changed hands."""


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


def has_shown_mailbox(patient: Patient) -> bool:
    """Return whether somebody proved the mailbox, or signs in with the row."""
    return patient.user_id is not None or is_proven(patient)


def must_ask_first(patient: Patient, email: str) -> bool:
    """Return whether staff ask for her name and date of birth before giving her this e-mail."""
    return has_shown_mailbox(patient) and email_key(email) != patient.email_key


@retried
def change_contact(
    *, patient_id: UUID, seen: str, wanted: Contact, context: Context, has_asked: bool = False
) -> Patient:
    """Change the contact data if its fingerprint is still `seen`, and return the patient.

    With another e-mail `change_address` says what ends. `has_asked` says that staff asked for her
    name and date of birth, as they must before they change an e-mail that was proven; the audit
    trail holds it. Raises ContactRefused and Patient.DoesNotExist.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    if fingerprint(patient) != seen:
        raise ChangedMeanwhile
    asks_first = must_ask_first(patient, wanted.email)
    if asks_first and not has_asked:
        raise MustAskFirst
    changed = [name for name, value in asdict(wanted).items() if value != getattr(patient, name)]
    for name in changed:
        if name != "email":
            setattr(patient, name, getattr(wanted, name))
    patient.save()
    if "email" in changed:
        if patient.user is not None and signs_in_somebody_else(wanted.email, patient):
            raise EmailTaken
        change_address(patient, wanted.email, context=context)
    reason = "asked for name and date of birth" if asks_first else ""
    record(context.actor, "change contact", patient, patient=patient, fields=changed, reason=reason)
    contact_corrected.send(sender=Patient, patient=patient, changed=changed, context=context)
    return patient


def change_own_email(*, patient_id: UUID, epoch: int, email: str, context: Context) -> Patient:
    """Change the e-mail of a row whose mailbox nobody proved, for the browser that made it.

    `epoch` is the row's when the browser was let in. Returns the patient with her new epoch, which
    that browser alone is given. Raises NotHersToChange and Patient.DoesNotExist. Whether
    the e-mail is known makes no difference.
    """
    with transaction.atomic():
        patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
        if patient.epoch != epoch or not may_change_own_email(patient):
            raise NotHersToChange
        if email_key(email) == patient.email_key:
            return patient
        patient.own_email_changes += 1
        patient.save(update_fields=["own_email_changes"])
        before = rows_like(patient)
        change_address(patient, email, context=context)
        wait_if_newly_alike(patient, before)
        record(context.actor, "change own e-mail", patient, patient=patient, fields=["email"])
    return patient


def rows_like(patient: Patient) -> set[UUID]:
    """Return the ids of the other rows that are likely hers. One statement."""
    return {one.patient.pk for one in likely_matches([patient])[patient.pk]}


def wait_if_newly_alike(patient: Patient, before: Set[UUID]) -> None:
    """Have staff compare a row that is like another one only since she changed it herself.

    `before` are the rows that were like hers. Where staff change it their form asks them. The
    same statements whether or not somebody is like her. Callers hold the lock of the row.
    """
    is_alike = bool(rows_like(patient) - before)
    patient.is_unmatched = patient.is_unmatched or is_alike
    patient.save(update_fields=["is_unmatched"])


def may_change_own_email(patient: Patient) -> bool:
    """Return whether the browser that made the row may still change its e-mail by itself."""
    is_open = patient.merged_into_id is None and not has_shown_mailbox(patient)
    return is_open and patient.own_email_changes < MOST_OWN_CHANGES


def change_address(patient: Patient, email: str, *, context: Context) -> None:
    """Give the row another address, or none: what the former one had opens nothing any more.

    She signs in with the new one after a code and her date of birth, as everybody does the first
    time; the sessions of her sign-in so far end. A bounce of the former address is forgotten.
    Callers hold the lock of the row.
    """
    is_same_mailbox = email_key(email) == patient.email_key
    had_address, user = bool(patient.email), patient.user
    patient.email, patient.mail_bounced_at = email, None
    if is_same_mailbox:
        patient.save(update_fields=["email", "mail_bounced_at"])
        return
    patient.user, patient.proven_at, patient.disowned_at = None, None, None
    patient.save(update_fields=["email", "mail_bounced_at", "user", "proven_at", "disowned_at"])
    if user is not None:
        user.end_sessions()
    raise_epoch(patient, EpochChange.MOVED if had_address else EpochChange.ADDED, context=context)


def signs_in_somebody_else(email: str, patient: Patient) -> bool:
    """Return whether staff or another patient sign in with this e-mail."""
    other = User.objects.filter(email=email.lower()).first()
    if other is None:
        return False
    is_other = Patient.objects.current().filter(user=other).exclude(pk=patient.pk).exists()
    return other.is_staff or is_other
