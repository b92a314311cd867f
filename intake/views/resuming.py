"""Coming back by a mailed link: progress only, then the date of birth, then the first gap."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.record import actor_of
from clinic.layout import lines
from clinic.links.second_factor import LOCKED, MOST_TRIES, knows_birth_date
from clinic.links.views import opened
from clinic.people.access import public
from intake.actions.answering import today
from intake.date_field import ThreePartDateField
from intake.models import Intake
from intake.progress import SECTIONS, answers_so_far, first_gap
from intake.resuming import RESUME, about, kept_until
from intake.sessions import open_intake
from intake.views.paging import form_page
from intake.views.route import next_page


class BirthDateForm(forms.Form):
    """The second thing, beside the link, that lets somebody back in."""

    born_on = ThreePartDateField(
        label=gettext_lazy("Your own date of birth"),
        help_text=gettext_lazy("Month, day and year, for example 5 24 1992."),
        error_messages={"required": gettext_lazy("Enter your date of birth")},
    )
    helper = lines(["born_on"])


@public(reason="the mailed link and the date of birth are the key")
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """Show how far she came and ask for her date of birth; open the draft when it is right."""
    intake = Intake.objects.select_related("patient").filter(pk=intake_id).first()
    if intake is None or not opened(request, RESUME, about(intake)):
        return render(request, "clinic/link_closed.html", status=404)
    if intake.sent_at is not None:
        return render(request, "intake/resume_sent.html", {"intake": intake})
    form = BirthDateForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_hers(request, intake, form):
        request.session.cycle_key()
        open_intake(request, intake)
        return redirect(next_page(intake))
    answers = answers_so_far(intake.raw, today(timezone.now()))
    context = {
        "gap": first_gap(answers, intake.saved_sections),
        "count": range(1, len(SECTIONS) + 1),
        "kept_until": kept_until(intake),
    }
    return form_page(request, "intake/resume.html", form, **context)


def _is_hers(request: HttpRequest, intake: Intake, form: BirthDateForm) -> bool:
    """Check the date once, in the same words for a wrong one and for too many tries."""
    is_right = knows_birth_date(
        patient_id=intake.patient_id,
        given=form.cleaned_data["born_on"],
        now=timezone.now(),
        actor=actor_of(request),
    )
    if not is_right:
        limits = {"tries": MOST_TRIES, "minutes": LOCKED.seconds // 60}
        form.add_error(
            "born_on",
            _(
                "This does not open the form. Check the date. After %(tries)s wrong tries wait"
                " %(minutes)s minutes"
            )
            % limits,
        )
    return is_right
