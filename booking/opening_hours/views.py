"""Hours, openings and time off, at the desk for everybody and by clinicians for themselves.

Every change that can take the ground from a visit shows first what it would do; nothing is written
or mailed before it is confirmed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.changes import cancel_appointment
from booking.models import Closure, ExtraOpening, Room
from booking.opening_hours import actions as hours
from booking.opening_hours.conflicts import hours_conflicts
from booking.opening_hours.forms import AbilitiesForm, ClosureForm, OpeningForm, WeekForm
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of
from clinic.models.people import Clinician
from clinic.security.access import staff_of
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.form_fields import hidden

# Whose hours they are.
Owner = Clinician | Room


@dataclass(frozen=True)
class HoursPages:
    """Where somebody came in: the desk, for any clinician or room, or a clinician for herself.

    A clinician decides about her hours; what becomes of booked visits is the desk's to arrange, so
    she may keep a visit but not cancel one.
    """

    prefix: str
    is_own: bool

    def url(self, name: str, owner: Owner) -> str:
        """Return the address of a page about these hours, on this side."""
        return reverse(f"{self.prefix}_{name}", args=[] if self.is_own else [owner.pk])


CLOSURES_SHOWN = 6
DESK = HoursPages("desk_clinician", is_own=False)
ROOM = HoursPages("desk_room", is_own=False)
OWN = HoursPages("own", is_own=True)


@dataclass(frozen=True)
class Change:
    """One change somebody asked for: what it is called, the deed, and where it leads back to."""

    title: str
    deed: Callable[[], object]
    back: str
    clinician: Clinician | None
    is_own: bool = False


def hours_page(request: HttpRequest, owner: Owner, door: HoursPages) -> HttpResponse:
    """Show the hours, openings and closures ahead of one clinician or room."""
    now = timezone.now()
    context = {
        "owner": owner,
        "is_room": isinstance(owner, Room),
        "door": door,
        "hours": owner.opening_hours.order_by("weekday", "valid_from", "starts"),
        "closures": owner.closures.filter(ends_at__gt=now),
        "for_all": Closure.objects.filter(clinician=None, room=None, ends_at__gt=now)[
            :CLOSURES_SHOWN
        ],
        "openings": owner.extra_openings.filter(ends_at__gt=now),
        "services": owner.services.all() if isinstance(owner, Clinician) else (),
    }
    return render(request, "booking/opening_hours/hours_of.html", context)


def close_page(request: HttpRequest, owner: Owner, door: HoursPages) -> HttpResponse:
    """Take time off."""
    form = ClosureForm(request.POST or None)

    def deed() -> object:
        return hours.close(
            by=staff_of(request), actor=actor_of(request), **_whose(owner), **form.span()
        )

    said = _("Close %(name)s") if isinstance(owner, Room) else _("Time off: %(name)s")
    title = said % {"name": owner.name}
    back = door.url("hours", owner)
    return change_page(request, form, _change(title, deed, back, owner, door))


def open_page(request: HttpRequest, owner: Owner, door: HoursPages) -> HttpResponse:
    """Open a time beyond the weekly hours."""
    form = OpeningForm(request.POST or None)

    def deed() -> object:
        return hours.open_extra(
            by=staff_of(request), actor=actor_of(request), **_whose(owner), **form.span()
        )

    title = _("Extra opening: %(name)s") % {"name": owner.name}
    back = door.url("hours", owner)
    return change_page(request, form, _change(title, deed, back, owner, door))


def week_page(request: HttpRequest, owner: Owner, door: HoursPages) -> HttpResponse:
    """Set weekly hours from a date on."""
    form = WeekForm(request.POST or None, owner=owner)

    def deed() -> object:
        return hours.set_week(
            **_whose(owner),
            week=form.week(),
            first=form.cleaned_data["first"],
            last=form.cleaned_data["last"],
            actor=actor_of(request),
        )

    title = _("Weekly hours: %(name)s") % {"name": owner.name}
    back = door.url("hours", owner)
    return change_page(request, form, _change(title, deed, back, owner, door))


def abilities_page(request: HttpRequest, clinician: Clinician, door: HoursPages) -> HttpResponse:
    """Say what a clinician does, and whether she takes visits."""
    form = AbilitiesForm(request.POST or None, clinician=clinician)

    def deed() -> object:
        return hours.set_abilities(
            clinician_id=clinician.pk, actor=actor_of(request), **form.cleaned_data
        )

    title = _("What %(name)s does") % {"name": clinician.name}
    back = door.url("hours", clinician)
    return change_page(request, form, Change(title, deed, back, clinician, door.is_own))


def reopen(request: HttpRequest, owner: Owner, closure_id: int, door: HoursPages) -> HttpResponse:
    """Take time off back; its time can be booked at once."""
    closure = get_object_or_404(Closure, pk=closure_id, **_whose(owner))
    hours.reopen(closure=closure, actor=actor_of(request))
    messages.success(request, _("The time is open again."))
    return redirect(door.url("hours", owner))


def close_extra_page(
    request: HttpRequest, owner: Owner, opening_id: int, door: HoursPages
) -> HttpResponse:
    """Take an extra opening away, after showing which visits stand in it."""
    opening = get_object_or_404(ExtraOpening, pk=opening_id, **_whose(owner))

    def deed() -> object:
        # A second look at one row: foreseeing has deleted it once, and taken that back.
        row = ExtraOpening.objects.get(pk=opening_id)
        return hours.close_extra(opening=row, actor=actor_of(request))

    title = _("Take the extra opening of %(name)s away") % {"name": owner.name}
    back = door.url("hours", owner)
    change = _change(title, deed, back, owner, door)
    return change_page(
        request, forms.Form(request.POST or None), change, context={"opening": opening}
    )


def _whose(owner: Owner) -> dict[str, Any]:
    """Return what tells deeds and rows whose hours are meant."""
    return {"room_id" if isinstance(owner, Room) else "clinician_id": owner.pk}


def _change(
    title: str, deed: Callable[[], object], back: str, owner: Owner, door: HoursPages
) -> Change:
    """Return a change whose visits are this clinician's, or anybody's when it is of a room."""
    clinician = owner if isinstance(owner, Clinician) else None
    return Change(title, deed, back, clinician, door.is_own)


def change_page(
    request: HttpRequest,
    form: forms.Form,
    change: Change,
    *,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Ask for a change, show what it would do, and do it once that was confirmed."""
    shown = {"form": form, "change": change, **(context or {})}
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        status = 422 if form.errors else 200
        shown["has_errors"] = bool(form.errors)
        return render(request, "booking/opening_hours/change.html", shown, status=status)
    clinician_id = change.clinician.pk if change.clinician else None
    if "confirmed" not in request.POST:
        impact = hours.foresee(change.deed, now=timezone.now(), clinician_id=clinician_id)
        shown |= {"impact": impact, "hidden": hidden(form)}
        return render(request, "booking/opening_hours/impact.html", shown)
    return _do(request, change)


def _do(request: HttpRequest, change: Change) -> HttpResponse:
    def deed() -> str:
        change.deed()
        return change.back

    try:
        following = once(request, request.path, actor_of(request).id, deed)
    except SentWithOtherContent:
        return render(request, "clinic/security/403_form.html", status=409)
    left = _settle(request, change)
    messages.success(request, _("The hours are changed."))
    if left:
        said = ngettext(
            "%(n)s visit waits on the work list to be moved.",
            "%(n)s visits wait on the work list to be moved.",
            left,
        )
        messages.info(request, said % {"n": left})
    return redirect(following)


def _settle(request: HttpRequest, change: Change) -> int:
    """Do to each orphan what was chosen; return how many wait to be moved.

    Each is a deed of its own: what somebody changed meanwhile is left alone and stays on the list,
    and so does every visit nothing was chosen for.
    """
    now, left = timezone.now(), 0
    clinician_id = change.clinician.pk if change.clinician else None
    for one in hours_conflicts(now, clinician_id=clinician_id):
        chosen = request.POST.get(f"visit-{one.visit.pk}", "")
        what, _sep, rev = chosen.partition(":")
        try:
            if what == "keep" and rev.isdecimal():
                hours.allow_outside_hours(
                    appointment_id=one.visit.pk, rev=_number(rev), actor=actor_of(request)
                )
            elif what == "cancel" and rev.isdecimal() and not change.is_own:
                _cancel(request, one.visit.pk, _number(rev))
            elif not one.is_kept:
                left += 1
        except Refused:
            left += 1
    return left


def _number(rev: str) -> int:
    return int(rev) if rev.isascii() and len(rev) < 9 else -1


def _cancel(request: HttpRequest, appointment_id: UUID, rev: int) -> None:
    cancel_appointment(
        appointment_id=appointment_id,
        rev=rev,
        context=context_of(request),
        by_clinic=True,
        reason="hours changed",
    )


def own(request: StaffRequest) -> Clinician:
    """Return the clinician who is signed in."""
    if request.clinician is None:
        raise Http404
    return request.clinician
