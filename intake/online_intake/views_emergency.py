"""The emergency page of a form, and the two ways on from it: getting help, or it was a mistake."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of
from clinic.security.access import public, session_patient
from clinic.security.requests import PublicRequest
from intake.episodes.due_times import today
from intake.intakes.corrections import start_correction
from intake.models import Intake, UrgentCall
from intake.online_intake.session import close_intake, intake_of, open_intake
from intake.questionnaire.definition import Section
from intake.questionnaire.progress import answers_so_far, sections_asking
from intake.urgent.guidance import guidance_of_call, open_call, show_guidance
from intake.urgent.patient_reply import note_help_on_the_way, note_mistake
from intake.urgent.promise import promised_call

PAGES = "emergency guidance is for everybody, at once"
# Holds the call whose answers the patient says were ticked by mistake. Until she says so, the pages
# with those answers stay closed.
CORRECTING = "correcting_call"


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: PublicRequest) -> HttpResponse:
    """Show what to do now; on POST, take one of the two ways on."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    call = open_call(intake)
    if call is None:
        return redirect("intake_check")
    if request.method == "POST":
        return _answered(request, intake, call)
    # The birth date and the signs are for the sentence to say on the telephone.
    now = timezone.now()
    answers = answers_so_far(intake.raw, today(now))
    return show_guidance(
        request,
        guidance_of_call(call, answers, answers.birth_date),
        is_saved=True,
        to_staff=bool(intake.entered_by_id),
        promise=promised_call(intake.patient_id, now=now),
    )


def _answered(request: HttpRequest, intake: Intake, call: UrgentCall) -> HttpResponse:
    if request.POST.get("answer") == "help":
        note_help_on_the_way(call_id=call.pk, context=context_of(request))
        close_intake(request)
        # The desk goes on to the call it will record.
        return redirect("task", call.task_id) if intake.entered_by_id else redirect("intake_help")
    # The desk may not read answers once they are sent. It records a mistake as the call's outcome.
    is_closed = intake.entered_by_id and intake.sent_at is not None
    if request.POST.get("answer") != "mistake" or is_closed:
        return redirect("intake_emergency")
    note_mistake(call_id=call.pk, actor=actor_of(request))
    request.session[CORRECTING] = str(call.pk)
    if intake.sent_at is not None:
        now = timezone.now()
        try:
            draft = start_correction(intake_id=intake.pk, context=Context(actor_of(request), now))
        except Intake.DoesNotExist:  # erased a moment ago
            return redirect("intake_closed")
        open_intake(request, draft)
    # A rule may read several pages: the first time through, the last one made the answers urgent.
    return redirect("intake_section", sections_asking(call.answers)[-1].slug)


def may_correct(request: HttpRequest, call: UrgentCall, page: Section) -> bool:
    """Return whether this page has an answer of the call and she said it was a mistake."""
    is_said = request.session.get(CORRECTING) == str(call.pk)
    return is_said and page in sections_asking(call.answers)


def stop_correcting(request: HttpRequest) -> None:
    """Close the pages of the call again, because what was saved there is urgent as well."""
    request.session.pop(CORRECTING, None)


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD"])
def help_on_the_way(request: PublicRequest) -> HttpResponse:
    """Show that the answers are saved, by when we call, and that a form can be finished later."""
    # The form was closed by "I'm getting help"; the session still knows whose it is.
    patient = session_patient(request)
    drafts = Intake.objects.full().drafts().filter(patient=patient)
    context = {
        # Without a session nobody knows whose call it is; the lines to call stand anyway.
        "promise": promised_call(patient.pk, now=timezone.now()) if patient else None,
        "is_draft": patient is None or drafts.exists(),
    }
    return render(request, "intake/urgent/help.html", context)
