"""The desk's pages of the waitlist: who is asked next and why, and what was offered to whom."""

from collections.abc import Sequence
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.models import EarlierWish, Service, SlotOffer
from booking.reason_text import sentences
from booking.refusals import Refused
from booking.terms import current_policy
from booking.waitlist.actions import accept_offer, decline_offer, wish_earlier, withdraw_wish
from booking.waitlist.forms import EarlierForm
from booking.waitlist.matches import waitlist_matches
from booking.waitlist.queries import waiting_list
from booking.waitlist.views import posted
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.models.people import Patient
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.web.paging import PAGE_SIZE


@desk_only
@require_safe
def waitlist(request: StaffRequest) -> HttpResponse:
    """Show who waits, in the order in which they are asked, and the latest offers."""
    return _page(request)


def _page(request: HttpRequest, problems: Sequence[str] = ()) -> HttpResponse:
    """Render the waitlist; `problems` say why an offer could not be accepted."""
    offers = SlotOffer.objects.select_related("wish__patient", "wish__service", "clinician")
    page = Paginator(waiting_list(), PAGE_SIZE).get_page(request.GET.get("page"))
    positions, latest = list(page), list(offers[:PAGE_SIZE])
    seen = [*(one.wish.patient_id for one in positions), *(one.wish.patient_id for one in latest)]
    record_shown(request, "see list", seen, reason="waitlist")
    matches = {one.place: one for one in waitlist_matches(timezone.now(), positions)}
    context = {
        "places": [(one, matches.get(one)) for one in positions],
        "page": page,
        "offers": latest,
        "undo_minutes": current_policy().cancel_undo_minutes,
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "booking/waitlist/desk.html", context, status=409 if problems else 200)


@desk_only
@require_POST
def take(request: StaffRequest, offer_id: UUID) -> HttpResponse:
    """Accept an offer for a patient who said yes on the telephone."""
    offer = get_object_or_404(SlotOffer, pk=offer_id)
    try:
        visit = accept_offer(
            offer_id=offer.pk,
            context=context_of(request),
            staff=staff_of(request),
        )
    except Refused as refusal:
        return _page(request, sentences(refusal.reasons))
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def leave(request: StaffRequest, offer_id: UUID) -> HttpResponse:
    """Decline an offer for a patient, so that the next person is asked; she stays on the list."""
    offer = get_object_or_404(SlotOffer, pk=offer_id)
    decline_offer(offer_id=offer.pk, context=context_of(request), by_staff=True)
    return redirect("desk_waitlist")


@desk_only
@require_POST
def remove(request: StaffRequest, wish_id: UUID) -> HttpResponse:
    """Withdraw a wish for a patient, and redirect to the posted page `next` if it is ours."""
    wish = get_object_or_404(EarlierWish, pk=wish_id)
    withdraw_wish(wish_id=wish.pk, context=context_of(request))
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return redirect(back if back and is_ours else "desk_waitlist")


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest, patient_id: UUID, code: str) -> HttpResponse:
    """Put a patient on the list on the telephone, or change her wish."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    service = get_object_or_404(Service, code=code, is_active=True)
    wish = EarlierWish.objects.filter(patient=patient, service=service, closed_at=None).first()
    form = EarlierForm(posted(request), service=service, wish=wish)
    record_shown(request, "see patient", [patient], reason="waitlist")
    if request.method == "POST" and form.is_valid():
        wish_earlier(
            patient=patient,
            service=service,
            context=context_of(request),
            **form.wanted(),
        )
        return redirect("desk_waitlist")
    context = {
        "patient": patient,
        "service": service,
        "form": form,
        "has_errors": bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/waitlist/desk_add.html", context, status=status)
