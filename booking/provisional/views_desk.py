"""The desk's page of visits that wait to be confirmed: confirm one by telephone, let all go."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from booking.appointments.access import posted_rev, visit_of
from booking.flood_brake.brake import is_on
from booking.provisional.actions import confirm_by_staff, let_go_all
from booking.provisional.queries import let_go_visits, waiting_visits
from booking.refusals import AlreadyChanged
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.web.form_layout import TextLine, laid_out

# As many characters as the audit trail keeps of a reason.
LONGEST_REASON = 300


class LetGoForm(forms.Form):
    """Why the visits of a page are let go together."""

    reason = forms.CharField(
        label=gettext_lazy("Why they are let go"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("Say why they are let go.")},
    )
    helper = laid_out(TextLine("reason"))


# More than this are not let go in one press.
MOST_AT_ONCE = 1000


@desk_only
@require_safe
def unconfirmed(request: StaffRequest) -> HttpResponse:
    """Show the visits that wait, and those that were let go because nobody confirmed them."""
    return _page(request, LetGoForm(), status=200)


def _page(request: StaffRequest, form: LetGoForm, *, status: int) -> HttpResponse:
    now = timezone.now()
    waiting, gone = list(waiting_visits()), list(let_go_visits(now))
    shown = [one.patient_id for one in (*waiting, *gone)]
    record_shown(request, "see list", shown, reason="unconfirmed")
    context = {
        "waiting": waiting,
        "gone": gone,
        "is_on": is_on(now),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "booking/provisional/desk.html", context, status=status)


@desk_only
@require_POST
def let_go(request: StaffRequest) -> HttpResponse:
    """Let go the visits that the page listed, with a reason. One confirmed meanwhile stays."""
    form = LetGoForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    done = let_go_all(
        appointment_ids=_posted_ids(request),
        reason=form.cleaned_data["reason"],
        context=context_of(request),
    )
    words = ngettext("%(n)s visit is let go.", "%(n)s visits are let go.", len(done))
    messages.success(request, words % {"n": len(done)})
    return redirect("desk_unconfirmed")


def _posted_ids(request: StaffRequest) -> list[UUID]:
    found = []
    for value in request.POST.getlist("visit")[:MOST_AT_ONCE]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@desk_only
@require_POST
def confirm_by_phone(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Confirm one visit, as the patient said on the telephone."""
    visit = visit_of(appointment_id)
    try:
        confirm_by_staff(
            appointment_id=visit.pk, rev=posted_rev(request), context=context_of(request)
        )
    except AlreadyChanged:
        messages.error(request, _("This visit was changed since you opened the page."))
    else:
        messages.success(request, _("The visit is confirmed."))
    return redirect("desk_appointment", visit.pk)
