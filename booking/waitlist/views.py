"""The patient's pages of the waitlist: wish for an earlier time, and answer an offer."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking.flood_brake.brake import network_to_count
from booking.models import EarlierWish, Service, SlotOffer
from booking.online_booking.proving import prove_first_page
from booking.online_booking.search_basis import reasons_not_to_search, search_basis_for
from booking.reason_text import sentences
from booking.referrals.eligibility import why_stopped_now
from booking.refusals import Refused
from booking.terms import current_policy
from booking.waitlist.actions import (
    accept_offer,
    decline_offer,
    undo_accept,
    undo_decline,
    wish_earlier,
    withdraw_wish,
)
from booking.waitlist.emails import OFFER, about_offer
from booking.waitlist.forms import EarlierForm
from booking.waitlist.queries import answer_undo_until, visit_to_replace
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of
from clinic.ownership.mailbox import prove
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
    # An offer takes a time for hours, so whoever is offered one has shown that she reads her mail.
    if wish is None and network_to_count(request, patient):
        return prove_first_page(request, request.get_full_path())
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
@require_safe
def offer(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Show the offered time and what accepting it does.

    Its buttons lead to a second page each, where she answers: programs that check mail press the
    first button they find.
    """
    return _offer_page(request, offer)


def _offer_page(
    request: PatientRequest, offer: SlotOffer, problems: Sequence[str] = ()
) -> HttpResponse:
    now = timezone.now()
    patient, service = offer.wish.patient, offer.wish.service
    until = answer_undo_until(offer)
    context = {
        "offer": offer,
        "is_open": _is_open(offer, now),
        "stopped": why_stopped_now(patient),
        "replaced": visit_to_replace(patient, service, now),
        "undo_until": until if until is not None and now < until else None,
        "problems": problems,
        "has_errors": bool(problems),
    }
    return render(request, "booking/waitlist/offer.html", context, status=409 if problems else 200)


def _is_open(offer: SlotOffer, now: datetime) -> bool:
    return offer.outcome == SlotOffer.Outcome.OPEN and offer.expires_at > now


@with_own_offer
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Ask whether she takes the time; take it on POST. The mailed link proves her mailbox."""
    now = timezone.now()
    if request.method != "POST":
        return _ask(request, offer, "take", is_possible=_is_open(offer, now))
    came_by_mail = opened(request, OFFER, about_offer(offer))
    if not came_by_mail and network_to_count(request, offer.wish.patient):
        return prove_first_page(request, reverse("slot_offer", args=[offer.pk]), status=409)
    if came_by_mail:
        prove(offer.wish.patient.home, now)
    context = Context(actor_of(request), now)
    return _answered(request, offer, lambda: accept_offer(offer_id=offer.pk, context=context))


@with_own_offer
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Ask whether she leaves the time to somebody else; leave it on POST."""
    now = timezone.now()
    if request.method != "POST":
        return _ask(request, offer, "leave", is_possible=_is_open(offer, now))
    context = Context(actor_of(request), now)
    return _answered(request, offer, lambda: decline_offer(offer_id=offer.pk, context=context))


@with_own_offer
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: PatientRequest, offer: SlotOffer) -> HttpResponse:
    """Ask whether she takes her answer back; take it back on POST, while that is possible."""
    now, until = timezone.now(), answer_undo_until(offer)
    if request.method != "POST":
        return _ask(request, offer, "undo", is_possible=until is not None and now < until)
    context = Context(actor_of(request), now)
    was_taken = offer.outcome in (SlotOffer.Outcome.ACCEPTED, SlotOffer.Outcome.UNDONE)
    take_back = undo_accept if was_taken else undo_decline
    return _answered(request, offer, lambda: take_back(offer_id=offer.pk, context=context))


def _ask(
    request: PatientRequest, offer: SlotOffer, what: str, *, is_possible: bool
) -> HttpResponse:
    """Render the second page of an answer, `what` being "take", "leave" or "undo"."""
    if not is_possible:
        return redirect("slot_offer", offer.pk)
    now = timezone.now()
    context = {
        "offer": offer,
        "what": what,
        "replaced": visit_to_replace(offer.wish.patient, offer.wish.service, now),
        "undo_until": answer_undo_until(offer),
        "undo_minutes": current_policy().cancel_undo_minutes,
    }
    return render(request, f"booking/waitlist/offer_{what}.html", context)


def _answered(request: PatientRequest, offer: SlotOffer, act: Callable[[], object]) -> HttpResponse:
    """Run an answer, and show the offer as it stands then, with what was in the way if any."""
    try:
        act()
    except Refused as refusal:
        # Why it was refused may be that it is over by now.
        offer.refresh_from_db()
        return _offer_page(request, offer, sentences(refusal.reasons))
    return redirect("slot_offer", offer.pk)
