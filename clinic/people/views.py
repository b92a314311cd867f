"""The first page after signing in, staying signed in, and the pages of an access administrator."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of, record
from clinic.messages.reasons import words_for
from clinic.messages.trying import has_arrived, latest_test, note_arrival, owe_test, server
from clinic.messages.upkeep import Trouble, sending
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.people import staff_access
from clinic.people.forms import AccessForm, ArrivalForm, PersonForm, ResetForm
from clinic.people.staff_bar import staff_bar
from clinic.practice.facts import clinic_facts
from clinic.practice.sender import sender
from clinic.security.access import (
    access_admin_only,
    after_reauthentication,
    any_staff,
    managing_only,
    public,
    staff_of,
)
from clinic.security.requests import PublicRequest, StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.sign_in import session_limits
from clinic.web.unattended import seen_version

Status = Email.Status


@public(reason="it only redirects, by role")
@require_safe
def after_sign_in(request: PublicRequest) -> HttpResponse:
    """Redirect each person to their own first page."""
    user = request.user
    if not user.is_authenticated:
        return redirect("home")
    if (user.is_manager or user.is_access_admin) and not clinic_facts().was_opened:
        return redirect("before_you_open")
    if user.is_manager:
        # By path: the base app does not know the names of URLs in the other apps.
        return redirect("/desk/")
    if user.is_clinician:
        return redirect("/review/")
    return redirect("people" if user.is_access_admin else "/visits/")


@public(reason="it lengthens only the session that asks")
@require_POST
def still_here(request: PublicRequest) -> HttpResponse:
    """Keep the session alive, and answer 204 with its new end in the header `Session-Ends-At`.

    With `next`, redirect there instead. A session that is over stays over: 403.
    """
    if request.session_ends_at is None:
        raise PermissionDenied
    session_limits.renew(request)
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return redirect(back)
    ends_at = session_limits.ends_at(request)
    assert ends_at is not None  # the session was just renewed
    return HttpResponse(status=204, headers={"Session-Ends-At": ends_at.isoformat()})


@any_staff
@require_safe
def staff_waits(request: StaffRequest) -> HttpResponse:
    """Show the staff bar to a page that refreshes it, or answer 304 if it has not changed.

    With the header `X-Unattended` the request does not keep the session alive.
    """
    bar = staff_bar(request)
    if seen_version(request) == bar.version:
        return HttpResponseNotModified()
    return render(request, "clinic/web/staff_bar.html", {"staff_bar": bar})


@access_admin_only
@require_safe
def people(request: StaffRequest) -> HttpResponse:
    """List the staff and their roles."""
    record(actor_of(request), "see people")
    return render(request, "clinic/people/list.html", {"people": staff_access.people_with_access()})


@access_admin_only
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: StaffRequest) -> HttpResponse:
    """Add a member of staff, who chooses a password with a mailed link."""
    form = PersonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "clinic/people/new.html", form)
    actor = actor_of(request)

    def action() -> str:
        user = staff_access.add_person(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            roles=form.roles(),
            actor=actor,
        )
        staff_access.mail_password_link(user_id=user.pk, context=Context(actor, timezone.now()))
        return reverse("people")

    return _run_once(request, "clinic/people/new.html", form, action, _link_is_mailed())


@access_admin_only
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: StaffRequest, user_id: int) -> HttpResponse:
    """Show the access of one person; POST changes it, mails a link, or ends all sessions."""
    user = get_object_or_404(staff_access.people_with_access(), pk=user_id)
    roles = vars(staff_access.roles_of(user))
    form = AccessForm(request.POST or None, initial={**roles, "is_active": user.is_active})
    template, actor = "clinic/people/person.html", actor_of(request)
    if request.method != "POST" or not form.is_valid():
        return _page(request, template, form, person=user)

    def action() -> str:
        context = Context(actor, timezone.now())
        if "mail_link" in request.POST:
            staff_access.mail_password_link(user_id=user.pk, context=context)
            return reverse("people")
        if "end_sessions" in request.POST:
            staff_access.end_sessions_of(user_id=user.pk, context=context)
            return reverse("people")
        staff_access.change_person(
            user_id=user.pk,
            roles=form.roles(),
            is_active=form.cleaned_data["is_active"],
            by=staff_of(request),
            actor=actor,
        )
        return reverse("people")

    message = _("The access is changed.")
    if "mail_link" in request.POST:
        message = _link_is_mailed()
    elif "end_sessions" in request.POST:
        message = _("This person is signed out everywhere.")
    return _run_once(request, template, form, action, message, person=user)


@access_admin_only
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def reset_second_factor(request: StaffRequest, user_id: int) -> HttpResponse:
    """Take away the app, passkeys and codes of a colleague who lost them, with a reason."""
    user = get_object_or_404(staff_access.people_with_access(), pk=user_id)
    form, template = ResetForm(request.POST or None), "clinic/people/reset.html"
    if request.method != "POST" or not form.is_valid():
        return _page(request, template, form, person=user)

    def action() -> str:
        staff_access.reset_second_factor(
            user_id=user.pk,
            reason=form.cleaned_data["reason"],
            by=staff_of(request),
            context=context_of(request),
        )
        return reverse("people")

    message = _("The second factor is taken away, and its owner is told by mail.")
    return _run_once(request, template, form, action, message, person=user)


def _run_once(
    request: HttpRequest,
    template: str,
    form: Form,
    action: Callable[[], str],
    message: str,
    person: User | None = None,
) -> HttpResponse:
    """Run the action once and redirect to the address it returns; if refused, show the form."""
    try:
        following = once(request, template, actor_of(request).id, action)
    except staff_access.AccessRefused as refusal:
        form.add_error(None, str(refusal.sentence))
        return _page(request, template, form, person=person, status=409)
    except SentWithOtherContent:
        form.add_error(None, _("This form was sent before, with other content."))
        return _page(request, template, form, person=person, status=409)
    messages.success(request, message)
    return redirect(following)


def _link_is_mailed() -> str:
    """Return where the link to choose a password is to be found."""
    if server():
        return _("The link is on its way.")
    return _("No mail server is set: the link is in the folder var/mail of this machine.")


@managing_only
@require_http_methods(["GET", "HEAD", "POST"])
def mail_test(request: StaffRequest) -> HttpResponse:
    """Show what came of the last test of the mail server.

    POST sends a mail to whoever asks, or takes the code that stands in one.
    """
    context = context_of(request)
    form = ArrivalForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and "code" not in request.POST:
        owe_test(request.user, context=context)
        return redirect("mail_test")
    if form.is_valid() and not note_arrival(typed=form.cleaned_data["code"], context=context):
        form.add_error("code", _("This is not the code of a test of the last days"))
    if form.is_bound and form.is_valid():
        messages.success(request, _("The mail arrived: the mail server works."))
        return redirect("mail_test")
    test = latest_test(request.user, now=context.now)
    shown = {
        "server": settings.EMAIL_HOST if settings.EMAIL_URL else "",
        "sender": sender(),
        "test": test,
        "is_under_way": test is not None and test.status in (Status.DUE, Status.CLAIMED),
        "reason": words_for(test.reason) if test is not None else "",
        "sender_is_silent": sending().trouble(context.now) is Trouble.SILENT,
        "has_arrived": has_arrived(),
        "form": form,
        "has_errors": bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "clinic/people/mail_test.html", shown, status=status)


def _page(
    request: HttpRequest,
    template: str,
    form: Form,
    *,
    person: User | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {"form": form, "person": person, "has_errors": bool(form.errors)}
    return render(request, template, context, status=status or (422 if form.errors else 200))
