"""Types for requests: the attributes that middleware and access decorators add.

They are for annotations of views and their helpers only. Django makes every request, so none is an
instance of these classes: never use `isinstance`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

from clinic.models.people import Clinician, Patient, User


class SessionRequest(HttpRequest):
    """Any request, with what SessionLimitsMiddleware adds."""

    session_ended: bool
    # None while nothing is stored in the session.
    session_ends_at: datetime | None


class PublicRequest(SessionRequest):
    """A request to a public page, with the patient of its session, if any."""

    patient: Patient | None


class PatientRequest(PublicRequest):
    """A request of a patient, to a page for patients only."""

    patient: Patient


class StaffRequest(SessionRequest):
    """A request of a member of staff, with the active clinician that this person is, if any."""

    user: User
    clinician: Clinician | None


class ClinicianRequest(StaffRequest):
    """A request of an active clinician."""

    clinician: Clinician


# For decorators: a view with any kind of request, and any arguments from its URL.
P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
S = TypeVar("S", bound=SessionRequest)
View = Callable[Concatenate[R, P], HttpResponse]
