"""Pages for leaving a form for a while and asking for a link back to it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.context import context_of
from clinic.audit.record import actor_of
from clinic.identity.fields import EmailAddressField
from clinic.security.access import public
from clinic.security.requests import PublicRequest
from clinic.sign_in.guessing.requests import asked_too_often
from clinic.web.form_layout import lines
from clinic.web.paging import form_page
from intake.drafts.actions import ask_for_links, owe_link
from intake.intakes.draft_terms import LINK_LIVES, RESUME, kept_until
from intake.models import Intake
from intake.online_intake.routing import next_page
from intake.online_intake.session import close_intake, intake_of


class AddressForm(forms.Form):
    """The address to which a link is mailed."""

    email = EmailAddressField(
        label=gettext_lazy("Your e-mail"),
        own=True,
        help_text=gettext_lazy("The one you gave when you began."),
        error_messages={"required": gettext_lazy("Enter your e-mail")},
    )
    helper = lines(["email"])


@public(reason="it offers to mail a link to the address this session's form holds already")
@require_http_methods(["GET", "HEAD", "POST"])
def later(request: PublicRequest) -> HttpResponse:
    """Show until when the answers are kept; mail a link to come back on POST."""
    intake = intake_of(request)
    if intake is None:
        return redirect("intake_closed")
    if intake.sent_at is not None:
        return redirect("intake_result")
    if intake.entered_by_id:
        return redirect("desk_patient", intake.patient_id)
    if request.method == "POST" and intake.patient.email:
        _mail_link(request, intake)
        to = {"email": intake.patient.email}
        messages.success(request, _("The link is on its way to %(email)s.") % to)
        return redirect("intake_later")
    context = {
        "intake": intake,
        "kept_until": kept_until(intake),
        "link_days": LINK_LIVES.days,
        "go_on": next_page(intake),
    }
    return render(request, "intake/drafts/later.html", context)


def _mail_link(request: HttpRequest, intake: Intake) -> None:
    # No page says that it was too often.
    if not asked_too_often(request, RESUME, intake.patient.email):
        owe_link(intake_id=intake.pk, context=context_of(request))


@public(reason="what is answered never depends on whether the address is known")
@require_http_methods(["GET", "HEAD", "POST"])
def link_request(request: PublicRequest) -> HttpResponse:
    """Ask for an address and mail a link there if it has a draft; the answer is always the same."""
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "intake/drafts/link_request.html", form)
    email = form.cleaned_data["email"]
    if not asked_too_often(request, RESUME, email):
        ask_for_links(email=email, actor=actor_of(request))
    return redirect("intake_link_sent")


@public(reason="it says the same to everybody")
@require_safe
def link_sent(request: PublicRequest) -> HttpResponse:
    """Show that a link is on its way if there is a draft to come back to."""
    return render(request, "intake/drafts/link_sent.html", {"link_days": LINK_LIVES.days})


@public(reason="it says the same to everybody")
@require_http_methods(["GET", "HEAD", "POST"])
def closed(request: PublicRequest) -> HttpResponse:
    """Show how to return to a closed form; on POST close it in this session first."""
    if request.method == "POST":
        close_intake(request)
        return redirect("intake_closed")
    return render(request, "intake/drafts/closed.html")
