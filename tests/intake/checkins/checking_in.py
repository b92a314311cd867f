"""Factories: a package in progress, visits that have check-ins, and check-ins that were sent."""

from datetime import datetime, timedelta
from typing import Any

from booking.models import Appointment, Enrollment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Clinician, Patient
from intake.checkins.actions import save_checkin, send_checkin
from intake.models import Intake
from tests.factories import NOW, make_appointment, make_enrollment
from tests.intake.posting import whole_checkin
from tests.intake.review.reviewing import make_intake
from tests.intake.samples import checkin

DAY = timedelta(days=1)
FINE = checkin()
POSTED_FINE = whole_checkin(
    {
        "ci_warning": "none",
        "ci_leak_frequency": "never",
        "ci_heavy_frequency": "never",
        "ci_pain_worst": "0",
        "ci_load": "walk30",
        "ci_worry": "2",
    }
)


def make_package(patient: Patient, *, now: datetime = NOW) -> Enrollment:
    """Send a clear intake for the patient and enroll her in the package."""
    intake = make_intake(patient=patient, now=now)
    referral = intake.patient.referrals.get(superseded_at=None)
    return make_enrollment(patient=patient, referral=referral, now=now)


def make_visit(
    package: Enrollment, clinician: Clinician, number: int, starts_at: datetime, **fields: Any
) -> Appointment:
    """Book one visit of the package."""
    return make_appointment(
        patient=package.patient,
        clinician=clinician,
        starts_at=starts_at,
        service=f"rr{number}",
        enrollment=package,
        visit_number=number,
        **fields,
    )


def check_in(visit: Appointment, *, now: datetime, **answers: Any) -> Intake:
    """Send a check-in for the visit, all fine but for these answers (ids without the "ci.")."""
    said = checkin({f"ci.{name}": value for name, value in answers.items()})
    draft, _ = save_checkin(appointment_id=visit.pk, posted=said, context=Context(SYSTEM, now))
    return send_checkin(checkin_id=draft.pk, context=Context(SYSTEM, now))
