"""The patient's pages of the waitlist: wish for an earlier time, and answer an offer."""

from collections.abc import Callable
from functools import wraps
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from booking.models import EarlierWish, Service, SlotOffer
from booking.online_booking.search_basis import reasons_not_to_search, search_basis_for
from booking.reason_text import sentences
from booking.referrals.eligibility import why_stopped_now
from booking.refusals import Refused
from booking.terms import current_policy
from booking.waitlist.actions import accept_offer, decline_offer, wish_earlier, withdraw_wish
from booking.waitlist.emails import OFFER, about_offer
from booking.waitlist.forms import EarlierForm
from booking.waitlist.queries import visit_to_replace
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of
from clinic.security.access import patient_only, public, session_patient
from clinic.security.link_pages import opened
from clinic.security.requests import PatientRequest, PublicRequest


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def earlier(request: PatientRequest, code: str) -> HttpResponse:
    """Show how earlier times are offered; store, change or withdraw her wish on POST."""
    patient = request.patient
    service = get_object_or_404(Service, code=code, is_active=True)
    replaced = visit_to_replace(patient, service, timezone.now())
    # With a visit to replace she may wish for an earlier one, unless an urgent answer stops it.
    basis = search_basis_for(request, service)
    closed = sentences(reasons_not_to_search(basis, service, is_moving=replaced is not None))
    wish = EarlierWish.objects.filter(patient=patient, service=service, closed_at=None).first()
    # She can always change or withdraw a wish that she has.
    if closed and wish is None:
        return render(
            request, "booking/online_booking/not_open.html", {"reasons": closed}, status=409
        )
    form = EarlierForm(posted(request), service=service, wish=wish)
    if request.method == "POST" and "withdraw" in request.POST and wish is not None:
        withdraw_wish(wish_id=wish.pk, context=context_of(request))
        return redirect("book_earlier", code)
    if request.method == "POST" and form.is_valid():
        wish_earlier(
            patient=patient,
            service=service,
            context=context_of(request),
            **form.wanted(),
        )
        return redirect("book_earlier", code)
    context = {
        "service": service,
        "wish": wish,
        "form": form,
        "replaced": replaced,
        "offer_hours": current_policy().offer_hours,
        "has_errors": bool(form.errors),
    }
    return render(
        request, "booking/waitlist/earlier.html", context, status=422 if form.errors else 200
    )


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the posted data, None unless the request is a POST.

    An empty POST counts too: nothing ticked means any day and any part of the day.
    """
    return request.POST if request.method == "POST" else None


def with_own_offer(
    view: Callable[[PatientRequest, SlotOffer], HttpResponse],
) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Pass the offer to the view if it is the visitor's own; raise Http404 for others.

    It is hers if this session opened the offer's private link, or if she is its patient and signed
    in. The view's request has `patient` in both cases.
    """

    @wraps(view)
    def inner(request: PublicRequest, offer_id: UUID) -> HttpResponse:
        rows = SlotOffer.objects.select_related("wish__patient", "wish__service", "clinician")
        row = rows.filter(pk=offer_id).first()
        patient = session_patient(request)
        is_own = row is not None and patient is not None and row.wish.patient_id == patient.pk
        if row is None or not (is_own or opened(request, OFFER, about_offer(row))):
            raise Http404
        patient_request = cast("PatientRequest", request)
        patient_request.patient = row.wish.patient
        return view(patient_request, row)

    return public(reason="the private link or the patient's own session is the key")(inner)


@with_own_offer
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Show the offered time and what accepting it does; accept it on POST."""
    now, problems = timezone.now(), []
    if request.method == "POST":
        try:
            accept_offer(offer_id=offer.pk, context=Context(actor_of(request), now))
            return redirect("slot_offer", offer.pk)
        except Refused as refusal:
            problems = sentences(refusal.reasons)
            # Why it was refused may be that it is over by now.
            offer.refresh_from_db()
    patient, service = offer.wish.patient, offer.wish.service
    context = {
        "offer": offer,
        "is_open": offer.outcome == SlotOffer.Outcome.OPEN and offer.expires_at > now,
        "stopped": why_stopped_now(patient),
        "replaced": visit_to_replace(patient, service, now),
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "booking/waitlist/offer.html", context, status=409 if problems else 200)


@with_own_offer
@require_POST
def decline(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Decline the offer, so that the next person is asked."""
    decline_offer(offer_id=offer.pk, context=context_of(request))
    return redirect("slot_offer", offer.pk)
