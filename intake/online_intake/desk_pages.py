"""What differs when the desk fills in the questions for a patient on the telephone."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.referrals.eligibility import what_may_be_booked
from clinic.audit.record import actor_of, record
from intake.episodes.due_times import look_by
from intake.models import Intake


def layout_of(intake: Intake) -> str:
    """Return the page around a question: the patient's, or the staff's with her name on it."""
    return "intake/online_intake/desk_page.html" if intake.entered_by_id else "clinic/web/page.html"


def note_entering(request: HttpRequest, intake: Intake, questions: Iterable[str]) -> None:
    """Record which answers the desk is about to see in the form it fills in."""
    if intake.entered_by_id:
        actor = actor_of(request)
        record(actor, "enter answers", intake, patient=intake.patient_id, fields=questions)


def desk_result(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Show how serious it is and what may be booked; never an answer, nor what follows from one."""
    record(actor_of(request), "see level", intake, patient=intake.patient_id)
    context = {
        "intake": intake,
        "look_by": look_by(intake),
        "bookable": what_may_be_booked(intake.patient, timezone.now()),
    }
    return render(request, "intake/online_intake/desk_sent.html", context)
