"""One patient's whole record as a FHIR bundle. Opens sealed answers: see intake.fhir.exports."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from booking.billing.queries import owed_cents
from booking.models import Appointment
from booking.scheduling.queries import current_referral
from clinic.messages.history import mails_sent_to
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date
from intake.concerns.actions import unresolved_flags
from intake.episodes.undo_window import can_be_undone
from intake.fhir.parts import Resource
from intake.fhir.resources import (
    appointment_resource,
    bundle_resource,
    decision_resource,
    findings_resources,
    flag_resource,
    instant,
    mail_resource,
    package_invoice,
    patient_resource,
    referral_resource,
    task_resource,
    urn,
    visit_invoice,
)
from intake.fhir.response import response_resource
from intake.models import EmergencyContact, Flag, Intake, Task
from intake.questionnaire.answers import Answers, clean
from intake.questionnaire.earlier_versions import form_in
from intake.visit_records.queries import signed_records


def record_bundle(
    patient: Patient, *, now: datetime, with_team_notes: bool
) -> tuple[Resource, set[str]]:
    """Return the bundle, and what is in it: ids of questions, and kinds of resources.

    It holds sent forms with their flags and decisions, the current referral, every visit but
    released holds with what was found there and what was paid for it, packages with payments, what
    the clinic owed her, the emergency contact, and which mails were sent. Scores and drafts are
    left out; without `with_team_notes` also what staff wrote for each other.
    """
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    emergency = EmergencyContact.objects.filter(patient=patient).first()
    resources = [patient_resource(patient, emergency.content if emergency else None)]
    seen = set[str]()
    for intake in _sent(patient):
        answers = _answers(intake)
        seen.update(answers.values)
        resources += _form_resources(intake, answers, now, with_team_notes)
    referral = current_referral(patient)
    if referral is not None:
        resources.append(referral_resource(referral, today))
    visits = patient.appointments.exclude(status=Appointment.Status.RELEASED)
    visits = visits.select_related("service", "clinician").order_by("starts_at")
    visits = visits.prefetch_related("payments")
    resources += [appointment_resource(visit) for visit in visits]
    for record in signed_records(patient.pk):
        resources += findings_resources(record, with_team_notes=with_team_notes)
    packages = patient.enrollments.select_related("policy").prefetch_related("payments")
    packages = packages.select_related("version")
    resources += [package_invoice(one, owed_cents(one)) for one in packages.order_by("enrolled_at")]
    resources += [visit_invoice(visit) for visit in visits if visit.price_cents]
    resources += [task_resource(one) for one in _tasks(patient, with_team_notes=with_team_notes)]
    resources += [mail_resource(one, patient) for one in mails_sent_to(patient)]
    return bundle_resource(resources, now), seen | {one["resourceType"] for one in resources}


def _tasks(patient: Patient, *, with_team_notes: bool) -> QuerySet[Task]:
    # Comparing is about somebody else's record as well: a file that she is given may not tell whom
    # else we know.
    rows = Task.objects.filter(patient=patient, merged_into=None).exclude(kind=Task.Kind.COMPARE)
    if not with_team_notes:
        rows = rows.exclude(kind=Task.Kind.DESK_NOTE)
    return rows.order_by("created_at", "pk")


def _sent(patient: Patient) -> Iterator[Intake]:
    """Return the sent forms, oldest first, with all that their resources need."""
    rows = patient.intakes.sent().order_by("sent_at")
    return iter(
        rows.prefetch_related("flags__intake", "decisions__intake", "decisions__decided_by")
    )


def _answers(intake: Intake) -> Answers:
    assert intake.as_of is not None  # a constraint says so of every sent form
    form = form_in(intake.kind, intake.questionnaire_version)
    # A form that could not be judged has no effective answers stored: they are cleaned here.
    return clean(form, intake.answers or intake.raw, intake.as_of)


def _form_resources(
    intake: Intake, answers: Answers, now: datetime, with_team_notes: bool
) -> Iterator[Resource]:
    """Yield the response of a sent form, then its flags and its decisions."""
    assert intake.sent_at is not None  # only sent forms are exported
    base, version = settings.SITE_URL, intake.rules_version
    yield {
        **response_resource(answers, base),
        "id": str(intake.pk),
        # "amended" is FHIR's word for a response that corrects an earlier one.
        "status": "completed" if intake.replaces_id is None else "amended",
        "subject": {"reference": urn(intake.patient_id)},
        "authored": instant(intake.sent_at),
    }
    unresolved = {flag.pk for flag in unresolved_flags(intake)}
    for flag in sorted(intake.flags.all(), key=lambda flag: flag.rule):
        # A caution flag has no concern: it stands unless a clinician overrode it.
        is_caution = flag.level not in Flag.MUST_BE_MARKED
        is_active = not flag.overridden_at if is_caution else flag.pk in unresolved
        yield flag_resource(flag, base, version, intake.sent_at, is_active=is_active)
    for decision in intake.decisions.all():
        # What was taken back within its minute, or still may be, she was never told.
        is_told = not decision.withdrawn_at and not can_be_undone(decision.decided_at, now)
        if not is_told and not with_team_notes:
            continue
        yield decision_resource(decision, base, version, with_team_note=with_team_notes)
