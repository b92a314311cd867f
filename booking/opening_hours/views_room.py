"""The desk's pages about rooms: their names, whether they are given out, and their hours."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.models import Room
from booking.opening_hours import actions as hours
from booking.opening_hours.change_pages import Change, change_page
from booking.opening_hours.forms import RoomUseForm
from booking.opening_hours.views import (
    ROOM,
    close_extra_page,
    close_page,
    hours_page,
    open_page,
    week_page,
)
from booking.opening_hours.views import reopen as reopen_for
from clinic.audit.record import actor_of
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


def _room(room_id: int) -> Room:
    """Return the room. Raises Http404."""
    return get_object_or_404(Room, pk=room_id)


@desk_only
@require_safe
def room_hours(request: StaffRequest, room_id: int) -> HttpResponse:
    """Show one room's hours."""
    return hours_page(request, _room(room_id), ROOM)


@desk_only
@methods
def change_room(request: StaffRequest, room_id: int) -> HttpResponse:
    """Rename a room, and set whether it is given out."""
    room = _room(room_id)
    form = RoomUseForm(request.POST or None, room=room)

    def action() -> object:
        return hours.set_room(room_id=room.pk, actor=actor_of(request), **form.cleaned_data)

    title = _("Change %(name)s") % {"name": room.name}
    return change_page(request, form, Change(title, action, ROOM.url("hours", room), None))


@desk_only
@methods
def close_room(request: StaffRequest, room_id: int) -> HttpResponse:
    """Close a room for a time."""
    return close_page(request, _room(room_id), ROOM)


@desk_only
@methods
def open_room(request: StaffRequest, room_id: int) -> HttpResponse:
    """Open a room beyond its weekly hours."""
    return open_page(request, _room(room_id), ROOM)


@desk_only
@methods
def room_week(request: StaffRequest, room_id: int) -> HttpResponse:
    """Set a room's weekly hours."""
    return week_page(request, _room(room_id), ROOM)


@desk_only
@require_POST
def reopen_room(request: StaffRequest, room_id: int, closure_id: int) -> HttpResponse:
    """Delete a room's closure."""
    return reopen_for(request, _room(room_id), closure_id, ROOM)


@desk_only
@methods
def close_extra(request: StaffRequest, room_id: int, opening_id: int) -> HttpResponse:
    """Delete a room's extra opening."""
    return close_extra_page(request, _room(room_id), opening_id, ROOM)
