"""Pages that show a patient's data show nothing when the showing could not be recorded."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from clinic.web.errors import unavailable

View = Callable[..., HttpResponse]


def fail_closed(view: View) -> View:
    """Answer 503 for whatever the database refuses, so that no page appears without its record."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DatabaseError as error:
            return unavailable(request, error)

    return inner
