"""The pages of the questionnaire where they differ for the desk.

The desk fills in the questions for a patient on the telephone. It sees an answer only until the
form is sent, and each time is recorded.
"""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.referrals.eligibility import what_may_be_booked
from clinic.audit.record import actor_of, record
from intake.episodes.due_times import look_by
from intake.flags.said_first import told_first
from intake.models import Intake


def layout_of(intake: Intake) -> str:
    """Return the base template of a question: the patient's, or the desk's with her name on it."""
    return "intake/online_intake/desk_page.html" if intake.entered_by_id else "clinic/web/page.html"


def note_entering(request: HttpRequest, intake: Intake, questions: Iterable[str]) -> None:
    """Record which answers the desk is about to see; does nothing for a patient's own form."""
    if intake.entered_by_id:
        actor = actor_of(request)
        record(actor, "enter answers", intake, patient=intake.patient_id, fields=questions)


def desk_result(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Show the level and what may be booked, never an answer or what follows from a single one."""
    record(actor_of(request), "see level", intake, patient=intake.patient_id)
    context = {
        "intake": intake,
        "told_first": told_first(intake),
        "look_by": look_by(intake),
        "bookable": what_may_be_booked(intake.patient, timezone.now()),
    }
    return render(request, "intake/online_intake/desk_sent.html", context)
