"""Starting an intake and keeping each page of it; urgent answers count from their own page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.episodes.due_times import today
from intake.models import Intake
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import INTAKE
from intake.triage.evaluate import PARTIAL, Result, evaluate_intake
from intake.urgent.calls import follow_urgent_answers


@dataclass(frozen=True)
class IntakeContact:
    """Who she is and how to reach her, as asked before the first question."""

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
) -> Intake:
    """Start an intake for a signed-in patient, or for a new patient with this contact.

    A new intake always gets a patient row of its own, marked unmatched when the e-mail or phone
    is known; nothing of an older row is opened, changed or revealed.
    """
    if patient is None:
        if contact is None:
            raise ValueError("An intake starts with a patient or a contact.")
        patient = _new_patient(contact, is_sample=is_sample)
    else:
        # Locked, so that the form does not begin on a row that is just being joined to another.
        patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk).home
    intake = Intake.objects.create(
        patient=patient,
        questionnaire_version=INTAKE.version,
        started_at=context.now,
        saved_at=context.now,
        set_aside=set_aside,
        entered_by=entered_by,
    )
    record(context.actor, "start intake", intake, patient=patient)
    return intake


def _new_patient(contact: IntakeContact, *, is_sample: bool) -> Patient:
    known = Patient.objects.current()
    is_known = (bool(contact.email) and known.filter(email__iexact=contact.email).exists()) or (
        known.filter(phone=contact.phone).exists()
    )
    return Patient.objects.create(
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        born_on=contact.born_on,
        interpreter=contact.interpreter,
        is_unmatched=is_known,
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
    """Keep what was posted on one page and judge everything so far by the urgent rules.

    `posted` maps the question ids of that page to JSON values; None takes an answer away. Raises
    Intake.DoesNotExist when there is no such draft.
    """
    intake = Intake.objects.drafts().select_for_update().get(pk=intake_id)
    intake.raw = merged(intake.raw, posted)
    intake.saved_at = context.now
    if is_complete and slug not in intake.saved_sections:
        intake.saved_sections = [*intake.saved_sections, slug]
    result = evaluate_intake(intake.raw, as_of=today(context.now), mode=PARTIAL)
    follow_urgent_answers(intake, result, context=context)
    intake.save()
    return result
