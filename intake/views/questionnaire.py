"""Welcome, contact and the eight sections. No script, everything kept on every Continue."""

from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_http_methods

from clinic import sample
from clinic.audit.record import actor_of
from clinic.limits.count import client_address, is_over
from clinic.people.access import public
from intake.actions.answering import Contact, save_section, start_intake, today
from intake.forms import ADULT_AGE, ConsentForm, ContactForm, age_on, check_birth
from intake.models import Intake
from intake.progress import SECTIONS, answers_so_far, first_gap, is_complete, previous, shown
from intake.questionnaire import Section
from intake.section_form import SectionForm, field_name, posted_answers
from intake.sessions import close_intake, intake_of, open_intake
from intake.views.ending import saves_before_ending
from intake.views.urgent import guidance_for, open_call, show_guidance

CONSENT = "intake_consent"
# Nobody reads the contact page and fills it in within this time.
FASTEST_SECONDS = 2
PAGES = "the questions are for everybody; what was answered stays with this browser session"


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Say what the form is for and ask for consent, before anything is asked."""
    intake = intake_of(request)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if intake is not None and intake.sent_at is not None:
            close_intake(request)
        request.session[CONSENT] = True
        return redirect("intake_contact")
    return _page(request, "intake/welcome.html", form, intake=intake)


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Ask who she is and how to reach her; a signed-in patient has said so before."""
    if not request.session.get(CONSENT):
        return redirect("intake_welcome")
    if (intake := intake_of(request)) is not None and intake.sent_at is None:
        return redirect(_next_page(intake))
    now = timezone.now()
    if _is_signed_in_patient(request):
        return _started(request, None, now=now)
    form = ContactForm(request.POST or None)
    if request.method != "POST" or not _is_valid(form, today(now)):
        stamp = signing.dumps(int(now.timestamp()), salt="intake.contact")
        return _page(request, "intake/contact.html", form, stamp=stamp)
    if age_on(form.cleaned_data["born_on"], today(now)) < ADULT_AGE:
        return redirect("intake_under_18")
    if is_over("intake_starts", client_address(request)):
        return too_many(request)
    return _started(request, form, now=now)


def _is_signed_in_patient(request: HttpRequest) -> bool:
    return (
        not isinstance(request.user, AnonymousUser)
        and not request.user.is_staff
        and request.patient is not None  # type: ignore[attr-defined]
    )


def _is_valid(form: ContactForm, day: date) -> bool:
    if form.is_valid():
        check_birth(form, "born_on", form.cleaned_data["born_on"], day)
    return not form.errors


def _started(request: HttpRequest, form: ContactForm | None, *, now: object) -> HttpResponse:
    wanted = ("name", "email", "phone", "born_on")
    intake = start_intake(
        contact=Contact(**{name: form.cleaned_data[name] for name in wanted}) if form else None,
        patient=None if form else request.patient,  # type: ignore[attr-defined]
        now=now,  # type: ignore[arg-type]
        actor=actor_of(request),
        set_aside=form is not None and _came_from_a_machine(request, form),
        is_sample=settings.TRIAL and sample.is_loaded(),
    )
    request.session.cycle_key()
    open_intake(request, intake)
    return redirect(_next_page(intake))


def _came_from_a_machine(request: HttpRequest, form: ContactForm) -> bool:
    """Tell whether the trap was filled in, or the page sent faster than a person could."""
    try:
        shown_at = signing.loads(request.POST.get("stamp", ""), salt="intake.contact")
    except signing.BadSignature:
        return True
    took = timezone.now().timestamp() - shown_at
    return bool(form.cleaned_data["website"]) or took < FASTEST_SECONDS


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    """Answer somebody over the limit; the emergency lines stand on the page."""
    page = render(request, "intake/too_many.html", status=429)
    page["Retry-After"] = str(settings.LIMITS["intake_starts"][1])
    return page


@public(reason=PAGES)
@require_http_methods(["GET", "HEAD"])
def under_18(request: HttpRequest) -> HttpResponse:
    """Say that these questions are for adults, and whom to call."""
    return render(request, "intake/under_18.html")


@public(reason=PAGES)
@saves_before_ending
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one section, or keep what it sent: urgent answers first, then everything else."""
    if slug not in SECTIONS:
        raise Http404
    page = SECTIONS[slug]
    if request.method == "POST":
        # Before the session, the database or any limit is asked: a dangerous answer is answered.
        urgent = guidance_for(request, page)
        try:
            return _keep(request, page)
        except Exception:
            if urgent is None:
                raise
            return show_guidance(request, urgent, is_saved=False)
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_welcome")
    if (elsewhere := _must_be_elsewhere(request, intake, page)) is not None:
        return redirect(elsewhere)
    answers = answers_so_far(intake.raw, today(timezone.now()))
    form = SectionForm(questions=shown(page, answers), saved=intake.raw, today=answers.as_of)
    return _section_page(request, page, form, intake)


def _keep(request: HttpRequest, page: Section) -> HttpResponse:
    intake = intake_of(request)
    if intake is None or intake.sent_at is not None:
        urgent = guidance_for(request, page)
        if urgent is not None:
            return show_guidance(request, urgent, is_saved=False)
        return redirect("intake_result" if intake else "intake_welcome")
    now = timezone.now()
    result = save_section(
        intake_id=intake.pk,
        slug=page.slug,
        posted=posted_answers(page, request.POST),
        is_complete=False,
        now=now,
        actor=actor_of(request),
    )
    if result.level == "urgent":
        request.session["urgent_page"] = page.slug
        return redirect("intake_emergency")
    return _after_keeping(request, page, intake.pk, now=now)


def _after_keeping(
    request: HttpRequest, page: Section, intake_id: UUID, *, now: datetime
) -> HttpResponse:
    intake = Intake.objects.get(pk=intake_id)
    answers = answers_so_far(intake.raw, today(now))
    questions = shown(page, answers)
    seen = [one for one in questions if one.id in request.POST.getlist("shown")] or questions
    form = SectionForm(request.POST, questions=seen, saved=intake.raw, today=answers.as_of)
    if not form.is_valid():
        return _section_page(request, page, form, intake)
    if _had_child_as_child(intake, answers.birth_date):
        return redirect("intake_under_18")
    if not is_complete(page, answers):
        new = next(one for one in questions if one not in seen)
        return redirect(f"{_url(page)}#div_id_{field_name(new.id)}")
    save_section(
        intake_id=intake.pk,
        slug=page.slug,
        posted={},
        is_complete=True,
        now=now,  # type: ignore[arg-type]
        actor=actor_of(request),
    )
    intake.refresh_from_db()
    return redirect(_next_page(intake, after=page))


def _had_child_as_child(intake: Intake, birth: date | None) -> bool:
    born_on = intake.patient.born_on
    return born_on is not None and birth is not None and age_on(born_on, birth) < 10


def _section_page(
    request: HttpRequest, page: Section, form: SectionForm, intake: Intake
) -> HttpResponse:
    before = previous(page)
    back = _url(before) if before else reverse("intake_welcome")
    return _page(
        request,
        "intake/section.html",
        form,
        section=page,
        count=range(1, len(SECTIONS) + 1),
        back=back,
        saved_at=intake.saved_at if intake.saved_sections else None,
    )


def _page(request: HttpRequest, template: str, form: object, **context: object) -> HttpResponse:
    has_errors = bool(getattr(form, "errors", None))
    context |= {"form": form, "has_errors": has_errors}
    return render(request, template, context, status=422 if has_errors else 200)


def _url(page: Section) -> str:
    return reverse("intake_section", args=[page.slug])


def _next_page(intake: Intake, after: Section | None = None) -> str:
    """Where she goes on: the first gap, or the check page when nothing is missing.

    Going back and forth she passes through the pages in their order until nothing is missing.
    """
    answers = answers_so_far(intake.raw, today(timezone.now()))
    gap = first_gap(answers, intake.saved_sections)
    if gap is None:
        return reverse("intake_check")
    if after is not None and after.number < gap.number:
        sections = list(SECTIONS.values())
        return _url(sections[after.number])
    return _url(gap)


def _must_be_elsewhere(request: HttpRequest, intake: Intake, page: Section) -> str | None:
    """Return where this session has to be instead of this page, if anywhere."""
    if intake.sent_at is not None:
        return reverse("intake_result")
    if open_call(intake) is not None and request.session.get("urgent_page") != page.slug:
        return reverse("intake_emergency")
    answers = answers_so_far(intake.raw, today(timezone.now()))
    gap = first_gap(answers, intake.saved_sections)
    return _url(gap) if gap is not None and page.number > gap.number else None
