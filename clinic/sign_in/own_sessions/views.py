"""The page of one's own sessions: for staff, and for patients who signed in by a code.

Who only found an open session neither sees the others nor ends them: it asks for a fresh proof.
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.models.own_sessions import SignedIn
from clinic.models.people import User
from clinic.security.access import (
    after_reauthentication,
    any_staff,
    signed_in_patient_only,
    staff_of,
)
from clinic.security.birth_date_gate import after_birth_date
from clinic.security.requests import PatientRequest, StaffRequest
from clinic.sign_in.own_sessions.actions import end_other_sessions, end_session
from clinic.sign_in.own_sessions.queries import own_sessions

# What the buttons post: the id of a session, or that all others end.
END, OTHERS = "end", "others"


@any_staff
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def sessions_of_staff(request: StaffRequest) -> HttpResponse:
    """List where a member of staff is signed in; end one or all others on POST."""
    return _sessions(request, staff_of(request), "staff_sessions")


@signed_in_patient_only
@after_birth_date
@require_http_methods(["GET", "HEAD", "POST"])
def sessions_of_patient(request: PatientRequest) -> HttpResponse:
    """List where a patient is signed in; end one or all others on POST."""
    return _sessions(request, staff_of(request), "patient_sessions")


def _sessions(request: HttpRequest, user: User, page: str) -> HttpResponse:
    context = context_of(request)
    if request.method == "POST":
        _end(request, user)
        return redirect(page)
    found = own_sessions(request, user, now=context.now)
    shown = {"sessions": found, "page": page, "has_others": len(found) > 1}
    return render(request, "clinic/sign_in/own_sessions/list.html", shown)


def _end(request: HttpRequest, user: User) -> None:
    context, wanted = context_of(request), request.POST.get(END, "")
    if wanted == OTHERS:
        end_other_sessions(request, user, context=context)
        messages.success(request, _("You are signed out everywhere else."))
        return
    try:
        end_session(user=user, signed_in_id=UUID(wanted), context=context)
    except (ValueError, SignedIn.DoesNotExist):
        raise Http404 from None
    messages.success(request, _("That device is signed out."))
