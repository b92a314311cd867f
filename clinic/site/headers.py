"""Headers that protect whatever is answered: pages, refusals, errors and files alike."""

from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.utils.cache import add_never_cache_headers


class HeadersMiddleware(SecurityMiddleware):
    """Add the headers of Django's own middleware, and those that it does not know.

    It comes before everything that may refuse a request, also before the one that redirects to
    https, so that no answer goes without. `no-store` and `noindex` are for every answer but the
    home page of who is not signed in, and static files.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Redirect nothing: that is done by Django's middleware, further in."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        if not _is_for_everybody(request, response):
            add_never_cache_headers(response)
            response.headers["X-Robots-Tag"] = "noindex"
        return response


def _is_for_everybody(request: HttpRequest, response: HttpResponse) -> bool:
    if response.status_code >= 400:
        return False
    if request.path_info == "/":
        # Signed in, the page says who somebody is; with a question it is not everybody's.
        return not request.GET and not (hasattr(request, "user") and request.user.is_authenticated)
    return request.path_info.startswith("/static/")
