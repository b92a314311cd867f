"""What the planner's pages need to know: for whom they plan, their addresses, and one row."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from booking.appointments.access import holder_key
from booking.models import Appointment, Service
from booking.online_booking.proving import prove_first_page
from booking.planner.forms import time_value
from booking.planner.plan import PlannedVisit
from booking.reason_text import sentences
from booking.refusals import MailboxFirst, Refused
from clinic.models.people import Patient
from clinic.security.requests import PatientRequest


@dataclass(frozen=True)
class PlanRow:
    """One visit of the package on the page: booked already, planned, or without a time.

    `has_moved` marks a visit that could not stay at its chosen time, `reason` says why a visit has
    none, `change` is the address at which to choose another one.
    """

    number: int
    service: Service
    booked: Appointment | None = None
    planned: PlannedVisit | None = None
    clinician: str = ""
    has_moved: bool = False
    reason: str = ""
    change: str = ""

    @property
    def value(self) -> str:
        """The planned time as the form carries it, empty without one."""
        if self.planned is None:
            return ""
        return time_value(self.planned.slot.starts_at, self.planned.slot.clinician_id)


@dataclass(frozen=True)
class PlannerContext:
    """For whom the pages plan, and their addresses: the patient's own or those of the desk.

    `base` is the template to extend; `page`, `send` and `back` are addresses. `change` is the
    address at which to choose another time, with 0 in place of the visit's number. `not_open`
    renders a refusal.
    """

    patient: Patient
    base: str
    page: str
    send: str
    back: str
    change: str
    not_open: Callable[[Refused], HttpResponse]
    holder_key: str = ""
    by_staff: bool = False

    def change_of(self, number: int) -> str:
        """Return the address at which to choose another time for this visit."""
        return self.change.replace("/0/", f"/{number}/")


def own_planner(request: PatientRequest) -> PlannerContext:
    """Return the context of the patient's own pages."""
    return PlannerContext(
        patient=request.patient,
        base="clinic/web/page.html",
        page=reverse("plan"),
        send=reverse("plan_hold"),
        back=reverse("package"),
        # A URL pattern with a number cannot be reversed without one: 0 stands for any visit.
        change=reverse("plan_change", args=[0]),
        not_open=lambda refusal: _not_open(request, refusal),
        holder_key=holder_key(request),
    )


def _not_open(request: PatientRequest, refusal: Refused) -> HttpResponse:
    if isinstance(refusal, MailboxFirst):
        return prove_first_page(request, reverse("plan"), status=409)
    reasons = {"reasons": sentences(refusal.reasons)}
    return render(request, "booking/online_booking/not_open.html", reasons, status=409)
