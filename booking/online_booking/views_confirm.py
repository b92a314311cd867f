"""The pages that confirm a held time, hold it longer, and show what was booked."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.appointments.access import holder_key, own_appointment
from booking.appointments.bookings import confirm_hold
from booking.appointments.cancellation_terms import change_until
from booking.appointments.holds import renew_hold, seconds_left
from booking.flood_brake.brake import network_to_count
from booking.flood_brake.limits import confirm_until
from booking.models import Appointment
from booking.online_booking.exam_wish import ExamWishForm
from booking.online_booking.proving import prove_first_page
from booking.online_booking.views import (
    nearest_for,
    stopped_page,
    times_page,
)
from booking.reason_text import sentences
from booking.referrals.eligibility import why_stopped_now
from booking.refusals import MailboxFirst, Refused, SlotTaken
from booking.reminders.actions import reminders_ahead
from booking.terms import terms_of
from clinic.audit.context import context_of
from clinic.security.access import patient_only
from clinic.security.requests import PatientRequest
from clinic.security.submission_keys import SentWithOtherContent, once


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Show the held time with its terms; book it on POST, once."""
    appointment = own_appointment(request, appointment_id)
    # Confirmed before, by a second press or on another page.
    if appointment.status == Appointment.Status.BOOKED:
        return redirect("book_done", appointment.pk)
    if request.method != "POST" and (stopped := why_stopped_now(request.patient)):
        return stopped_page(request, stopped)
    form = ExamWishForm(request.POST or None, initial={"exam_wish": appointment.exam_wish})
    if request.method == "POST" and form.is_valid():
        return _book(request, appointment, form.cleaned_data["exam_wish"])
    left, terms = seconds_left(appointment), terms_of(appointment.policy)
    context = {
        "appointment": appointment,
        "form": form,
        "has_errors": bool(form.errors),
        "until": appointment.hold_until,
        "seconds_left": left,
        # While the hold lasts, nobody needs another time.
        "nearest": () if left else nearest_for(request, appointment),
        "may_renew": left and appointment.hold_renewals < terms.hold_renewals,
        "hold_minutes": terms.hold_minutes,
        "change_until": change_until(appointment),
        "must_confirm_by": must_confirm_by(request, appointment),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/online_booking/confirm.html", context, status=status)


def must_confirm_by(request: PatientRequest, hold: Appointment) -> datetime | None:
    """Return until when she must confirm the visit if she books it now; None if she need not."""
    if not network_to_count(request, request.patient):
        return None
    return confirm_until(hold.starts_at, timezone.now())


def _book(request: PatientRequest, appointment: Appointment, exam_wish: str) -> HttpResponse:
    def action() -> str:
        booked = confirm_hold(
            appointment_id=appointment.pk,
            holder_key=holder_key(request),
            exam_wish=exam_wish,
            context=context_of(request),
        )
        return reverse("book_done", args=[booked.pk])

    try:
        return redirect(once(request, "confirm", f"appointment:{appointment.pk}", action))
    except SentWithOtherContent:
        # Sent before with another wish: the first one counts.
        return redirect("book_done", appointment.pk)
    except SlotTaken as refusal:
        return times_page(
            request,
            appointment.service,
            problems=sentences(refusal.reasons),
            status=409,
            lost=(appointment.starts_at, appointment.clinician_id),
            exam_wish=exam_wish,
        )
    except MailboxFirst:
        # The hold ran out, and others took what may wait to be confirmed.
        then = reverse("book_service", args=[appointment.service.code])
        return prove_first_page(request, then, status=409)
    except Refused as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)


@patient_only
@require_POST
def renew(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Hold the time longer, as often as the policy allows."""
    appointment = own_appointment(request, appointment_id)
    try:
        renew_hold(
            appointment_id=appointment.pk,
            holder_key=holder_key(request),
            context=context_of(request),
        )
    except Refused as refusal:
        return times_page(
            request, appointment.service, problems=sentences(refusal.reasons), status=409
        )
    return redirect("book_confirm", appointment.pk)


@patient_only
@require_safe
def done(request: PatientRequest, appointment_id: UUID) -> HttpResponse:
    """Show what was booked, as the database has it."""
    appointment = own_appointment(request, appointment_id)
    # Whoever comes here by the address alone has confirmed nothing.
    if appointment.status == Appointment.Status.HELD:
        return redirect("book_confirm", appointment.pk)
    context = {
        "appointment": appointment,
        "change_until": change_until(appointment),
        "reminders": reminders_ahead(appointment),
    }
    return render(request, "booking/online_booking/done.html", context)
