"""The pages after sending: what the answers mean, and all answers for paper."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.referrals.eligibility import what_may_be_booked
from clinic.audit.record import actor_of, record
from clinic.security.access import public, signed_in_patient_only
from clinic.security.birth_date_gate import after_birth_date
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import PatientRequest, PublicRequest
from intake.emergency_contact.actions import saved_at
from intake.episodes.due_times import look_by
from intake.flags.queries import form_of, told_to_patient
from intake.flags.said_first import STILL_OPEN, said_before
from intake.learn.topics import topics_for
from intake.models import Intake
from intake.online_intake.desk_pages import desk_result
from intake.online_intake.session import intake_of, open_intake
from intake.questionnaire.answer_summary import answer_groups
from intake.questionnaire.answers import clean
from intake.urgent.guidance import open_call
from intake.urgent.promise import promised_call

PAGES = "the answers shown are those of this browser session"


@public(reason=PAGES)
@require_safe
def result(request: PublicRequest) -> HttpResponse:
    """Show what the answers mean and what to do next."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.sent_at is None:
        return redirect("intake_check")
    if intake.level == Intake.Level.URGENT and open_call(intake):
        return redirect("intake_emergency")
    if intake.entered_by_id:
        return desk_result(request, intake)
    return _result_page(request, intake)


@signed_in_patient_only
@after_birth_date
@require_safe
def own_result(request: PatientRequest) -> HttpResponse:
    """Show a patient who comes back, by a mail or from her visits, what her last answers mean."""
    sent = Intake.objects.full().sent().filter(patient=request.patient)
    intake = sent.order_by("sent_at", "started_at").last()
    if intake is None:
        return redirect("visits_home")
    record(actor_of(request), "read own result", intake, patient=request.patient)
    if open_call(intake) is not None:
        # Her visits say by when we call, and whom to call meanwhile.
        return redirect("visits_home")
    if intake.entered_by_id is None:
        # As after sending: from here on this session may change and print it.
        open_intake(request, intake)
    return _result_page(request, intake)


def _result_page(request: HttpRequest, intake: Intake) -> HttpResponse:
    # Another session may have sent a correction: this result no longer counts.
    if Intake.objects.sent().filter(replaces=intake).exists():
        return render(request, "intake/online_intake/result_replaced.html")
    template = _template(intake)
    now = timezone.now()
    # The page of Run Ready offers the program above its list, the others below it or not at all.
    told = told_to_patient(intake, offers_program=template == "run_ready")
    context = {
        "intake": intake,
        # What the desk filled in is changed at the desk.
        "may_change": intake.entered_by_id is None,
        # A call for something urgent may be owed whatever this form says.
        "promise": promised_call(intake.patient_id, now=now),
        "running": told.running,
        "still_open": STILL_OPEN,
        "told": told.texts,
        "is_waiting": intake.queue != "" and intake.decided_at is None,
        "look_by": look_by(intake),
        "bookable": what_may_be_booked(intake.patient, now),
        # Asked once: here as long as she gave none, and later on the page of her visits.
        "asks_contact": saved_at(intake.patient_id) is None,
        "learn": topics_for(_domains(intake), may_run=told.may_run),
    }
    return render(request, f"intake/online_intake/result_{template}.html", context)


def _domains(intake: Intake) -> set[str]:
    return {flag.domain for flag in intake.flags.only("domain")}


def _template(intake: Intake) -> str:
    # An emergency has no page of its own: once its call is closed, urgent reads like red.
    if intake.next_step == "emergency" or intake.level == Intake.Level.RED:
        return "evaluation"
    # The answers on this form are not all: what an earlier one left open counts as before.
    return "still_open" if said_before(intake) else intake.next_step


@public(reason=PAGES)
@fail_closed
@require_safe
def summary(request: PublicRequest) -> HttpResponse:
    """Show everything that was sent on one page for paper. The reading is recorded first."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.entered_by_id:  # the desk may not read answers once they are sent
        return redirect("intake_result")
    if intake.sent_at is None or intake.as_of is None:
        return redirect("intake_check")
    # An intake that could not be judged has no answers, only what was sent.
    raw = intake.raw if intake.answers is None else intake.answers
    answers = clean(form_of(intake), raw, intake.as_of)
    record(
        actor_of(request),
        "read own answers",
        intake,
        patient=intake.patient,
        fields=answers.visible,
    )
    told = told_to_patient(intake)
    context = {
        "intake": intake,
        "first": said_before(intake),
        "groups": answer_groups(answers),
        "running": told.running,
        "told": told.texts,
        "look_by": look_by(intake),
        "now": timezone.now(),
    }
    return render(request, "intake/online_intake/summary.html", context)
