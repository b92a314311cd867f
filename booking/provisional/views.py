"""The page behind the mailed link on which a patient confirms her visit.

The link opens the page of the visit, whose first button leads here and changes nothing: programs
that check mail open links and press buttons.
"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from booking.appointments.access import VisitRequest, with_own_visit
from booking.models import Appointment
from booking.provisional.actions import confirm_visit
from booking.refusals import AlreadyChanged
from booking.reminders.actions import about
from booking.reminders.neutral_words import MANAGE
from clinic.audit.context import context_of
from clinic.security.link_pages import opened


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Ask whether she comes, and confirm the visit on POST.

    Only who opened the mailed link may: the browser that booked has not shown that the mailbox is
    its own. It reads where the mail went, and how to get a code.
    """
    if not visit.is_provisional:
        return redirect("manage_visit", visit.pk)
    came_by_mail = opened(request, MANAGE, about(visit))
    if request.method == "POST" and came_by_mail:
        try:
            confirm_visit(appointment_id=visit.pk, context=context_of(request))
        except AlreadyChanged:
            return render(
                request, "booking/online_booking/changed.html", {"visit": visit}, status=409
            )
        return redirect("manage_visit", visit.pk)
    context = {"visit": visit, "came_by_mail": came_by_mail}
    status = 409 if request.method == "POST" else 200
    return render(request, "booking/provisional/confirm.html", context, status=status)
