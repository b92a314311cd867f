"""Begin an intake for a patient on the telephone."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.phones import is_dialable
from clinic.models.people import Patient, User
from clinic.people.contact import change_address
from clinic.people.locking import lock_patient
from intake.intakes.answering import start_intake
from intake.models import Intake


@dataclass(frozen=True)
class MissingContact:
    """Contact data the clinic does not have yet; what it has is not changed here."""

    phone: str = ""
    email: str = ""
    born_on: date | None = None


@retried
def start_for_patient(
    *, patient_id: UUID, missing: MissingContact, by: User, context: Context
) -> Intake:
    """Return the intake that this member of staff fills in for the patient.

    It is a new one, or the draft that the same person began before. Raises Patient.DoesNotExist.
    """
    # Locked, so that a double click begins one intake.
    patient = lock_patient(patient_id)
    _complete(patient, missing, context)
    draft = desk_draft(patient, by)
    return draft or start_intake(contact=None, patient=patient, entered_by=by, context=context)


def desk_draft(patient: Patient, by: User) -> Intake | None:
    """Return the draft that this member of staff began for the patient, or None."""
    drafts = Intake.objects.full().drafts().filter(patient=patient, entered_by=by)
    return drafts.order_by("-saved_at").first()


def lacking(patient: Patient) -> list[str]:
    """Return which contact data the clinic lacks: phone, email, born_on.

    A phone number that nobody can dial is lacking too.
    """
    has = {
        "phone": is_dialable(patient.phone),
        "email": bool(patient.email),
        "born_on": patient.born_on is not None,
    }
    return [name for name, is_there in has.items() if not is_there]


def _complete(patient: Patient, missing: MissingContact, context: Context) -> None:
    """Store what was missing, and record which fields that was, never their values."""
    # Nothing else: the desk changes known contact data on a page of its own.
    added = [name for name in lacking(patient) if getattr(missing, name)]
    for name in added:
        if name != "email":
            setattr(patient, name, getattr(missing, name))
    if added:
        patient.save(update_fields=added)
        if "email" in added:
            change_address(patient, missing.email, context=context)
        record(context.actor, "add contact", patient, patient=patient, fields=added)
