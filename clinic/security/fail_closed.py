"""Pages that show a patient's data show nothing when the showing could not be recorded."""

from functools import wraps

from django.db import DatabaseError
from django.http import HttpResponse

from clinic.security.requests import P, R, View
from clinic.web.errors import unavailable


def fail_closed(view: View[R, P]) -> View[R, P]:
    """Answer 503 for whatever the database refuses, so that no page appears without its record."""

    @wraps(view)
    def inner(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DatabaseError as error:
            return unavailable(request, error)

    return inner
