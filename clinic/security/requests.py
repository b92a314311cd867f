"""What a request carries beside Django's own attributes, by who was let in.

Django makes every request; middleware and access decorators add to it. These classes say what, for
the annotations of views and their helpers. No request is ever an instance of one: never ask with
`isinstance`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

from clinic.models.people import Clinician, Patient, User


class SessionRequest(HttpRequest):
    """Any request: the middleware has seen whether its session is over, and when it ends."""

    session_ended: bool
    # None while nothing is stored in the session.
    session_ends_at: datetime | None


class PublicRequest(SessionRequest):
    """A request to a page for everybody, with the patient whom its session speaks for, if any."""

    patient: Patient | None


class PatientRequest(PublicRequest):
    """A request of a patient."""

    patient: Patient


class StaffRequest(SessionRequest):
    """A request of somebody who works here, and the active clinician that this person is, if so."""

    user: User
    clinician: Clinician | None


class ClinicianRequest(StaffRequest):
    """A request of an active clinician."""

    clinician: Clinician


# What a decorator takes and gives: a view, whatever its request carries and its address holds.
P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
S = TypeVar("S", bound=SessionRequest)
View = Callable[Concatenate[R, P], HttpResponse]
