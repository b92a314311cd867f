"""Which intake this browser session is filling in, and what is kept when the session ends.

The id stands in the session, never in an address.
"""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.security.access import SESSION_PATIENT
from clinic.security.requests import P, S, View
from clinic.sign_in import session_limits
from intake.models import Intake

KEY = "intake"


def open_intake(request: HttpRequest, intake: Intake) -> None:
    """Let this session fill in the intake and speak for its patient."""
    request.session[KEY] = str(intake.pk)
    if not request.user.is_authenticated:
        request.session[SESSION_PATIENT] = str(intake.patient_id)


def intake_of(request: HttpRequest) -> Intake | None:
    """Return the intake of this session, sent or not. What the desk enters is its writer's only."""
    key = request.session.get(KEY)
    intake = Intake.objects.select_related("patient").filter(pk=key).first() if key else None
    if intake is None or intake.entered_by_id is None:
        return intake
    is_manager = getattr(request.user, "is_manager", False)
    return intake if is_manager and intake.entered_by_id == request.user.pk else None


def close_intake(request: HttpRequest) -> None:
    """Let the next visit to the questions start anew; what was saved stays with the clinic."""
    request.session.pop(KEY, None)


def saves_before_ending(view: View[S, P]) -> View[S, P]:
    """Let the view keep what was posted in a session that is over, then end that session.

    With an urgent answer among it the session goes on: she must see what to do, and answer it.
    """

    @wraps(view)
    def inner(request: S, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if not request.session_ended or not 300 <= answer.status_code < 400:
            return answer
        if answer["Location"] == reverse("intake_emergency"):
            session_limits.begin(request)
            return answer
        session_limits.end(request)
        return render(request, "intake/online_intake/saved_and_ended.html")

    vars(inner)["saves_before_ending"] = True
    return inner
