"""The patient's pages of what she may book and of the free times, and holding one of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking.appointments.access import holder_key
from booking.appointments.holds import hold_slot
from booking.catalog.first_offer import FIRST_EVALUATION
from booking.catalog.queries import lines_of, single_visits, sold_versions, the_evaluation
from booking.flood_brake.brake import must_prove_first, network_to_count
from booking.models import Appointment, Service
from booking.online_booking.proving import prove_first_page
from booking.online_booking.search_basis import SearchBasis, reasons_not_to_search, search_basis_for
from booking.packages.queries import package_of, pauses_of
from booking.reason_text import sentences
from booking.reasons import Reason
from booking.referrals.eligibility import what_may_be_booked, why_stopped_now
from booking.refusals import MailboxFirst, NotOpen, Refused, SlotTaken
from booking.scheduling.nearest import nearest_to_lost
from booking.scheduling.queries import Search, upcoming_of
from booking.scheduling.slot_choices import TimeChoice, choices, read_choice, read_day, read_number
from booking.signals import forms_after
from booking.terms import current_policy
from clinic.audit.client_address import client_address
from clinic.audit.context import context_of
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date
from clinic.security.access import patient_only
from clinic.security.rate_limits import is_over
from clinic.security.requests import PatientRequest


@patient_only
@require_safe
def book_home(request: PatientRequest) -> HttpResponse:
    """Show what this patient may book now, and why she may not book the rest."""
    patient, now = request.patient, timezone.now()
    context = {
        "bookable": what_may_be_booked(patient, now),
        "package": package_of(patient, now, holder_key=holder_key(request)),
        "upcoming": upcoming_of(patient, now),
        "stopped": why_stopped_now(patient),
        "sold": lines_of(sold_versions()),
        "singles": single_visits(),
    }
    return render(request, "booking/online_booking/book_home.html", context)


@patient_only
@require_safe
def book_service(request: PatientRequest, code: str) -> HttpResponse:
    """Show the free times of one service: days first, then times."""
    found = Service.objects.filter(code=code, is_active=True).first()
    # Pages that only know that she may book an evaluation have the code of the first one.
    if found is None and code == FIRST_EVALUATION:
        found = the_evaluation()
    if found is None:
        raise Http404
    return times_page(request, found)


def _search_for(
    request: HttpRequest, service: Service, basis: SearchBasis, moving: Appointment | None
) -> Search:
    """Return the search behind the page of times, limited to the dates her package allows."""
    referral, package = basis.referral, basis.package
    visit = package.visit_for(service, moving) if package else None
    its_window = visit.window if visit else None
    return Search(
        service=service,
        policy=current_policy(),
        now=basis.now,
        patient=basis.patient,
        clinician_id=read_number(request.GET.get("with", "")),
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        earliest_on=its_window.earliest if its_window else None,
        latest_on=package.use_by if package else None,
        pauses=pauses_of(package.enrollment) if package else (),
        holder_key=holder_key(request),
        moving=(moving,) if moving is not None else (),
    )


def times_page(
    request: PatientRequest,
    service: Service,
    *,
    problems: Iterable[str] = (),
    status: int = 200,
    moving: Appointment | None = None,
    lost: tuple[datetime, int] | None = None,
    exam_wish: str = "",
) -> HttpResponse:
    """Render the page of days and times, or the reasons why the service is closed to the patient.

    `problems` say what went wrong with the last choice, `moving` is a visit that would move.
    `lost` is a start and a clinician's id that cannot be had any more: the nearest times come
    first. `exam_wish` is what she had said when her time was lost, to go with the next one.
    """
    basis = search_basis_for(request, service)
    closed = sentences(reasons_not_to_search(basis, service, is_moving=moving is not None))
    if closed:
        return render(
            request, "booking/online_booking/not_open.html", {"reasons": closed}, status=409
        )
    # Whoever moves a visit takes one time for another.
    if moving is None and must_prove_first(request, holder_key=holder_key(request), now=basis.now):
        return prove_first_page(
            request, reverse("book_service", args=[service.code]), status=status
        )
    search = _search_for(request, service, basis, moving)
    today = clinic_date(search.now, settings.CLINIC_TIME_ZONE)
    lost_on = clinic_date(lost[0], settings.CLINIC_TIME_ZONE) if lost else None
    first = read_day(request.GET.get("from")) or lost_on or search.earliest_on or today
    horizon = today + timedelta(days=search.policy.horizon_patient_days)
    clinicians = list(Clinician.objects.filter(services=service, is_active=True))
    offered = choices(
        search,
        # Within what can be booked, whatever day the address asks for.
        first_day=min(max(first, today), horizon),
        chosen=read_day(request.GET.get("day")),
        names={one.pk: one.name for one in clinicians},
        today=today,
    )
    address = (
        reverse("move_visit", args=[moving.pk])
        if moving is not None
        else reverse("book_service", args=[service.code])
    )
    context = {
        "service": service,
        "offered": offered,
        "lost": lost[0] if lost else None,
        "nearest": nearest_to_lost(search, *lost) if lost else (),
        # In full: the page may stand at an address that only takes what a form posts.
        "address": address,
        "start": f"{address}?with={search.clinician_id}&" if search.clinician_id else f"{address}?",
        "clinicians": clinicians,
        "with_id": search.clinician_id,
        "minutes": search.policy.hold_minutes,
        "problems": list(problems),
        "has_errors": bool(problems),
        "moving": moving,
        "exam_wish": exam_wish,
        "form_after": forms_after({moving: None}, search.now).get(moving.pk, "") if moving else "",
        "package": basis.package,
    }
    return render(request, "booking/online_booking/times.html", context, status=status)


def stopped_page(request: HttpRequest, stopped: Reason) -> HttpResponse:
    """Render why self-booking is stopped, in place of what would be refused."""
    reasons = {"reasons": sentences([stopped])}
    return render(request, "booking/online_booking/not_open.html", reasons, status=409)


def nearest_for(request: PatientRequest, hold: Appointment) -> list[TimeChoice]:
    """Return the three free times nearest to an expired hold; none if she may not book now."""
    basis = search_basis_for(request, hold.service)
    if reasons_not_to_search(basis, hold.service):
        return []
    search = _search_for(request, hold.service, basis, None)
    return nearest_to_lost(search, hold.starts_at, hold.clinician_id)


@patient_only
@require_POST
def hold_slot_view(request: PatientRequest, code: str) -> HttpResponse:
    """Hold the chosen time for some minutes and go on to the page that confirms it."""
    service = get_object_or_404(Service, code=code, is_active=True)
    chosen = read_choice(request.POST.get("slot", ""))
    if chosen is None:
        return times_page(request, service, problems=[_("Choose a time")], status=422)
    # Nobody can block the calendar by holding one time after another.
    if is_over("hold_sets", client_address(request)):
        return render(request, "booking/online_booking/too_many.html", status=429)
    starts_at, clinician_id = chosen
    exam_wish = request.POST.get("exam_wish", "")
    # It comes from a hidden field: what is not a choice is dropped, she is asked again anyway.
    if exam_wish not in Appointment.ExamWish:
        exam_wish = ""
    try:
        held = hold_slot(
            patient=request.patient,
            service_code=code,
            starts_at=starts_at,
            clinician_id=clinician_id,
            holder_key=holder_key(request),
            context=context_of(request),
            exam_wish=exam_wish,
            network=network_to_count(request, request.patient),
        )
    except MailboxFirst:
        return prove_first_page(request, reverse("book_service", args=[code]), status=409)
    # The kinds of Refused before Refused itself: a lost time has others near it, a closed service
    # has none.
    except SlotTaken as refusal:
        return times_page(
            request,
            service,
            problems=sentences(refusal.reasons),
            status=409,
            lost=chosen,
            exam_wish=exam_wish,
        )
    except NotOpen as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)
    except Refused as refusal:
        return times_page(request, service, problems=sentences(refusal.reasons), status=409)
    return redirect("book_confirm", held.pk)
