"""Store, take away, merge and open the emergency contact of a patient. Nothing else does."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.models import EmergencyContact


@dataclass(frozen=True)
class ContactDetails:
    """What a patient gave. Texts are "" where she gave nothing."""

    name: str = ""
    phone: str = ""
    relation: str = ""
    address: str = ""
    may_say_care: bool = False


@retried
def save_emergency_contact(
    *, patient_id: UUID, details: ContactDetails, context: Context, by: User | None = None
) -> EmergencyContact:
    """Store what the patient gave, in place of what she gave before.

    `by` is the member of staff who entered it. Raises Patient.DoesNotExist.
    """
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    row = EmergencyContact.objects.filter(patient=patient).first()
    row = row or EmergencyContact(patient=patient)
    row.content, row.saved_at, row.entered_by = asdict(details), context.now, by
    row.save()
    record(context.actor, "save emergency contact", row, patient=patient)
    return row


@retried
def remove_emergency_contact(*, patient_id: UUID, context: Context) -> None:
    """Take away what the patient gave, if she gave anything."""
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    removed, _rows = EmergencyContact.objects.filter(patient=patient).delete()
    if removed:
        record(context.actor, "remove emergency contact", patient, patient=patient)


def merge_emergency_contacts(*, kept: Patient, merged: Patient) -> None:
    """Give `kept` the contact of `merged` if it has none of its own; else that one is taken away.

    Runs in the caller's transaction, which holds both rows.
    """
    of_merged = EmergencyContact.objects.filter(patient=merged)
    if EmergencyContact.objects.filter(patient=kept).exists():
        of_merged.delete()
    else:
        of_merged.update(patient=kept)


def saved_at(patient_id: UUID) -> datetime | None:
    """Return when the patient gave one (UTC), or None. Opens nothing."""
    rows = EmergencyContact.objects.filter(patient=patient_id)
    return rows.values_list("saved_at", flat=True).first()


def open_emergency_contact(*, patient_id: UUID, context: Context) -> ContactDetails | None:
    """Record that it is opened, and return it; None if she gave none.

    The caller makes sure that the reader is a clinician and that nobody reached her.
    """
    row = EmergencyContact.objects.filter(patient=patient_id).first()
    if row is None:
        return None
    record(context.actor, "open emergency contact", row, patient=patient_id)
    return ContactDetails(**row.content)
