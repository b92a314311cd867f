"""The link with which a patient answers the questions as herself, and the mails that carry it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.dispatch import receiver
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.referrals.questions import is_asked
from booking.scheduling.queries import current_referral
from booking.signals import Invitation, visit_mail_written
from clinic.models.people import Patient
from clinic.security.private_links import issue

# Intake registers the page to which links of this purpose lead.
QUESTIONS = "questions"
# For whoever has no visit ahead.
LIVES = timedelta(days=30)


def about(patient_id: UUID) -> str:
    """Return the name by which links and mails refer to the questions of this patient."""
    return f"questions:{patient_id}"


def may_open(patient: Patient) -> bool:
    """Return whether a link would open anything: the page asks for her date of birth."""
    return patient.born_on is not None


def link_until(patient: Patient, until: datetime) -> str:
    """Return a new link to the questions that works until then."""
    return issue(purpose=QUESTIONS, about=about(patient.pk), patient=patient, expires_at=until)


@receiver(visit_mail_written)
def invite(appointment: Appointment, now: datetime, **kwargs: Any) -> Invitation | None:
    """Answer with a line and her link while the questions are missing before this visit."""
    patient = appointment.patient.home
    if not is_asked(patient, current_referral(patient)):
        return None
    link = link_until(patient, appointment.starts_at)
    return Invitation(_("Please answer our questions before you come:"), link)
