"""The list "The clock law changed": all times put back at once, or one kept as it shows."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from booking.appointments.access import posted_rev, visit_of
from booking.promised_times.actions import (
    accept_unchecked,
    promise_shown_time,
    restore_promised_times,
)
from booking.promised_times.queries import periods_in_words, unchecked_promises
from booking.promised_times.worklists import SLUG, other_times, period_name, promised_in_words
from booking.reason_text import sentences
from booking.refusals import AlreadyChanged
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.practice import zone_data
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest


@desk_only
@require_safe
def clock_law(request: StaffRequest) -> HttpResponse:
    """Show where the clock shows another time than was promised, and what is in the way."""
    now = timezone.now()
    visits = [
        (one, promised_in_words(one), " ".join(sentences(one.reasons))) for one in other_times(now)
    ]
    periods = [(period_name(one), one, one.promised_at()) for one in periods_in_words(now)]
    seen = (one.visit.patient_id for one, _promised, _why in visits)
    record_shown(request, "see list", seen, reason=SLUG)
    context = {
        "visits": visits,
        "periods": periods,
        "unchecked": unchecked_promises(now),
        "zone": settings.CLINIC_TIME_ZONE,
        "release": zone_data.release(),
        "list_slug": SLUG,
    }
    return render(request, "booking/promised_times/clock_law.html", context)


@desk_only
@require_POST
def put_all_back(request: StaffRequest) -> HttpResponse:
    """Put everything on the list back to the promised wall time, as far as that is possible."""
    done = restore_promised_times(context=context_of(request))
    words = ngettext(
        "%(n)s visit is at its promised time again.",
        "%(n)s visits are at their promised times again.",
        done.visits,
    )
    messages.success(request, words % {"n": done.visits})
    return redirect("desk_clock_law")


@desk_only
@require_POST
def keep_shown(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Promise one visit at the time that the clock shows, as somebody agreed with the patient."""
    visit = visit_of(appointment_id)
    try:
        promise_shown_time(
            appointment_id=visit.pk, rev=posted_rev(request), context=context_of(request)
        )
    except AlreadyChanged:
        messages.error(request, _("This visit was changed since you opened the page."))
    else:
        messages.success(request, _("The visit stays where the clock shows it."))
    return redirect("desk_clock_law")


@desk_only
@require_POST
def take_unchecked(request: StaffRequest) -> HttpResponse:
    """Take the visits whose promise could not be checked as they show."""
    count = accept_unchecked(context=context_of(request))
    words = ngettext("%(n)s visit is checked.", "%(n)s visits are checked.", count)
    messages.success(request, words % {"n": count})
    return redirect("desk_clock_law")
