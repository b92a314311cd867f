"""The manager's pages of places: the list, one place, a sheet to print, and the code as a file."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit.context import context_of
from clinic.heard_from.actions import add_heard_from, change_heard_from, fill_usual_places
from clinic.heard_from.forms import PlaceForm
from clinic.heard_from.qr import drawn, svg_file
from clinic.heard_from.queries import links_of, places_with_counts
from clinic.models.practice import HeardFrom
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@desk_only
@methods
def places(request: StaffRequest) -> HttpResponse:
    """List the places with their links; POST adds one."""
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_heard_from(**_wanted(form), context=context_of(request))
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("It is on the list, with a link and a QR code."))
            return redirect("heard_from_sheet", row.pk)
    month = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE).replace(day=1)
    context = {
        "form": form,
        "rows": [(one, links_of(one.row)[0]) for one in places_with_counts(month)],
        "has_errors": bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "clinic/heard_from/places.html", context, status=status)


@desk_only
@require_POST
def fill_places(request: StaffRequest) -> HttpResponse:
    """Begin with the usual places, if there are none."""
    fill_usual_places(context=context_of(request))
    return redirect("heard_from")


@desk_only
@methods
def change_place(request: StaffRequest, place_id: int) -> HttpResponse:
    """Change what a place is called, and whether the question names it."""
    row = get_object_or_404(HeardFrom, pk=place_id)
    form = PlaceForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_heard_from(heard_from_id=row.pk, **_wanted(form), context=context_of(request))
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            messages.success(request, _("Changed. Links and codes stay as they are."))
            return redirect("heard_from")
    context = {"form": form, "has_errors": bool(form.errors)}
    status = 422 if form.errors else 200
    return render(request, "clinic/heard_from/change.html", context, status=status)


def _wanted(form: PlaceForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "is_asked", "position")}


@desk_only
@require_safe
def sheet(request: StaffRequest, place_id: int) -> HttpResponse:
    """Show the links of a place, and a sheet with its QR code to print and hang up."""
    row = get_object_or_404(HeardFrom, pk=place_id)
    links = links_of(row)
    context = {"place": row, "links": links, "qr": drawn(links[0].address)}
    return render(request, "clinic/heard_from/sheet.html", context)


@desk_only
@require_safe
def code_file(request: StaffRequest, place_id: int) -> HttpResponse:
    """Return the QR code of a place as an SVG file, for a flyer of the clinic's own."""
    row = get_object_or_404(HeardFrom, pk=place_id)
    answer = HttpResponse(svg_file(links_of(row)[0].address), content_type="image/svg+xml")
    answer["Content-Disposition"] = f'attachment; filename="qr-{row.code}.svg"'
    return answer
