"""The models of the clinic app. Django finds them here; each is written in its own module."""

from clinic.models.audit import AuditDetail, AuditEvent, AuditSeal
from clinic.models.kept_forms import KeptForm
from clinic.models.keys import KeyCheck
from clinic.models.limits import RateCount
from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Asked, Email, Heartbeat
from clinic.models.own_sessions import SignedIn
from clinic.models.people import Clinician, Patient, User
from clinic.models.practice import ClinicFacts, HeardFrom, LinkCount, MailTest, WeeklyHours
from clinic.models.sign_in import KnownBrowser, MailedCode, StoredSession, TryCount, UsedStep
from clinic.models.submissions import Submission

__all__ = [
    "AccessLink",
    "Asked",
    "AuditDetail",
    "AuditEvent",
    "AuditSeal",
    "BirthDateTries",
    "ClinicFacts",
    "Clinician",
    "Email",
    "HeardFrom",
    "Heartbeat",
    "KeptForm",
    "KeyCheck",
    "KnownBrowser",
    "LinkCount",
    "MailTest",
    "MailedCode",
    "Patient",
    "RateCount",
    "SignedIn",
    "StoredSession",
    "Submission",
    "TryCount",
    "UsedStep",
    "User",
    "WeeklyHours",
]
