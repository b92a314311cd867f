"""The desk's pages about the hours of the clinic and of each clinician."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.models import Closure, OpeningHours, Room
from booking.opening_hours import actions as hours
from booking.opening_hours.change_pages import Change, change_page
from booking.opening_hours.forms import ClosureForm, RoomForm, WeekForm
from booking.opening_hours.views import (
    DESK,
    abilities_page,
    close_extra_page,
    close_page,
    hours_page,
    open_page,
    week_page,
)
from booking.opening_hours.views import reopen as reopen_for
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.record import actor_of
from clinic.models.people import Clinician
from clinic.models.practice import WeeklyHours
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


def _clinician(clinician_id: int) -> Clinician:
    """Return the clinician. Raises Http404."""
    return get_object_or_404(Clinician, pk=clinician_id)


@desk_only
@methods
def clinic_hours(request: StaffRequest) -> HttpResponse:
    """Show the clinic's hours, clinicians, rooms and closures ahead; add a room on POST."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        hours.add_room(name=form.cleaned_data["name"], actor=actor_of(request))
        messages.success(request, _("The room is added."))
        return redirect("desk_hours")
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    context = {
        **_clinic_week(today),
        "form": form,
        "has_errors": bool(form.errors),
        "clinicians": _clinicians(),
        "rooms": Room.objects.order_by("-is_active", "name"),
        # Of the clinic and of rooms; a clinician's are on her own page.
        "closures": Closure.objects.filter(clinician=None, ends_at__gt=now).select_related("room"),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/opening_hours/hours.html", context, status=status)


def _clinicians() -> QuerySet[Clinician]:
    """Return all clinicians, each with whether any weekly hours were ever entered for her."""
    hours_of = OpeningHours.objects.filter(clinician=OuterRef("pk"))
    return Clinician.objects.annotate(has_hours=Exists(hours_of)).order_by("-is_active", "name")


def _clinic_week(today: date) -> dict[str, object]:
    """Return the clinic's own hours, from today on, and whether any are in force today."""
    rows = WeeklyHours.objects.exclude(valid_until__lt=today)
    return {
        "hours": rows.order_by("weekday", "valid_from", "starts"),
        "is_entered": WeeklyHours.objects.in_force(today).exists(),
    }


@desk_only
@methods
def clinic_week(request: StaffRequest) -> HttpResponse:
    """Set the weekly hours of the clinic itself. No visit depends on them."""
    form = WeekForm(request.POST or None, owner=None)
    context: dict[str, object] = {"form": form, "has_errors": bool(form.errors)}
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            hours.set_clinic_week(
                week=form.week(),
                first=form.cleaned_data["first"],
                last=form.cleaned_data["last"],
                seen=form.cleaned_data["seen"],
                actor=actor_of(request),
            )
        except Refused as refusal:
            form.show_again()
            context |= {"problems": sentences(refusal.reasons), "stands": form.stands()}
            status = 409
        else:
            messages.success(request, _("The clinic’s hours are changed."))
            return redirect("desk_hours")
    return render(request, "booking/opening_hours/clinic_week.html", context, status=status)


@desk_only
@methods
def close_clinic(request: StaffRequest) -> HttpResponse:
    """Close the whole clinic for a time."""
    form = ClosureForm(request.POST or None)

    def action() -> object:
        return hours.close(by=staff_of(request), actor=actor_of(request), **form.span())

    change = Change(_("Close the clinic"), action, reverse("desk_hours"), None)
    return change_page(request, form, change)


@desk_only
@require_POST
def reopen(request: StaffRequest, closure_id: int) -> HttpResponse:
    """Delete a closure of the clinic or of a room."""
    closure = get_object_or_404(Closure, pk=closure_id, clinician=None)
    hours.reopen(closure=closure, actor=actor_of(request))
    messages.success(request, _("The time is open again."))
    return redirect("desk_hours")


@desk_only
@require_safe
def clinician_hours(request: StaffRequest, clinician_id: int) -> HttpResponse:
    """Show one clinician's hours."""
    return hours_page(request, _clinician(clinician_id), DESK)


@desk_only
@methods
def close_clinician(request: StaffRequest, clinician_id: int) -> HttpResponse:
    """Add time off of a clinician."""
    return close_page(request, _clinician(clinician_id), DESK)


@desk_only
@methods
def open_clinician(request: StaffRequest, clinician_id: int) -> HttpResponse:
    """Add an extra opening of a clinician."""
    return open_page(request, _clinician(clinician_id), DESK)


@desk_only
@methods
def clinician_week(request: StaffRequest, clinician_id: int) -> HttpResponse:
    """Set a clinician's weekly hours."""
    return week_page(request, _clinician(clinician_id), DESK)


@desk_only
@methods
def clinician_abilities(request: StaffRequest, clinician_id: int) -> HttpResponse:
    """Set which services a clinician does."""
    return abilities_page(request, _clinician(clinician_id), DESK)


@desk_only
@require_POST
def reopen_clinician(request: StaffRequest, clinician_id: int, closure_id: int) -> HttpResponse:
    """Delete a clinician's time off."""
    return reopen_for(request, _clinician(clinician_id), closure_id, DESK)


@desk_only
@methods
def close_extra(request: StaffRequest, clinician_id: int, opening_id: int) -> HttpResponse:
    """Delete a clinician's extra opening."""
    return close_extra_page(request, _clinician(clinician_id), opening_id, DESK)
