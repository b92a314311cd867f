"""What the pages about hours share: the desk's, for all, and a clinician's, for herself.

A change that booked visits may conflict with first shows what it would do. Nothing is written or
mailed before somebody confirms it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import Closure, ExtraOpening, Room
from booking.opening_hours import actions as hours
from booking.opening_hours.change_pages import Change, change_page
from booking.opening_hours.forms import AbilitiesForm, ClosureForm, OpeningForm, WeekForm
from clinic.audit.record import actor_of
from clinic.models.people import Clinician
from clinic.security.access import staff_of
from clinic.security.requests import StaffRequest

# Whose hours they are.
Owner = Clinician | Room


@dataclass(frozen=True)
class HoursPages:
    """One set of pages about hours: the desk's for clinicians, its for rooms, or a clinician's own.

    A clinician decides about her hours, but the desk arranges what happens to booked visits. So she
    may allow a visit outside her hours, and cannot cancel one.
    """

    prefix: str
    is_own: bool

    def url(self, name: str, owner: Owner) -> str:
        """Return the address of the page `name` about these hours, in this set of pages."""
        return reverse(f"{self.prefix}_{name}", args=[] if self.is_own else [owner.pk])


# How many closures of the whole clinic a page lists.
CLOSURES_SHOWN = 6
DESK = HoursPages("desk_clinician", is_own=False)
ROOM = HoursPages("desk_room", is_own=False)
OWN = HoursPages("own", is_own=True)


def hours_page(request: HttpRequest, owner: Owner, pages: HoursPages) -> HttpResponse:
    """Show the hours of one clinician or room, with the openings and closures ahead."""
    now = timezone.now()
    context = {
        "owner": owner,
        "is_room": isinstance(owner, Room),
        "door": pages,
        "hours": owner.opening_hours.order_by("weekday", "valid_from", "starts"),
        "closures": owner.closures.filter(ends_at__gt=now),
        "for_all": Closure.objects.filter(clinician=None, room=None, ends_at__gt=now)[
            :CLOSURES_SHOWN
        ],
        "openings": owner.extra_openings.filter(ends_at__gt=now),
        "services": owner.services.all() if isinstance(owner, Clinician) else (),
    }
    return render(request, "booking/opening_hours/hours_of.html", context)


def close_page(request: HttpRequest, owner: Owner, pages: HoursPages) -> HttpResponse:
    """Close a time for a clinician or a room."""
    form = ClosureForm(request.POST or None)

    def action() -> object:
        return hours.close(
            by=staff_of(request), actor=actor_of(request), **_whose(owner), **form.span()
        )

    words = _("Close %(name)s") if isinstance(owner, Room) else _("Time off: %(name)s")
    title = words % {"name": owner.name}
    back = pages.url("hours", owner)
    return change_page(request, form, _change(title, action, back, owner, pages))


def open_page(request: HttpRequest, owner: Owner, pages: HoursPages) -> HttpResponse:
    """Open a time beyond the weekly hours."""
    form = OpeningForm(request.POST or None)

    def action() -> object:
        return hours.open_extra(
            by=staff_of(request), actor=actor_of(request), **_whose(owner), **form.span()
        )

    title = _("Extra opening: %(name)s") % {"name": owner.name}
    back = pages.url("hours", owner)
    return change_page(request, form, _change(title, action, back, owner, pages))


def week_page(request: HttpRequest, owner: Owner, pages: HoursPages) -> HttpResponse:
    """Set weekly hours from a date on."""
    form = WeekForm(request.POST or None, owner=owner)

    def action() -> object:
        return hours.set_week(
            **_whose(owner),
            week=form.week(),
            first=form.cleaned_data["first"],
            last=form.cleaned_data["last"],
            seen=form.cleaned_data["seen"],
            actor=actor_of(request),
        )

    title = _("Weekly hours: %(name)s") % {"name": owner.name}
    back = pages.url("hours", owner)
    return change_page(request, form, _change(title, action, back, owner, pages))


def abilities_page(request: HttpRequest, clinician: Clinician, pages: HoursPages) -> HttpResponse:
    """Set which services a clinician does, and whether she takes visits."""
    form = AbilitiesForm(request.POST or None, clinician=clinician)

    def action() -> object:
        return hours.set_abilities(
            clinician_id=clinician.pk, actor=actor_of(request), **form.cleaned_data
        )

    title = _("What %(name)s does") % {"name": clinician.name}
    back = pages.url("hours", clinician)
    return change_page(request, form, Change(title, action, back, clinician, pages.is_own))


def reopen(request: HttpRequest, owner: Owner, closure_id: int, pages: HoursPages) -> HttpResponse:
    """Delete a closure; its time can be booked at once."""
    closure = get_object_or_404(Closure, pk=closure_id, **_whose(owner))
    hours.reopen(closure=closure, actor=actor_of(request))
    messages.success(request, _("The time is open again."))
    return redirect(pages.url("hours", owner))


def close_extra_page(
    request: HttpRequest, owner: Owner, opening_id: int, pages: HoursPages
) -> HttpResponse:
    """Delete an extra opening, after showing which visits are booked in it."""
    opening = get_object_or_404(ExtraOpening, pk=opening_id, **_whose(owner))

    def action() -> object:
        # Read again: `foresee` deletes the row and rolls that back, and an instance that was
        # deleted once has lost its id.
        row = ExtraOpening.objects.get(pk=opening_id)
        return hours.close_extra(opening=row, actor=actor_of(request))

    title = _("Take the extra opening of %(name)s away") % {"name": owner.name}
    back = pages.url("hours", owner)
    change = _change(title, action, back, owner, pages)
    return change_page(
        request, forms.Form(request.POST or None), change, context={"opening": opening}
    )


def _whose(owner: Owner) -> dict[str, Any]:
    """Return the argument that tells actions and queries whose hours are meant."""
    return {"room_id" if isinstance(owner, Room) else "clinician_id": owner.pk}


def _change(
    title: str, action: Callable[[], object], back: str, owner: Owner, pages: HoursPages
) -> Change:
    """Return a change that concerns this clinician's visits, or all visits if it is of a room."""
    clinician = owner if isinstance(owner, Clinician) else None
    return Change(title, action, back, clinician, pages.is_own)


def own(request: StaffRequest) -> Clinician:
    """Return the clinician who is signed in. Raises Http404 for others."""
    if request.clinician is None:
        raise Http404
    return request.clinician
