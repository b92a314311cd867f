"""Private calendar addresses: the file they give, and the page on which one is made or closed."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking.calendar_feeds.actions import close_feed, open_feed
from booking.calendar_feeds.queries import feed_of, visits_in
from booking.models import Appointment, CalendarFeed
from booking.reminders.calendar_file import feed_file
from booking.reminders.neutral_words import what_it_is
from clinic.audit.context import context_of
from clinic.security.access import clinician_only, public, signed_in_patient_only
from clinic.security.requests import ClinicianRequest, PatientRequest, PublicRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@public(reason="the address itself is the key, and a calendar program has no session")
@require_safe
def feed(request: PublicRequest, token: str) -> HttpResponse:
    """Give the visits of whoever this address belongs to, in neutral words."""
    found, now = feed_of(token), timezone.now()
    if found is None:
        raise Http404
    # A clinician's calendar may hang on a wall: the room, never a name.
    say = _for_clinician if found.clinician is not None else what_it_is
    visits = [(visit, say(visit)) for visit in visits_in(found, now)]
    return HttpResponse(feed_file(visits, now=now), content_type="text/calendar; charset=utf-8")


def _for_clinician(visit: Appointment) -> str:
    return _("Appointment, %(room)s") % {"room": visit.room.name}


@clinician_only
@methods
def own_feed(request: ClinicianRequest) -> HttpResponse:
    """Let a clinician make, replace or close the address of her calendar."""
    return _page(request, "booking/calendar_feeds/own_feed.html", clinician=request.clinician)


@signed_in_patient_only
@methods
def patient_feed(request: PatientRequest) -> HttpResponse:
    """Let a patient make, replace or close the address of her visits."""
    return _page(request, "booking/calendar_feeds/patient_feed.html", patient=request.patient)


def _page(request: HttpRequest, template: str, **owner: Any) -> HttpResponse:
    address = ""
    if request.method == "POST":
        if "close" in request.POST:
            close_feed(**owner, context=context_of(request))
            return redirect(request.path)
        token = open_feed(**owner, context=context_of(request))
        # Shown this once: nothing but its hash is kept.
        address = settings.SITE_URL + reverse("calendar_feed", args=[token])
    context = {
        "feed": CalendarFeed.objects.filter(**owner, revoked_at=None).first(),
        "address": address,
    }
    return render(request, template, context)
