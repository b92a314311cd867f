"""The page behind a mailed link: it shows progress only and asks for the date of birth."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.security.access import public
from clinic.security.birth_date_gate import BirthDateForm, is_hers
from clinic.security.link_pages import opened
from clinic.security.requests import PublicRequest
from clinic.web.paging import form_page
from intake.episodes.due_times import today
from intake.intakes.draft_terms import RESUME, about, kept_until, sections_saved
from intake.models import Intake
from intake.online_intake.routing import next_page
from intake.online_intake.session import open_intake
from intake.questionnaire.progress import SECTIONS, answers_so_far, first_gap


@public(reason="the mailed link and the date of birth are the key")
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: PublicRequest, intake_id: UUID) -> HttpResponse:
    """Show how far the draft has come; open it when the date of birth is right."""
    intake = Intake.objects.select_related("patient").filter(pk=intake_id, entered_by=None).first()
    if intake is None or not opened(request, RESUME, about(intake)):
        return render(request, "clinic/security/link_closed.html", status=404)
    if intake.sent_at is not None:
        return render(request, "intake/drafts/resume_sent.html", {"intake": intake})
    form = BirthDateForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and is_hers(request, intake.patient, form):
        # A new key, so that a session id somebody planted before opens nothing now.
        request.session.cycle_key()
        open_intake(request, intake)
        return redirect(next_page(intake))
    answers = answers_so_far(intake.raw, today(timezone.now()))
    context = {
        "gap": first_gap(answers, sections_saved(intake)),
        "count": range(1, len(SECTIONS) + 1),
        "kept_until": kept_until(intake),
    }
    return form_page(request, "intake/drafts/resume.html", form, **context)
