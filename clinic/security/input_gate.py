"""Refuse input that no form of ours can send: NUL bytes, lone surrogates, many fields, files."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict

from clinic.security.uploads import handler_for, is_for_files
from clinic.web.errors import emergency_first

log = logging.getLogger("run_ready.refused")


def _is_unreadable(text: str) -> bool:
    # PostgreSQL stores no NUL, and a lone surrogate cannot be encoded as UTF-8.
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _holds_unreadable(values: MultiValueDict[str, str]) -> bool:
    return any(
        _is_unreadable(name) or any(_is_unreadable(value) for value in members)
        for name, members in values.lists()
    )


def _leads_to_files(request: HttpRequest) -> bool:
    """Return whether the address is of a view that takes files: `process_view` asks about it."""
    try:
        return is_for_files(resolve(request.path_info).func)
    except Resolver404:
        return False


class InputGateMiddleware:
    """Answer 400 or 413 to such input before any view reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = self._refusal(request)
        return self.get_response(request) if status is None else self._refused(request, status)

    def process_view(
        self, request: HttpRequest, view: object, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Read what is sent to a view that takes files: only now it is known who sends it."""
        if request.method != "POST" or not is_for_files(view):
            return None
        request.upload_handlers = [handler_for(request)]
        status = self._unreadable_post(request)
        return None if status is None else self._refused(request, status)

    def _refused(self, request: HttpRequest, status: int) -> HttpResponse:
        log.warning("input refused with %s", status)
        # What was posted may be an emergency all the same.
        if (page_first := emergency_first(request, status)) is not None:
            return page_first
        return render(request, "clinic/site/400.html", {"too_large": status == 413}, status=status)

    def _refusal(self, request: HttpRequest) -> int | None:
        """Return the status to refuse the request with, or None to let it pass."""
        raw = request.META.get("PATH_INFO", "") + request.META.get("HTTP_COOKIE", "")
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        try:
            if _is_unreadable(raw) or b"\x00" in query or _holds_unreadable(request.GET):
                return 400
        except (BadRequest, TooManyFieldsSent):
            return 400
        except (UnicodeError, ValueError, OSError):
            return 400
        if request.method != "POST" or _leads_to_files(request):
            return None
        return self._unreadable_post(request)

    def _unreadable_post(self, request: HttpRequest) -> int | None:
        """Return the status to refuse what was posted with, or None to let it pass."""
        try:
            if _holds_unreadable(request.POST):
                return 400
        except RequestDataTooBig:
            return 413
        except (BadRequest, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError):
            return 400
        except (UnicodeError, ValueError, OSError):
            return 400
        return None
