"""The page on which a patient changes the e-mail our mail goes to.

Until somebody has proved the mailbox, the browser that made the row mends what it typed. Afterwards
she signs in, and both mailboxes say yes.
"""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.identity.fields import EmailAddressField
from clinic.identity.same_person import email_key
from clinic.people.contact import NotHersToChange, change_own_email, may_change_own_email
from clinic.practice.reaching import reaching
from clinic.security.access import patient_only, speak_for
from clinic.security.birth_date_gate import after_birth_date
from clinic.security.rate_limits import is_over
from clinic.security.requests import PatientRequest
from clinic.sign_in.guessing.requests import asked_too_often
from clinic.web.form_layout import lines
from clinic.web.paging import form_page
from intake.models import EmailChange
from intake.online_intake.session import intake_of, open_intake
from intake.own_email.actions import (
    AnotherIsOpen,
    ask_change,
    latest_change,
    mail_again,
    take_back,
)

# What the buttons beside an open change post.
AGAIN, BACK = "again", "back"
# How changes that ended are told to her who asked; why one was refused is told nobody.
ENDED = {
    EmailChange.End.NOT_ME: gettext_lazy(
        "Who reads your mailbox said that it was not you who asked. Nothing was changed. We call"
        " you."
    ),
    EmailChange.End.REFUSED: gettext_lazy(
        "We could not change it here. Call us: we ask for your name and date of birth, and help"
        " you."
    ),
}


class OwnEmailForm(forms.Form):
    """The address she reads."""

    email = EmailAddressField(
        label=gettext_lazy("Your e-mail"),
        own=True,
        error_messages={"required": gettext_lazy("Enter your e-mail")},
    )
    helper = lines(["email"])


class NewEmailForm(OwnEmailForm):
    """The address to which she wants our mail."""

    email = EmailAddressField(
        label=gettext_lazy("Your new e-mail"),
        own=True,
        error_messages={"required": gettext_lazy("Enter your new e-mail")},
    )


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def own_email(request: PatientRequest) -> HttpResponse:
    """Show the e-mail her mail goes to, and how it is changed; do that on POST."""
    if request.user.is_authenticated:
        return _of_signed_in(request)
    return _of_browser(request)


def _of_browser(request: PatientRequest) -> HttpResponse:
    """Change the e-mail on POST while nobody has proved the mailbox."""
    patient = request.patient
    if not may_change_own_email(patient):
        return render(request, "intake/own_email/closed.html", {"patient": patient})
    form = OwnEmailForm(request.POST or None, initial={"email": patient.email})
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "intake/own_email/of_browser.html", form, patient=patient)
    intake = intake_of(request)
    try:
        changed = change_own_email(
            patient_id=patient.pk,
            epoch=patient.epoch,
            email=form.cleaned_data["email"],
            context=context_of(request),
        )
    except NotHersToChange:
        return redirect("own_email")
    # This browser goes on; every other one, and every link, is at its end.
    speak_for(request, changed)
    if intake is not None and intake.patient_id == changed.pk:
        intake.patient = changed
        open_intake(request, intake)
    messages.success(
        request, _("Our mail goes to %(email)s from now on.") % {"email": changed.email}
    )
    return redirect("own_email")


@after_birth_date
def _of_signed_in(request: PatientRequest) -> HttpResponse:
    """Show her change that is open, or ask for another address; act on POST."""
    patient, now = request.patient, context_of(request).now
    change = latest_change(patient)
    is_open = change is not None and change.is_open_at(now)
    if change is not None and request.method == "POST" and request.POST.get("act"):
        return _acted(request, change)
    if change is not None and is_open and request.method != "POST":
        context = {"patient": patient, "change": change}
        return render(request, "intake/own_email/open.html", context)
    form = NewEmailForm(request.POST if "email" in request.POST else None)
    if form.is_bound and form.is_valid():
        if email_key(form.cleaned_data["email"]) == patient.email_key:
            form.add_error("email", _("Our mail goes there already. Enter another one"))
        # A second click, or another address while one is open, mails nothing: it does not count.
        elif not is_open and _is_too_often(request, form.cleaned_data["email"]):
            words = _("This was asked for often. Wait an hour, or call %(whom)s")
            form.add_error("email", words % {"whom": reaching()["call_whom"]})
        else:
            return _asked(request, form.cleaned_data["email"])
    ended = ENDED.get(EmailChange.End(change.ended_why)) if change and change.ended_why else None
    return form_page(request, "intake/own_email/ask.html", form, patient=patient, ended=ended)


def _is_too_often(request: PatientRequest, email: str) -> bool:
    """Count that two mails are asked for; whether the address is known makes no difference."""
    is_hers_too_often = is_over("email_changes", str(request.patient.pk))
    return is_hers_too_often or asked_too_often(request, "email_change", email)


def _asked(request: PatientRequest, email: str) -> HttpResponse:
    try:
        ask_change(
            patient_id=request.patient.pk,
            epoch=request.patient.epoch,
            email=email,
            context=context_of(request),
        )
    except AnotherIsOpen:
        messages.info(request, _("You asked for another one before. Take that back first."))
    except NotHersToChange:
        # Somebody changed it meanwhile: the page says what is true now.
        pass
    return redirect("own_email")


def _acted(request: PatientRequest, change: EmailChange) -> HttpResponse:
    """Send the mails again, or take the change back."""
    context, act = context_of(request), request.POST["act"]
    if act == BACK:
        ended = take_back(change_id=change.pk, context=context)
        if ended.ended_why == EmailChange.End.TAKEN_BACK:
            messages.success(request, _("Taken back. Nothing was changed."))
    elif act == AGAIN and change.is_open_at(context.now):
        if _is_too_often(request, change.new_email):
            messages.info(request, _("This was asked for often. Wait an hour, or call us."))
        else:
            mail_again(change_id=change.pk, context=context)
            messages.success(request, _("The mails are on their way again."))
    return redirect("own_email")
