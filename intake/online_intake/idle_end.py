"""A session left alone too long ends, but first the page she has just sent is kept."""

from functools import wraps

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.security.requests import P, S, View
from clinic.sign_in import session_limits


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
        return render(request, "intake/saved_and_ended.html")

    vars(inner)["saves_before_ending"] = True
    return inner
