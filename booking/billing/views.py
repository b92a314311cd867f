"""The desk's pages of one package: the package itself, its receipt, and the forms it posts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from booking.billing.page import PAGE_FORMS, package_page
from booking.billing.queries import desk_package, enrollment_of
from booking.billing.receipts import receipt_of_package
from booking.models import Appointment, Enrollment
from booking.reason_text import sentences
from booking.refusals import Refused
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once


@desk_only
@require_safe
def package(request: StaffRequest, enrollment_id: UUID) -> HttpResponse:
    """Show one package, live or ended."""
    enrollment = enrollment_of(enrollment_id)
    record(actor_of(request), "see package", enrollment, patient=enrollment.patient)
    return package_page(request, enrollment)


@desk_only
@require_safe
def receipt(request: StaffRequest, enrollment_id: UUID) -> HttpResponse:
    """Show the receipt of a package, to be printed."""
    enrollment = enrollment_of(enrollment_id)
    record(actor_of(request), "print receipt", enrollment, patient=enrollment.patient)
    back = reverse("desk_package", args=[enrollment.pk])
    receipt = receipt_of_package(desk_package(enrollment, timezone.now()), back)
    return render(request, "booking/billing/receipt.html", {"receipt": receipt})


@desk_only
@require_POST
def act(request: StaffRequest, enrollment_id: UUID, act: str) -> HttpResponse:
    """Do what one form of the page asks for; `act` is its name in PAGE_FORMS."""
    enrollment = enrollment_of(enrollment_id)
    if act not in PAGE_FORMS:
        raise Http404
    form = PAGE_FORMS[act].form(request.POST, prefix=act)
    if not form.is_valid():
        return package_page(request, enrollment, sent={act: form}, status=422)
    try:
        return redirect(
            once(
                request,
                f"package {act}",
                f"user:{request.user.pk}",
                _action_of(request, enrollment, act, form),
            )
        )
    except SentWithOtherContent:
        # The same page was sent before with something else: show what that did.
        return redirect("desk_package", enrollment.pk)
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        # The refusal may be due to a change by somebody else: read the package again.
        fresh = enrollment_of(enrollment_id)
        return package_page(request, fresh, sent={act: form}, problems=problems, status=409)


def _action_of(
    request: HttpRequest, enrollment: Enrollment, act: str, form: Any
) -> Callable[[], str]:
    """Return the function that does the action and returns the address to go to."""
    # A forgiven visit is enough to find its package.
    about = {} if act == "forgive" else {"enrollment_id": enrollment.pk}
    wanted = _completed(enrollment, form.wanted())

    def act_once() -> str:
        PAGE_FORMS[act].action(**about, **wanted, context=context_of(request))
        return reverse("desk_package", args=[enrollment.pk])

    return act_once


def _completed(enrollment: Enrollment, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the form's arguments, checked and completed.

    An extension starts today. Raises Http404 for a visit of another package.
    """
    visit = wanted.get("appointment_id")
    if visit is not None:
        get_object_or_404(Appointment, pk=visit, enrollment=enrollment)
    if "starts_on" in wanted and wanted["starts_on"] is None:
        wanted["starts_on"] = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    return wanted
