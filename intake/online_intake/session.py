"""The intake that a browser session fills in, and what happens to it when the session ends.

The id of the intake is in the session, never in an address.
"""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.ownership.browser import may_open, note, noted
from clinic.security.access import session_patient, speak_for
from clinic.security.requests import P, S, View
from clinic.sign_in import session_limits
from intake.models import Intake

KEY = "intake"


def open_intake(request: HttpRequest, intake: Intake) -> None:
    """Let this session fill in the intake and act for its patient."""
    note(request, KEY, intake.pk, intake.patient)
    # Staff and signed-in patients stay who they are.
    if not request.user.is_authenticated:
        speak_for(request, intake.patient)


def intake_of(request: HttpRequest) -> Intake | None:
    """Return the intake of this session, sent or not, or None.

    None too when its patient's row has changed hands since, unless she signed in to it. An intake
    that the desk fills in is returned only to the manager who began it.
    """
    intake = _of_key(request)
    if intake is None:
        return None
    if intake.entered_by_id is not None:
        is_manager = getattr(request.user, "is_manager", False)
        return intake if is_manager and intake.entered_by_id == request.user.pk else None
    return intake if _may_open(request, intake) else None


def draft_left_behind(request: HttpRequest) -> Intake | None:
    """Return the draft that this session filled in until its patient's row changed hands, or None.

    Nothing of it may be shown here any more. An urgent answer that is posted still counts.
    """
    intake = _of_key(request)
    if intake is None or intake.entered_by_id is not None or intake.sent_at is not None:
        return None
    return None if _may_open(request, intake) else intake


def _of_key(request: HttpRequest) -> Intake | None:
    key = noted(request, KEY)
    return Intake.objects.select_related("patient").filter(pk=key).first() if key else None


def _may_open(request: HttpRequest, intake: Intake) -> bool:
    if may_open(request, KEY, intake.pk, intake.patient):
        return True
    own = session_patient(request) if request.user.is_authenticated else None
    return own is not None and own.pk == intake.patient_id


def close_intake(request: HttpRequest) -> None:
    """Forget the intake in this session, so that the questions begin anew. Erases nothing."""
    request.session.pop(KEY, None)


def saves_before_ending(view: View[S, P]) -> View[S, P]:
    """Decorate a view so that it may save what was posted in a session that has just ended.

    The session ends after the view has run. With an urgent answer it goes on: the patient must see
    what to do and be able to answer that page.
    """

    @wraps(view)
    def inner(request: S, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        # A redirect means that the post was saved; a page with errors goes out as it is.
        if not request.session_ended or not 300 <= answer.status_code < 400:
            return answer
        if answer["Location"] == reverse("intake_emergency"):
            session_limits.begin(request)
            return answer
        session_limits.end(request)
        return render(request, "intake/online_intake/saved_and_ended.html")

    # The middleware looks for this attribute before it ends a session by itself.
    vars(inner)["saves_before_ending"] = True
    return inner
