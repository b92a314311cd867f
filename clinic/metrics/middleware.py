"""Counts every request, and answers `/metrics` to a program on this machine."""

import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from clinic.audit.client_address import comes_from_this_machine
from clinic.metrics.gauges import PREFIX, RowsCollector
from clinic.request_ids import route_of

PATH = "/metrics"
# Set by clinic.operations.server, for the processes of one web server.
FILES = "PROMETHEUS_MULTIPROC_DIR"
_LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}
# What answers before the routes are looked at has no name there.
_STATIC, _NO_ROUTE = "static", "none"

disable_created_metrics()
OWN = CollectorRegistry()
REQUESTS = Counter(
    f"{PREFIX}requests",
    "Requests by name of the route and class of the status.",
    ["route", "status"],
    registry=OWN,
)
SECONDS = Histogram(
    f"{PREFIX}request_seconds",
    "How long requests took, by name of the route.",
    ["route"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=OWN,
)
REFUSALS = Counter(
    f"{PREFIX}refusals",
    "Requests that were refused: input that no form sends (400, 413), who may not (403), limits "
    "that were reached (429).",
    ["status"],
    registry=OWN,
)
_REFUSALS = (400, 403, 413, 429)


class MetricsMiddleware:
    """Comes first, so that whatever is answered is counted. It is no route: to others it is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH and request.method == "GET" and is_asked_here(request):
            return _page()
        began = time.perf_counter()
        response = self.get_response(request)
        _count(request, response.status_code, time.perf_counter() - began)
        return response


def is_asked_here(request: HttpRequest) -> bool:
    """Return whether a program of this machine asks by its loopback address, through no proxy."""
    try:
        host = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname
    except ValueError:
        return False
    return host in _LOOPBACK_HOSTS and comes_from_this_machine(request)


def _count(request: HttpRequest, status: int, seconds: float) -> None:
    route = route_of(request) or _NO_ROUTE
    if request.path_info.startswith(settings.STATIC_URL):
        route = _STATIC
    REQUESTS.labels(route, f"{status // 100}xx").inc()
    SECONDS.labels(route).observe(seconds)
    if status in _REFUSALS:
        REFUSALS.labels(str(status)).inc()


def _page() -> HttpResponse:
    registry = CollectorRegistry()
    if os.environ.get(FILES):
        MultiProcessCollector(registry)
    else:
        registry.register(OWN)
    registry.register(RowsCollector())
    page = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Content-Type-Options"] = "nosniff"
    return page
