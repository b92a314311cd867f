"""Find the appointment a page is about, check who may see it, and read the revisions it posted."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.crypto import salted_hmac

from booking.models import Appointment
from booking.models.catalog import MOST_VISITS
from booking.reminders.actions import about
from booking.reminders.neutral_words import MANAGE
from clinic.security.access import public, session_patient
from clinic.security.link_pages import opened
from clinic.security.requests import PatientRequest, PublicRequest


def posted_rev(request: HttpRequest) -> int:
    """Return the posted revision of the visit; -1, which no visit has, if it cannot be read."""
    return _as_rev(request.POST.get("rev", ""))


def posted_visits(request: HttpRequest) -> dict[UUID, int]:
    """Return the visits that were posted as `id:revision`.

    One value that cannot be read makes the answer empty, so that the action refuses the whole form.
    """
    found = {}
    # No package has more visits: whatever comes after that many is not from our page.
    for value in request.POST.getlist("visits")[:MOST_VISITS]:
        key, _, rev = value.partition(":")
        try:
            found[UUID(key)] = _as_rev(rev)
        except ValueError:
            return {}
    return found


def _as_rev(value: str) -> int:
    # `isdecimal` alone allows other digits, and a number too long for the column is an error there.
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 9 else -1


def holder_key(request: HttpRequest) -> str:
    """Return the key under which this browser session holds times.

    It is a keyed hash: whoever reads an appointment must not learn the session's key.
    """
    # A session has no key until it is saved for the first time.
    if request.session.session_key is None:
        request.session.create()
    session = request.session.session_key or ""
    return salted_hmac("booking.holder", session, algorithm="sha256").hexdigest()


def own_appointment(request: PatientRequest, appointment_id: UUID) -> Appointment:
    """Return the appointment if it is this patient's own. Raises Http404 otherwise."""
    patient = request.patient
    rows = Appointment.objects.select_related("clinician", "service", "policy")
    row = rows.filter(pk=appointment_id, patient=patient).first()
    if row is None:
        raise Http404
    # Saves a statement: the row of the signed-in patient is loaded already.
    row.patient = patient
    return row


class VisitRequest(PatientRequest):
    """A request about the patient's own visit, by its private link or in her session."""

    # False for the private link.
    is_own_session: bool


VisitView = Callable[Concatenate[VisitRequest, Appointment, ...], HttpResponse]


def with_own_visit(view: VisitView) -> Callable[..., HttpResponse]:
    """Decorate a view so that only the patient of the visit and holders of its link may enter.

    The view gets the appointment in place of its id. Everybody else gets a 404.
    """

    @wraps(view)
    def inner(request: PublicRequest, appointment_id: UUID, **rest: int) -> HttpResponse:
        rows = Appointment.objects.select_related(
            "clinician", "service", "policy", "patient", "enrollment__policy"
        )
        # A hold has no page and no link yet.
        row = rows.filter(pk=appointment_id).agreed().first()
        patient = session_patient(request)
        is_own = row is not None and patient is not None and row.patient_id == patient.pk
        if row is None or not (is_own or opened(request, MANAGE, about(row))):
            raise Http404
        visit_request = cast("VisitRequest", request)
        visit_request.patient = row.patient
        visit_request.is_own_session = is_own
        return view(visit_request, row, **rest)

    return public(reason="the private link or the patient's own session is the key")(inner)


def visit_of(appointment_id: UUID) -> Appointment:
    """Return the visit for a page of the staff, with its related rows. Raises Http404."""
    rows = Appointment.objects.select_related(
        "patient", "clinician", "room", "service", "policy", "enrollment__policy"
    )
    return get_object_or_404(rows, pk=appointment_id)
