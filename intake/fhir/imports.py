"""Import an intake from a FHIR response, by the same actions, cleaning and rules as online."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.audit.context import Context
from clinic.database.retrying import retried
from clinic.identity.birth_dates import is_possible_birth
from clinic.identity.fields import read_email
from clinic.identity.names import MOST_LETTERS, read_name
from clinic.identity.phones import MOST_STORED, read_phone
from clinic.identity.readings import Unreadable
from clinic.models.people import Patient
from intake.episodes.due_times import today
from intake.fhir.response import Person, Received
from intake.intakes.answering import save_section, start_intake
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.questionnaire.progress import SECTIONS, answers_so_far, is_complete


class ImportRefused(Exception):
    """The response cannot be imported; the message says why."""


@retried
def import_intake(
    *,
    received: Received,
    patient_id: UUID | None,
    as_of: date,
    context: Context,
) -> Intake:
    """Start, save and send an intake with these answers; return it, judged as of `as_of`.

    Without `patient_id` it gets a new patient row, which is unmatched until staff match it. The day
    on which the response says it was written is stored and used by nothing. Raises ImportRefused.
    """
    if as_of > today(context.now):
        raise ImportRefused("The day it is entered cannot lie ahead.")
    patient = _patient(received.person, patient_id, today(context.now))
    intake = start_intake(contact=None, patient=patient, context=context)
    answers = answers_so_far(received.raw, as_of)
    # Page by page as online: an urgent answer is followed up from the page that it is on.
    for slug, section in SECTIONS.items():
        asked = [question.id for question in section.questions]
        save_section(
            intake_id=intake.pk,
            slug=slug,
            posted={one: received.raw[one] for one in asked if one in received.raw},
            is_complete=is_complete(section, answers),
            context=context,
        )
    # Last: saving a section brings a draft into the version in force, and these answers were given
    # to the words of the version that the response names.
    Intake.objects.filter(pk=intake.pk).update(
        authored=received.authored, questionnaire_version=received.version
    )
    return send_intake(intake_id=intake.pk, context=context, as_of=as_of)


def _patient(person: Person, patient_id: UUID | None, day: date) -> Patient:
    """Return the patient the response belongs to, a new one without `patient_id`."""
    if patient_id is None:
        return _from_file(person, day)
    patient = Patient.objects.current().filter(pk=patient_id, erased_at__isnull=True).first()
    if patient is None:
        raise ImportRefused("There is no such patient.")
    # The wrong id must not put somebody's answers into another patient's record.
    if person.born_on and patient.born_on and person.born_on != patient.born_on:
        raise ImportRefused("The response is about somebody with another date of birth.")
    return patient


def _from_file(person: Person, day: date) -> Patient:
    """Create an unmatched patient; an e-mail or a date that cannot be right is left empty.

    A phone number that cannot be read stays as it is written, so that staff see what there is.
    """
    is_possible = person.born_on is not None and is_possible_birth(person.born_on, day)
    return Patient.objects.create(
        # Cut to what the columns hold.
        name=_name(person.name),
        email=read_email(person.email),
        phone=read_phone(person.phone) or person.phone.strip()[:MOST_STORED],
        born_on=person.born_on if is_possible else None,
        interpreter=person.interpreter[:40],
        is_unmatched=True,
    )


def _name(text: str) -> str:
    try:
        return read_name(text[:MOST_LETTERS])
    except Unreadable:
        return _("Patient from a file")
