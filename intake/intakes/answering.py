"""Start an intake and save its sections. Urgent answers count from their own page, sent or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.queries import is_known
from clinic.models.people import Patient, User
from clinic.people.locking import lock_patient
from intake.episodes.due_times import today
from intake.intakes.draft_terms import sections_saved
from intake.intakes.locking import lock_form
from intake.models import Intake
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import INTAKE
from intake.triage.evaluate import PARTIAL, Result, evaluate_intake
from intake.urgent.calls import follow_urgent_answers


@dataclass(frozen=True)
class IntakeContact:
    """Who the patient is and how to reach her, as she writes before the first question."""

    name: str
    email: str
    phone: str
    born_on: date
    interpreter: str = ""


@retried
def start_intake(
    *,
    contact: IntakeContact | None,
    patient: Patient | None,
    context: Context,
    set_aside: bool = False,
    entered_by: User | None = None,
    is_sample: bool = False,
    came_by_id: int | None = None,
) -> Intake:
    """Start an intake for a known patient, or for a new patient with this contact.

    Give one of `patient` and `contact`; raises ValueError with neither, and Patient.DoesNotExist
    for a patient who was erased. With a contact the patient
    is always a new row, marked as unmatched when the e-mail, the phone, or name and date of birth
    are known; nothing of an older row is opened, changed or revealed. `set_aside` marks a form that
    a machine seems to have sent, `entered_by` the member of staff who fills it in, `came_by_id`
    the place whose link led her here.
    """
    if patient is None:
        if contact is None:
            raise ValueError("An intake starts with a patient or a contact.")
        patient = _new_patient(contact, is_sample=is_sample)
    else:
        patient = lock_patient(patient.pk)
    intake = Intake.objects.create(
        patient=patient,
        questionnaire_version=INTAKE.version,
        started_at=context.now,
        saved_at=context.now,
        set_aside=set_aside,
        entered_by=entered_by,
        came_by_id=came_by_id,
    )
    record(context.actor, "start intake", intake, patient=patient)
    return intake


def _new_patient(contact: IntakeContact, *, is_sample: bool) -> Patient:
    # Whoever types a known address has not proved that it is hers. Staff match the two rows, or
    # signing in by a mailed code does.
    compared = ComparedContact(contact.name, contact.born_on, contact.phone, contact.email)
    return Patient.objects.create(
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        born_on=contact.born_on,
        interpreter=contact.interpreter,
        is_unmatched=is_known(compared),
        is_sample=is_sample,
    )


@retried
def save_section(
    *,
    intake_id: UUID,
    slug: str,
    posted: Mapping[str, object],
    is_complete: bool,
    context: Context,
) -> Result:
    """Save what was posted on one page and return the partial judgment of everything so far.

    `posted` maps the question ids of that page to JSON values; None removes an answer. With
    `is_complete` the section counts as done. An urgent answer puts the patient on the call list in
    the same transaction. Raises Intake.DoesNotExist when there is no such draft.
    """
    # Locked, because two tabs may save at once and each adds to the same answers.
    intake = lock_form(Intake.objects.drafts(), intake_id)
    intake.raw = merged(intake.raw, posted)
    intake.saved_at = context.now
    # From here on the draft is one of the version in force.
    intake.saved_sections = sections_saved(intake)
    intake.questionnaire_version = INTAKE.version
    if is_complete and slug not in intake.saved_sections:
        intake.saved_sections = [*intake.saved_sections, slug]
    result = evaluate_intake(intake.raw, as_of=today(context.now), mode=PARTIAL)
    follow_urgent_answers(intake, result, answered=posted, context=context)
    intake.save()
    return result
