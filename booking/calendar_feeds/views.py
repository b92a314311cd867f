"""Private calendar addresses: the file that each returns, and the pages that manage them."""

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
from clinic.security.rate_limits import is_guessing
from clinic.security.requests import ClinicianRequest, PatientRequest, PublicRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@public(reason="the address itself is the key, and a calendar program has no session")
@require_safe
def feed(request: PublicRequest, token: str) -> HttpResponse:
    """Return the visits of the address's owner as a calendar file, in neutral words."""
    found, now = feed_of(token), timezone.now()
    if found is None:
        if is_guessing(request):
            return HttpResponse(status=429, content_type="text/plain")
        raise Http404
    # Others may see a clinician's calendar: it names the room, never the patient.
    say = _for_clinician if found.clinician is not None else what_it_is
    visits = [(visit, say(visit)) for visit in visits_in(found, now)]
    return HttpResponse(feed_file(visits, now=now), content_type="text/calendar; charset=utf-8")


def _for_clinician(visit: Appointment) -> str:
    """Return what a clinician's calendar says of a visit."""
    return _("Appointment, %(room)s") % {"room": visit.room.name}


@clinician_only
@methods
def own_feed(request: ClinicianRequest) -> HttpResponse:
    """Let a clinician open, replace or close the address of her calendar."""
    return _page(request, "booking/calendar_feeds/own_feed.html", clinician=request.clinician)


@signed_in_patient_only
@methods
def patient_feed(request: PatientRequest) -> HttpResponse:
    """Let a patient open, replace or close the address of her visits."""
    return _page(request, "booking/calendar_feeds/patient_feed.html", patient=request.patient)


def _page(request: HttpRequest, template: str, **owner: Any) -> HttpResponse:
    """Show the owner's feed; open or close it on POST."""
    address = ""
    if request.method == "POST":
        if "close" in request.POST:
            close_feed(**owner, context=context_of(request))
            return redirect(request.path)
        token = open_feed(**owner, context=context_of(request))
        # Not redirected: the address can be shown only now, since only its hash is stored.
        address = settings.SITE_URL + reverse("calendar_feed", args=[token])
    context = {
        "feed": CalendarFeed.objects.filter(**owner, revoked_at=None).first(),
        "address": address,
    }
    return render(request, template, context)
