"""A session left alone too long ends, but first the page she has just sent is kept."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.sign_in import session_limits

View = Callable[..., HttpResponse]


def saves_before_ending(view: View) -> View:
    """Let the view keep what was posted in a session that is over, then end that session.

    With an urgent answer among it the session goes on: she must see what to do, and answer it.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if not request.session_ended or not 300 <= answer.status_code < 400:  # type: ignore[attr-defined]
            return answer
        if answer["Location"] == reverse("intake_emergency"):
            session_limits.begin(request)
            return answer
        session_limits.end(request)
        return render(request, "intake/saved_and_ended.html")

    inner.saves_before_ending = True  # type: ignore[attr-defined]
    return inner
