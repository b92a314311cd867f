"""Everything kept about one patient that is hers to have, in words. Opens all that is sealed.

See intake.whole_record.actions, which record it. What is left out is named on the page.
"""

from datetime import datetime

from clinic.models.people import Patient
from intake.emergency_contact.actions import ContactDetails
from intake.models import EmergencyContact
from intake.visit_records.queries import signed_records
from intake.whole_record.care import forms_part, tasks_part
from intake.whole_record.dealings import (
    contact_part,
    mails_part,
    packages_part,
    permission_part,
    visits_part,
    wishes_part,
)
from intake.whole_record.parts import WholeRecord

# Names of what is sealed besides the answers, for the audit trail.
EMERGENCY_CONTACT, VISIT_RECORDS, TEAM_NOTES = "emergency contact", "visit records", "team notes"


def whole_record(patient: Patient, *, now: datetime, with_team_notes: bool) -> WholeRecord:
    """Return the record as it is at `now`, each sealed thing opened in this one pass.

    `with_team_notes` adds what staff wrote for each other: notes, and reasons they typed.
    """
    emergency = _emergency_contact(patient)
    records = {record.appointment_id: record for record in signed_records(patient.pk)}
    forms, questions = forms_part(patient, now, with_team_notes=with_team_notes)
    is_there = {
        EMERGENCY_CONTACT: emergency is not None,
        VISIT_RECORDS: bool(records),
        TEAM_NOTES: with_team_notes,
    }
    parts = [
        contact_part(patient, emergency),
        permission_part(patient),
        forms,
        visits_part(patient, records, with_team_notes=with_team_notes),
        packages_part(patient, now, with_team_notes=with_team_notes),
        tasks_part(patient, with_team_notes=with_team_notes),
        wishes_part(patient),
        mails_part(patient),
    ]
    opened = questions | {name for name, found in is_there.items() if found}
    return WholeRecord(parts, frozenset(opened), with_team_notes)


def _emergency_contact(patient: Patient) -> ContactDetails | None:
    row = EmergencyContact.objects.filter(patient=patient).first()
    return ContactDetails(**row.content) if row is not None else None
