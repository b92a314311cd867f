"""The floor for pages: a site as `startproject` leaves it, with a few views."""

import os
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import dj_database_url
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.bench import least_booking
from tests.bench.floors import busy_rows, insert, subtraction

ZONE = ZoneInfo("America/New_York")

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="the floor keeps no secret",
        ROOT_URLCONF="tests.bench.floor_site",
        USE_TZ=True,
        DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60)},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )


def bare(request: HttpRequest) -> HttpResponse:
    """Return a page of one line (B)."""
    return HttpResponse("<!doctype html><title>Bare</title><p>Nothing here.")


def free(request: HttpRequest, days: int) -> JsonResponse:
    """Return the free times of the ten clinicians, found by one query and subtraction."""
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    dates = [today + timedelta(days=n) for n in range(1, days + 1)]
    # Weekdays from 9 to 17 in seconds since 1970. A change of the clocks is ignored: it is a floor.
    opens = [
        (int(day.timestamp()) + 9 * 3600, int(day.timestamp()) + 17 * 3600)
        for day in dates
        if day.weekday() < 5
    ]
    rows = busy_rows(today, dates[-1] + timedelta(days=1))
    clinicians = sorted({row[0] for row in rows})
    found: list[Any] = subtraction(rows, clinicians, opens, seconds=6300, grid=900)
    return JsonResponse({"free": found})


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    """Take a time with one insert."""
    start, end = (datetime.fromisoformat(request.POST[name]) for name in ("start", "end"))
    insert(int(request.POST["clinician"]), start, end)
    return HttpResponse("<!doctype html><title>Taken</title>")


def hold(request: HttpRequest) -> HttpResponse:
    """Hold a time and redirect to where it is booked."""
    start, end = (datetime.fromisoformat(request.POST[name]) for name in ("start", "end"))
    who = request.COOKIES["sessionid"], request.POST["patient"]
    held = least_booking.hold(*who, int(request.POST["clinician"]), start, end)
    return HttpResponseRedirect(f"/book/{held}/")


def book(request: HttpRequest, held: UUID) -> HttpResponse:
    """Book the time that was held."""
    least_booking.book(request.COOKIES["sessionid"], request.POST["patient"], str(held))
    return HttpResponseRedirect(f"/done/{held}/")


urlpatterns = [
    path("bare/", bare),
    path("free/<int:days>/", free),
    path("insert/", take),
    path("hold/", hold),
    path("book/<uuid:held>/", book),
]
application = get_wsgi_application()
