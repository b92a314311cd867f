"""Keep each process up to date with what the clinic says of itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clinic.practice.facts import keep_up

# Answered while the process is alive, whatever the database does.
ALIVE = "/health/live"


class FactsMiddleware:
    """Read the facts of the clinic again before a request, when they changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != ALIVE:
            keep_up()
        return self.get_response(request)
