"""For views that show patient data: show nothing if that could not be recorded."""

from functools import wraps

from django.db import DatabaseError
from django.http import HttpResponse

from clinic.security.requests import P, R, View
from clinic.web.errors import unavailable


def fail_closed(view: View[R, P]) -> View[R, P]:
    """Answer 503 to any database error, so that no page is shown without its audit event."""

    @wraps(view)
    def inner(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DatabaseError as error:
            return unavailable(request, error)

    return inner
