"""The pages of the check-in before a visit.

One page of questions; urgent answers come before everything else; it is sent once. Here are the
patient's own pages, and what they share with those of the front desk.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.models.people import User
from clinic.ownership.browser import may_open, note, noted
from clinic.security.access import public, session_patient
from clinic.security.birth_date_gate import ask_birth_date
from clinic.security.link_pages import opened
from clinic.security.requests import PublicRequest
from clinic.web.paging import form_page
from intake.checkins.actions import AlreadySent, CheckinClosed, save_checkin, send_checkin
from intake.checkins.guidance import PAGE, guidance_of_posted
from intake.checkins.links import CHECK_IN, about
from intake.checkins.queries import sent_checkin
from intake.checkins.window import has_checkin, is_open, opens_at
from intake.episodes.due_times import today
from intake.episodes.latest import episode_of
from intake.flags.queries import told_to_patient
from intake.flags.said_first import said_before
from intake.models import Intake
from intake.questionnaire.answers import FINAL, Answers, clean
from intake.questionnaire.definition import CHECKIN
from intake.questionnaire.section import SectionForm, field_name, posted_answers
from intake.urgent.guidance import answer_or_guide, guidance_of_call, open_call, show_guidance
from intake.urgent.patient_reply import note_help_on_the_way, note_mistake
from intake.urgent.promise import promised_call

KEY = "the mailed link or her own sign-in, with her date of birth, is the key"
# Session key: the check-in that this session sent. It may read the result without the link.
RESULT = "checkin_result"


@dataclass(frozen=True)
class CheckinPages:
    """The pages on which a check-in is entered, as URL names; `staff` is who asks the patient."""

    page: str
    emergency: str
    done: str
    staff: User | None = None


PATIENT_PAGES = CheckinPages("check_in", "check_in_emergency", "check_in_result")


def own_visit_or_404(request: HttpRequest, appointment_id: UUID) -> Appointment:
    """Return the visit if this session opened its link or is its signed-in patient's.

    Raises Http404 otherwise, and for a visit without a check-in.
    """
    visits = Appointment.objects.select_related("patient", "clinician", "service")
    visit = visits.filter(pk=appointment_id).first()
    if visit is None or not has_checkin(visit.visit_number):
        raise Http404
    own = session_patient(request)
    is_own = request.user.is_authenticated and own is not None and own.pk == visit.patient_id
    if not is_own and not opened(request, CHECK_IN, about(visit)):
        raise Http404
    return visit


@public(reason=KEY)
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: PublicRequest, appointment_id: UUID) -> HttpResponse:
    """Ask the eight questions before a visit; save, judge and send them on POST."""
    if request.method == "POST":
        # An emergency comes before the link, the date of birth and the database.
        urgent = guidance_of_posted(request)
        return answer_or_guide(request, urgent, lambda: _for_her(request, appointment_id))
    return _for_her(request, appointment_id)


def _for_her(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Answer the patient: her result, the question of her date of birth, or the questions."""
    if _sent_just_now(request, appointment_id):
        return redirect("check_in_result", appointment_id)
    visit = own_visit_or_404(request, appointment_id)
    if (gate := ask_birth_date(request, visit.patient)) is not None:
        return gate
    return answer_page(request, visit, PATIENT_PAGES)


def _sent_just_now(request: HttpRequest, appointment_id: UUID) -> bool:
    """Tell whether this session sent the check-in of the visit.

    Its link is dead by now; a second click or Back must still lead to the result.
    """
    key = noted(request, RESULT)
    rows = Intake.objects.checkins().sent().select_related("patient")
    sent = rows.filter(pk=key, appointment=appointment_id).first() if key else None
    return sent is not None and may_open(request, RESULT, sent.pk, sent.patient)


def answer_page(request: HttpRequest, visit: Appointment, pages: CheckinPages) -> HttpResponse:
    """Show the questions, or save and send what was posted."""
    if sent_checkin(visit) is not None:
        return redirect(pages.done, visit.pk)
    draft = Intake.objects.checkins().drafts().filter(appointment=visit).first()
    # With an open call the emergency page comes first, unless this session said on it that the
    # answer was a mistake (emergency_page): then it is here to change it.
    if draft is not None and open_call(draft) and request.session.get(pages.page) != str(draft.pk):
        return redirect(pages.emergency, visit.pk)
    if request.method == "POST":
        return _save(request, visit, pages)
    now = timezone.now()
    # At the desk save_checkin decides: there the visit may have begun.
    if pages.staff is None and not is_open(visit.starts_at, now, settings.CLINIC_TIME_ZONE):
        return _closed(request, visit)
    raw = draft.raw if draft is not None else {}
    if draft is not None:
        record(actor_of(request), "read own answers", draft, patient=visit.patient)
    answers = clean(CHECKIN, raw, today(now))
    return _page(request, visit, pages, _form(answers, raw))


def _closed(request: HttpRequest, visit: Appointment) -> HttpResponse:
    opens = opens_at(visit.starts_at, settings.CLINIC_TIME_ZONE)
    context = {"visit": visit, "opens_at": opens, "is_early": timezone.now() < opens}
    return render(request, "intake/checkins/closed.html", context, status=409)


def _form(
    answers: Answers, raw: Any, data: QueryDict | None = None, seen: Any = None
) -> SectionForm:
    """Return the form of the questions that are visible, or of those of them in `seen`."""
    shown = [one for one in PAGE.questions if one.id in answers.visible]
    questions = [one for one in shown if one.id in seen] if seen else shown
    return SectionForm(data, questions=questions, saved=raw, today=answers.as_of)


def _page(
    request: HttpRequest, visit: Appointment, pages: CheckinPages, form: SectionForm
) -> HttpResponse:
    # "door" is the name by which the template knows the pages.
    context = {"visit": visit, "action": reverse(pages.page, args=[visit.pk]), "door": pages}
    return form_page(request, "intake/checkins/checkin.html", form, **context)


def _save(request: HttpRequest, visit: Appointment, pages: CheckinPages) -> HttpResponse:
    """Save what was posted, and send it once every question has an answer."""
    now, actor = timezone.now(), actor_of(request)
    try:
        draft, result = save_checkin(
            appointment_id=visit.pk,
            posted=posted_answers(PAGE, request.POST),
            context=Context(actor, now),
            entered_by=pages.staff,
        )
    except AlreadySent:
        return redirect(pages.done, visit.pk)
    except CheckinClosed:
        urgent = guidance_of_posted(request)
        return show_guidance(request, urgent, is_saved=False) if urgent else _closed(request, visit)
    # The correction of an urgent answer, if there was one, is over.
    request.session.pop(pages.page, None)
    if result.level == "urgent":
        return redirect(pages.emergency, visit.pk)
    # Only questions that were on the posted page can be missing on it. Follow-up questions that
    # these answers bring up are asked next, below.
    form = _form(result.answers, draft.raw, request.POST, request.POST.getlist("shown"))
    if not form.is_valid():
        return _page(request, visit, pages, form)
    gap = next((one for one in CHECKIN.questions if result.answers.missing(one.id, FINAL)), None)
    if gap is not None:
        address = reverse(pages.page, args=[visit.pk])
        return redirect(f"{address}#div_id_{field_name(gap.id)}")
    sent = send_checkin(checkin_id=draft.pk, context=Context(actor, now))
    note(request, RESULT, sent.pk, sent.patient)
    return redirect(pages.done, visit.pk)


@public(reason=KEY)
@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: PublicRequest, appointment_id: UUID) -> HttpResponse:
    """Show what to do now, and ask whether she is getting help or ticked it by mistake."""
    visit = own_visit_or_404(request, appointment_id)
    if (gate := ask_birth_date(request, visit.patient)) is not None:
        return gate
    return emergency_page(request, visit, PATIENT_PAGES)


def emergency_page(request: HttpRequest, visit: Appointment, pages: CheckinPages) -> HttpResponse:
    """Show the guidance for the open call of this check-in, or take down the answer to it."""
    rows = Intake.objects.checkins().filter(appointment=visit).order_by("-started_at")
    checkin = rows.first()
    call = open_call(checkin) if checkin is not None else None
    if checkin is None or call is None:
        return redirect(pages.page, visit.pk)
    now, answer = timezone.now(), request.POST.get("answer")
    if request.method == "POST" and answer == "help":
        note_help_on_the_way(call_id=call.pk, context=Context(actor_of(request), now))
        if pages.staff:
            return redirect("task", call.task_id)
        return redirect("check_in_helped", visit.pk)
    if request.method == "POST" and answer == "mistake" and checkin.sent_at is None:
        note_mistake(call_id=call.pk, actor=actor_of(request))
        request.session[pages.page] = str(checkin.pk)
        return redirect(pages.page, visit.pk)
    answers = clean(CHECKIN, checkin.raw, today(now))
    birth_date = episode_of(visit.patient_id, now).birth_date
    return show_guidance(
        request,
        guidance_of_call(call, answers, birth_date),
        is_saved=True,
        answer_url=reverse(pages.emergency, args=[visit.pk]),
        to_staff=pages.staff is not None,
        promise=promised_call(visit.patient_id, now=now),
    )


@public(reason=KEY)
@require_http_methods(["GET", "HEAD"])
def helped(request: PublicRequest, appointment_id: UUID) -> HttpResponse:
    """Show, after "I'm getting help", by when we call and that the visit stays booked."""
    visit = own_visit_or_404(request, appointment_id)
    if (gate := ask_birth_date(request, visit.patient)) is not None:
        return gate
    context = {
        "visit": visit,
        "promise": promised_call(visit.patient_id, now=timezone.now()),
    }
    return render(request, "intake/urgent/help.html", context)


@public(reason=KEY)
@require_http_methods(["GET", "HEAD"])
def result(request: PublicRequest, appointment_id: UUID) -> HttpResponse:
    """Show what the check-in means for the visit, to the session that sent it or to its patient."""
    visit = Appointment.objects.select_related("patient").filter(pk=appointment_id).first()
    checkin = sent_checkin(visit) if visit is not None else None
    if visit is None or checkin is None:
        raise Http404
    if not may_open(request, RESULT, checkin.pk, visit.patient):
        visit = own_visit_or_404(request, appointment_id)
        if (gate := ask_birth_date(request, visit.patient)) is not None:
            return gate
    if open_call(checkin) is not None:
        return redirect("check_in_emergency", visit.pk)
    record(actor_of(request), "read own result", checkin, patient=visit.patient)
    told = told_to_patient(checkin)
    context = {
        "visit": visit,
        "checkin": checkin,
        # What is open about her from before comes first, whatever this check-in says.
        "first": said_before(checkin),
        "running": told.running,
        "told": told.texts,
        # A light that says "carry on" has no place beside the order to wait.
        "may_run": told.may_run,
    }
    return render(request, "intake/checkins/result.html", context)
