"""The desk's pages about patients: search, add one, show one, and book on the telephone."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking.appointments.bookings import book_by_staff
from booking.appointments.online_holds import held_online
from booking.catalog.queries import single_visits
from booking.desk.forms import PatientContactForm, TelephoneBookingForm
from booking.desk.move_queries import pinboard
from booking.finding_times.fields import FindForm, has_looked, read_asked
from booking.finding_times.searches import search_to_book
from booking.finding_times.week import find_week
from booking.models import Appointment, Referral, Service
from booking.packages.queries import package_of
from booking.questions.queries import asked_of
from booking.reason_text import sentences
from booking.refusals import Refused, SlotTaken
from booking.reminders.again import unmailed_visits
from booking.scheduling.queries import upcoming_of
from booking.scheduling.slot_choices import TimeChoice, read_choice, read_day
from booking.terms import current_policy
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record, record_each
from clinic.audit.shown import record_shown
from clinic.identity.same_person import digits_of
from clinic.known_patients.open_elsewhere import open_among
from clinic.known_patients.queries import likely_matches
from clinic.known_patients.search import found_page
from clinic.known_patients.searches import remember, words_of
from clinic.known_patients.warning import record_known
from clinic.messages.history import history_of_patient
from clinic.models.people import Clinician, Patient
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.web.paging import after_of

# Buttons of the booking form that fill it or look for times, and book nothing.
LOOKS = {"take", "look", "week", "whole"}


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def patients(request: StaffRequest) -> HttpResponse:
    """Search patients.

    The words stay in the session and the address holds only their key, so that no name gets into
    the browser's history or a proxy's log.
    """
    slot = _asked_time(request)
    if request.method == "POST":
        return redirect(_with_time(f"{reverse('desk_patients')}?search={remember(request)}", slot))
    words = words_of(request)
    try:
        found = found_page(words, after=after_of(request))
    except Patient.DoesNotExist:
        raise Http404 from None
    if words:
        shown = ("name", "phone", "email", "born_on")
        record_each(actor_of(request), "search patients", found.rows, fields=shown)
    context = {
        "found": found,
        "aside": _aside(request) if slot else [],
        "words": words,
        "search": request.GET.get("search", ""),
        "slot": slot,
        # What the address of the next page adds to its query.
        "slot_query": _with_time("?", slot).removeprefix("?"),
    }
    return render(request, "booking/desk/patients.html", context)


def _aside(request: StaffRequest) -> list[Appointment]:
    """Return the visits that are set aside; the free time may be for one of them."""
    visits = pinboard(timezone.now())
    record_shown(request, "see visit", [one.patient_id for one in visits], reason="set aside")
    return visits


def _asked_time(request: HttpRequest) -> TimeChoice | None:
    """Return the free time on the calendar from which the booking was begun, or None.

    Every page on the way to the booking carries it along in its address.
    """
    return _time_named(request.GET.get("slot", ""))


def _time_named(value: str) -> TimeChoice | None:
    """Return the time and active clinician that `value` names, or None."""
    chosen = read_choice(value)
    if chosen is None:
        return None
    clinician = Clinician.objects.filter(pk=chosen[1], is_active=True).first()
    return TimeChoice(*chosen, clinician.name) if clinician is not None else None


def _with_time(address: str, slot: TimeChoice | None) -> str:
    """Return the address with the time added to its query."""
    if slot is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'slot': slot.value})}"


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_patient(request: StaffRequest) -> HttpResponse:
    """Add a patient on the telephone, after a warning when she may be known."""
    slot = _asked_time(request)
    form = PatientContactForm(request.POST or None, searched=_searched(words_of(request)))
    if request.method == "POST" and form.is_valid():
        patient = form.create_patient(is_sample=staff_of(request).is_sample)
        record(actor_of(request), "add patient", patient, patient=patient)
        following = "desk_new" if slot else "desk_patient"
        return redirect(_with_time(reverse(following, args=[patient.pk]), slot))
    record_known(request, form)
    status = 422 if form.errors else 200
    context = {"form": form, "has_errors": bool(form.errors), "slot": slot}
    return render(request, "booking/desk/new_patient.html", context, status=status)


def _searched(words: str) -> dict[str, str]:
    """Return the words of a search that found nobody as the field of a new patient they are for."""
    if "@" in words:
        return {"email": words}
    return {"phone" if digits_of(words) else "name": words}


@desk_only
@require_safe
def patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Show one patient: how to reach her, what she may book, and her visits.

    The page never shows her answers.
    """
    row = get_object_or_404(Patient, pk=patient_id)
    # Merged into another row, which has all her visits.
    if row.merged_into_id:
        return redirect("desk_patient", row.merged_into_id)
    now = timezone.now()
    upcoming = list(upcoming_of(row, now))
    record(actor_of(request), "see patient", row, patient=row)
    alike = likely_matches([row])
    context = {
        "patient": row,
        "alike": alike[row.pk],
        "is_open_elsewhere": row.pk in open_among([row], alike),
        "referral": Referral.objects.current().filter(patient=row).first(),
        "package": package_of(row, now),
        "packages": row.enrollments.order_by("-enrolled_at"),
        "upcoming": upcoming,
        "unmailed": unmailed_visits(row, upcoming),
        "asked": asked_of(row),
        "history": history_of_patient(row),
        "past": row.appointments.agreed().filter(starts_at__lte=now).order_by("-starts_at")[:20],
    }
    return render(request, "booking/desk/patient.html", context)


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_appointment(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Book a visit for a patient on the telephone."""
    row = get_object_or_404(Patient, pk=patient_id)
    services, slot, now = _bookable_services(row), _asked_time(request), timezone.now()
    form = TelephoneBookingForm(request.POST or None, services=services, slot=slot)
    problems: list[str] = []
    # A new form without data: nobody wants to read errors before pressing "book".
    if LOOKS & request.POST.keys():
        slot = _time_named(request.POST.get("take", ""))
        form = TelephoneBookingForm(services=services, slot=slot, typed=request.POST.dict())
    elif request.method == "POST" and form.is_valid():
        try:
            booked = book_by_staff(
                patient=row,
                staff=staff_of(request),
                context=context_of(request),
                **form.request(),
            )
        except SlotTaken as refusal:
            wanted = form.request()
            held = held_online(
                form.services[wanted["service_code"]],
                starts_at=wanted["starts_at"],
                clinician_id=wanted["clinician_id"],
                now=now,
            )
            problems = sentences([*refusal.reasons, *held])
        except Refused as refusal:
            problems = sentences(refusal.reasons)
        else:
            return redirect(reverse("desk_appointment", args=[booked.pk]))
    status = 409 if problems else 422 if form.errors else 200
    record_shown(request, "see patient", [row], reason="book")
    alike = likely_matches([row])
    context = {
        "patient": row,
        "alike": alike[row.pk],
        "is_open_elsewhere": row.pk in open_among([row], alike),
        "form": form,
        "slot": slot,
        # Booking another visit is not what somebody is in the middle of.
        "aside": [one for one in pinboard(now) if one.patient_id == row.pk],
        "problems": problems,
        "has_taken": "take" in request.POST and slot is not None,
        "has_looked": has_looked(request.POST),
        "has_errors": bool(form.errors or problems),
        **_found(request, row, form, now),
        "policy": current_policy() if form.chosen_service else None,
    }
    return render(request, "booking/desk/new_appointment.html", context, status=status)


def _found(
    request: HttpRequest, patient: Patient, form: TelephoneBookingForm, now: datetime
) -> dict[str, Any]:
    """Return what the page shows of the search for a time of the service on the form."""
    service = form.chosen_service
    if service is None:
        return {}
    asked = read_asked(request.POST)
    if asked.day is None:
        # A day that was typed for the visit is where to look, too.
        asked = asked.from_day(read_day(request.POST.get("day")))
    found = find_week(search_to_book(service, patient, now), asked)
    return {"found": found, "find": FindForm(found.asked)}


def _bookable_services(patient: Patient) -> list[Service]:
    """Return the next visit of her current package, if any, and what is booked by itself."""
    package = package_of(patient, timezone.now())
    following = package.next_visit if package else None
    return [*([following.service] if following else []), *single_visits()]
