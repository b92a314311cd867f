"""The pages of the eight sections.

Every press of a button saves the page, whatever is missing on it. Urgent answers come first.
"""

from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.identity.birth_dates import age_on
from clinic.kept_forms.actions import keep
from clinic.security.access import public
from clinic.security.requests import PublicRequest, SessionRequest
from clinic.web.paging import form_page
from intake.episodes.due_times import today
from intake.intakes.answering import save_section
from intake.intakes.draft_terms import is_reworded, sections_saved
from intake.models import Intake
from intake.online_intake.desk_pages import layout_of, note_entering
from intake.online_intake.posted_guidance import guidance_for
from intake.online_intake.routing import next_page, seconds_left, section_url
from intake.online_intake.session import (
    close_intake,
    draft_left_behind,
    intake_of,
    saves_before_ending,
)
from intake.online_intake.views_emergency import may_correct, stop_correcting
from intake.questionnaire.definition import Section
from intake.questionnaire.progress import (
    SECTIONS,
    answers_so_far,
    first_gap,
    is_complete,
    previous,
    shown,
)
from intake.questionnaire.section import SectionForm, field_name, posted_answers
from intake.urgent.guidance import answer_or_guide, open_call, show_guidance

PAGES = "the questions are for everybody; what was answered stays with this browser session"
# The value of `from` in an address: the patient came from the check page and goes back there.
FROM_CHECK = "check"


@public(reason=PAGES)
@saves_before_ending
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: PublicRequest, slug: str) -> HttpResponse:
    """Show one section, or save what was posted on it; an urgent answer comes first."""
    if slug not in SECTIONS:
        raise Http404
    page = SECTIONS[slug]
    if request.method == "POST":
        return _posted(request, page)
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.sent_at is not None:
        return render(request, "intake/online_intake/sent_already.html")
    if (elsewhere := _must_be_elsewhere(request, intake, page)) is not None:
        return redirect(elsewhere)
    answers = answers_so_far(intake.raw, today(timezone.now()))
    form = SectionForm(questions=shown(page, answers), saved=intake.raw, today=answers.as_of)
    return _section_page(request, page, form, intake)


def _posted(request: SessionRequest, page: Section) -> HttpResponse:
    # Judged before anything can fail, so that a dangerous answer gets guidance even when the
    # session, the database or the page itself does.
    urgent = guidance_for(request, page)
    return answer_or_guide(request, urgent, lambda: _save(request, page))


def _save(request: SessionRequest, page: Section) -> HttpResponse:
    """Save the posted page and return where it leads."""
    intake = intake_of(request)
    if intake is not None and intake.sent_at is None:
        # It may have ended a moment ago: sent in another tab, or erased.
        with suppress(Intake.DoesNotExist):
            return _saved(request, page, intake)
    # There is no draft to save to, but the posted answers may be urgent all the same.
    urgent = guidance_for(request, page)
    if urgent is not None:
        _save_left_behind(request, page)
        return show_guidance(request, urgent, is_saved=False)
    if intake is None:
        # What stood on the page comes back when she takes the form up again.
        keep(request)
    return redirect("intake_result" if intake else "intake_closed")


def _saved(request: SessionRequest, page: Section, intake: Intake) -> HttpResponse:
    """Save the posted page to this draft. Raises Intake.DoesNotExist when it is none any more."""
    now = timezone.now()
    result = save_section(
        intake_id=intake.pk,
        slug=page.slug,
        posted=posted_answers(page, request.POST),
        # Not yet known; _after_saving says so once the form is valid.
        is_complete=False,
        context=Context(actor_of(request), now),
    )
    if result.level == "urgent":
        stop_correcting(request)
        return redirect("intake_emergency")
    if (leaving := _leaving(request, page, intake)) is not None:
        return leaving
    return _after_saving(request, page, intake.pk, now=now)


def _save_left_behind(request: SessionRequest, page: Section) -> None:
    """Save urgent answers to the draft that this session may not open any more, if it had one.

    Somebody may be in danger, whoever's row it is by now, and staff have to learn of it.
    """
    draft = draft_left_behind(request)
    if draft is None:
        return
    with suppress(Intake.DoesNotExist):  # sent or erased a moment ago
        save_section(
            intake_id=draft.pk,
            slug=page.slug,
            posted=posted_answers(page, request.POST),
            is_complete=False,
            context=Context(actor_of(request), timezone.now()),
        )


def _leaving(request: HttpRequest, page: Section, intake: Intake) -> HttpResponse | None:
    """Return the answer to a button that leaves the page although something is missing, or None."""
    if intake.entered_by_id and {"later", "ended"} & request.POST.keys():
        close_intake(request)
        return redirect("desk_patient", intake.patient_id)
    if "later" in request.POST:
        return redirect("intake_later")
    if "stay" in request.POST:
        return redirect(_with_origin(request, section_url(page)))
    if "ended" in request.POST:
        close_intake(request)
        return redirect("intake_closed")
    return None


def _after_saving(
    request: SessionRequest, page: Section, intake_id: UUID, *, now: datetime
) -> HttpResponse:
    """Check the saved page: show its errors or a new follow-up, or go on to the next page."""
    intake = Intake.objects.select_related("patient").get(pk=intake_id)
    answers = answers_so_far(intake.raw, today(now))
    questions = shown(page, answers)
    # Only the questions that were on the page are checked: a follow-up that has just appeared is no
    # error yet.
    seen = [one for one in questions if one.id in request.POST.getlist("shown")] or questions
    form = SectionForm(request.POST, questions=seen, saved=intake.raw, today=answers.as_of)
    if not form.is_valid():
        return _section_page(request, page, form, intake)
    if _was_child_at_birth(intake, answers.birth_date):
        return redirect("intake_under_18")
    if not is_complete(page, answers):
        # The form is valid, so what is missing is a question that has just appeared.
        new = next(one for one in questions if one not in seen)
        address = _with_origin(request, section_url(page))
        return redirect(f"{address}#div_id_{field_name(new.id)}")
    save_section(
        intake_id=intake.pk,
        slug=page.slug,
        posted={},  # everything is saved already; this only marks the section as done
        is_complete=True,
        context=Context(actor_of(request), now),
    )
    intake.refresh_from_db()
    return redirect(next_page(intake, after=page))


def _was_child_at_birth(intake: Intake, birth: date | None) -> bool:
    """Return whether the patient gave birth before she was 10, by the two dates she gave."""
    born_on = intake.patient.born_on
    return born_on is not None and birth is not None and age_on(born_on, birth) < 10


def _came_from_check(request: HttpRequest) -> bool:
    given = request.POST if request.method == "POST" else request.GET
    return given.get("from") == FROM_CHECK


def _with_origin(request: HttpRequest, address: str) -> str:
    return f"{address}?from={FROM_CHECK}" if _came_from_check(request) else address


def _section_page(
    request: SessionRequest, page: Section, form: SectionForm, intake: Intake
) -> HttpResponse:
    note_entering(request, intake, [question.id for question in form.questions])
    before = previous(page)
    back = section_url(before) if before else reverse("intake_welcome")
    came_from_check = _came_from_check(request)
    return form_page(
        request,
        "intake/online_intake/section.html",
        form,
        section=page,
        count=range(1, len(SECTIONS) + 1),
        back=reverse("intake_check") if came_from_check else back,
        came_from_check=came_from_check,
        intake=intake,
        is_reworded=is_reworded(intake) and page.number == 1,
        layout=layout_of(intake),
        saved_at=intake.saved_at if intake.saved_sections else None,
        idle_seconds=seconds_left(request),
    )


def _must_be_elsewhere(request: HttpRequest, intake: Intake, page: Section) -> str | None:
    """Return the address where this session has to be instead of this page, or None."""
    # While a call is open the form is closed, except for the pages with the urgent answers once the
    # patient says that they were a mistake.
    call = open_call(intake)
    if call is not None and not may_correct(request, call, page):
        return reverse("intake_emergency")
    answers = answers_so_far(intake.raw, today(timezone.now()))
    gap = first_gap(answers, sections_saved(intake))
    # Back to an earlier page is always allowed, past a gap never.
    return section_url(gap) if gap is not None and page.number > gap.number else None
