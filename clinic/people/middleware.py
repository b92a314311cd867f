"""Pages that show a person's data are never kept by a browser or a proxy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

OPEN_TO_CACHES = ("/static/",)


class PrivatePagesMiddleware:
    """Adds `no-store` and `noindex` to everything but the home page and static files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        if request.path != "/" and not request.path.startswith(OPEN_TO_CACHES):
            add_never_cache_headers(response)
            response.headers["X-Robots-Tag"] = "noindex"
        return response
