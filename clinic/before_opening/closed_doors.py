"""Until the clinic was opened for the first time, the public pages say so and nothing else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.practice.facts import clinic_facts, is_known
from clinic.web.errors import emergency_first

# What patients find by themselves. What opens by a private link or a code stays open: staff gave it
# to her.
_FRONT_DOORS = ("/intake/", "/book/", "/learn/")
HOME = "/"


class ClosedDoorsMiddleware:
    """Answer the public pages with "not open yet" until the clinic was opened once.

    Staff who are signed in see them as patients will. It never closes them again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_front_door(request.path_info) or clinic_facts().was_opened or not is_known():
            return self.get_response(request)
        if request.user.is_authenticated and request.user.is_staff:
            return self.get_response(request)
        # An answer that was sent all the same may be an emergency.
        if request.method == "POST" and (page := emergency_first(request, 403)) is not None:
            return page
        status = 403 if request.method == "POST" else 200
        return render(request, "clinic/before_opening/not_open_yet.html", status=status)


def _is_front_door(path: str) -> bool:
    return path == HOME or path.startswith(_FRONT_DOORS)
