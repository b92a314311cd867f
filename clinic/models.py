"""The clinic app's tables, each written in its own room."""

from clinic.audit.models import AuditEvent
from clinic.limits.models import RateCount
from clinic.links.models import AccessLink, BirthDateTries
from clinic.mail.models import Email, Heartbeat
from clinic.people.models import Clinician, Patient, User
from clinic.submissions.models import Submission

__all__ = [
    "AccessLink",
    "AuditEvent",
    "BirthDateTries",
    "Clinician",
    "Email",
    "Heartbeat",
    "Patient",
    "RateCount",
    "Submission",
    "User",
]
