"""The desk's list of imported rows that need a person."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking.models import ImportRow
from booking.moving_in.choices import NotNow, close_row
from booking.moving_in.forms import DoneForm
from booking.moving_in.queries import cells_of, patient_of, waiting_rows
from booking.moving_in.words import NOT_NOW, reason_words
from booking.moving_in.worklists import SLUG
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.web.paging import PAGE_SIZE


@desk_only
@require_safe
def waiting(request: StaffRequest) -> HttpResponse:
    """Show the rows that wait, what stands in each, and why it waits."""
    return _page(request)


def _page(
    request: StaffRequest, form: DoneForm | None = None, of: UUID | None = None
) -> HttpResponse:
    page = Paginator(waiting_rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(row, patient_of(row), cells_of(row), reason_words(row.reason)) for row in page]
    record_shown(request, "see list", (row.patient_id for row, *_rest in rows), reason=SLUG)
    context = {
        "rows": rows,
        "form": form,
        "of": of,
        "has_errors": form is not None,
        "list_slug": SLUG,
        "page": page,
    }
    status = 422 if form is not None else 200
    return render(request, "booking/moving_in/waiting.html", context, status=status)


@desk_only
@require_POST
def done(request: StaffRequest, row_id: UUID) -> HttpResponse:
    """Note how a row was dealt with; it leaves the list."""
    row = get_object_or_404(ImportRow, pk=row_id)
    form = DoneForm(request.POST)
    if not form.is_valid():
        return _page(request, form, row.pk)
    how = form.cleaned_data["how"]
    try:
        close_row(row_id=row.pk, how=how, by=staff_of(request), context=context_of(request))
    except NotNow as refusal:
        messages.error(request, NOT_NOW[refusal.code])
    else:
        messages.success(request, _("It is off the list."))
    return redirect("desk_moved_in")
