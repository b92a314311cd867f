"""The patient's pages of one visit: see it, move it, cancel it, undo that.

They open by the private link in her mails, or in her own session.
"""

from contextlib import suppress
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking.appointments.access import VisitRequest, posted_rev, posted_visits, with_own_visit
from booking.appointments.attention import may_tell, tell_desk
from booking.appointments.cancellation_terms import (
    change_until,
    is_late_at,
    uses_visit_if_cancelled,
)
from booking.appointments.changes import (
    booked_from,
    cancel_appointment,
    cancel_with_following,
    cancelled_with,
    move_appointment,
    undo_cancel,
    undo_cancel_together,
)
from booking.billing.queries import replan_from, visit_bill, visits_out_of_spacing
from booking.models import Appointment
from booking.online_booking.views import times_page
from booking.packages.queries import view_of
from booking.reason_text import sentences
from booking.referrals.eligibility import why_stopped_now
from booking.referrals.questions import is_asked
from booking.refusals import AlreadyChanged, Refused, SlotTaken
from booking.reminders.actions import reminders_ahead
from booking.reminders.calendar_file import calendar_file
from booking.reminders.neutral_words import what_it_is
from booking.scheduling.queries import current_referral
from booking.scheduling.slot_choices import read_choice, read_number
from booking.terms import undo_until
from clinic.audit.context import context_of
from clinic.messages.preferences import set_reminders


@with_own_visit
@require_safe
def manage_visit(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Show the visit, with what can still be done about it."""
    now, until = timezone.now(), undo_until(visit)
    # A patient cannot undo what the clinic cancelled.
    may_undo = until is not None and now <= until and not visit.cancelled_by_clinic
    context = {
        "visit": visit,
        "is_ahead": visit.status == Appointment.Status.BOOKED and visit.starts_at > now,
        "is_late": is_late_at(visit, now),
        "change_until": change_until(visit),
        "undo_until": until if may_undo else None,
        "is_own_session": request.is_own_session,
        "stopped": why_stopped_now(visit.patient),
        "reminders": reminders_ahead(visit),
        "are_questions_missing": is_asked(person := visit.patient.home, current_referral(person)),
        "may_tell": may_tell(visit, now),
        "due": bill.due if (bill := visit_bill(visit)) else 0,
        **_rest_of_package(visit, now),
    }
    return render(request, "booking/online_booking/visit.html", context)


def _rest_of_package(visit: Appointment, now: datetime) -> dict[str, object]:
    """Return what the page says about the other visits of the package.

    These are the visits whose dates no longer fit, the one from which to plan new dates, and
    whether booked visits follow this one.
    """
    if visit.enrollment is None or visit.enrollment.ended_at is not None:
        return {"misplaced": []}
    view = view_of(visit.enrollment, now)
    misplaced = visits_out_of_spacing(view)
    return {
        "misplaced": misplaced,
        "replan_from": replan_from(misplaced, visit),
        "has_following": any(
            one.number > (visit.visit_number or 0)
            and one.appointment is not None
            and one.appointment.status == Appointment.Status.BOOKED
            for one in view.visits
        ),
    }


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_visit(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Ask for confirmation, with what cancelling costs; cancel on POST.

    The form carries the cost that the page showed. If it would cost more by now, nothing is
    cancelled and the page asks again, with status 409.
    """
    now = timezone.now()
    if visit.status != Appointment.Status.BOOKED:
        return redirect("manage_visit", visit.pk)
    # The first one is this visit.
    following = booked_from(visit, now)[1:]
    costs = uses_visit_if_cancelled(visit, now)
    following_cost = sum(uses_visit_if_cancelled(one, now) for one in following)
    is_more = False
    if request.method == "POST":
        is_all = request.POST.get("which") == "following"
        cost = costs + (following_cost if is_all else 0)
        # A cost that cannot be read counts as none: she is asked again rather than charged.
        is_more = cost > (read_number(request.POST.get("cost_all" if is_all else "cost", "")) or 0)
        if not is_more:
            return _cancelled(request, visit)
    context = {
        "visit": visit,
        "costs_visit": costs,
        "following": following,
        "following_cost": following_cost,
        "cost_all": costs + following_cost,
        "change_until": change_until(visit),
        "is_more": is_more,
        "has_errors": is_more,
    }
    return render(
        request, "booking/online_booking/cancel.html", context, status=409 if is_more else 200
    )


def _cancelled(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """Cancel the visit, with all after it if that was chosen, and return the response."""
    try:
        if request.POST.get("which") == "following":
            cancel_with_following(
                appointment_id=visit.pk,
                seen=posted_visits(request),
                context=context_of(request),
            )
        else:
            cancel_appointment(
                appointment_id=visit.pk,
                rev=posted_rev(request),
                context=context_of(request),
            )
    # Before Refused, of which it is a kind.
    except AlreadyChanged:
        return render(request, "booking/online_booking/changed.html", {"visit": visit}, status=409)
    except Refused as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)
    return redirect("manage_visit", visit.pk)


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def undo_cancel_visit(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Ask whether she wants the cancelled visit after all; undo on POST while that is possible."""
    until = undo_until(visit)
    if request.method != "POST":
        if until is None or until < timezone.now() or visit.cancelled_by_clinic:
            return redirect("manage_visit", visit.pk)
        together = cancelled_with(visit, timezone.now())
        context = {"visit": visit, "undo_until": until, "cancelled_with": together}
        return render(request, "booking/online_booking/undo.html", context)
    try:
        undo_cancelled = undo_cancel_together if "all" in request.POST else undo_cancel
        undo_cancelled(appointment_id=visit.pk, context=context_of(request))
    except Refused as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)
    return redirect("manage_visit", visit.pk)


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def move_visit(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Offer other times; move the visit to the chosen one on POST.

    The visit has its old time until the new one is booked.
    """
    if visit.status != Appointment.Status.BOOKED or is_late_at(visit, timezone.now()):
        return redirect("manage_visit", visit.pk)
    if request.method != "POST":
        # Through a link anybody may stand here: the visit's own page says it in neutral words.
        if not request.is_own_session and why_stopped_now(visit.patient):
            return redirect("manage_visit", visit.pk)
        return times_page(request, visit.service, moving=visit)
    chosen = read_choice(request.POST.get("slot", ""))
    if chosen is None:
        problems = [_("Choose a time")]
        return times_page(request, visit.service, problems=problems, status=422, moving=visit)
    try:
        move_appointment(
            appointment_id=visit.pk,
            rev=posted_rev(request),
            starts_at=chosen[0],
            clinician_id=chosen[1],
            context=context_of(request),
        )
    except AlreadyChanged:
        return render(request, "booking/online_booking/changed.html", {"visit": visit}, status=409)
    except SlotTaken as refusal:
        problems = sentences(refusal.reasons)
        return times_page(
            request, visit.service, problems=problems, status=409, moving=visit, lost=chosen
        )
    except Refused as refusal:
        reasons = {"reasons": sentences(refusal.reasons)}
        return render(request, "booking/online_booking/not_open.html", reasons, status=409)
    return redirect("manage_visit", visit.pk)


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def choose_reminders(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Ask whether she is sure; turn her reminders off or on, for all appointments, on POST."""
    if request.method != "POST":
        context = {"visit": visit, "patient": visit.patient, "is_sure": True}
        return render(request, "booking/online_booking/reminders.html", context)
    # Anything else is not from our page, and changes nothing.
    choice = request.POST.get("reminders")
    if choice in ("on", "off"):
        set_reminders(
            patient_id=visit.patient_id,
            wanted=choice == "on",
            context=context_of(request),
        )
    return redirect("manage_visit", visit.pk)


@with_own_visit
@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Ask what the desk should know; note it on POST. The visit stays booked.

    A link leads here, so a program that presses the first button of the visit's page tells nothing.
    """
    now = timezone.now()
    if not may_tell(visit, now):
        return redirect("manage_visit", visit.pk)
    word = request.POST.get("word", "")
    if request.method == "POST" and word in Appointment.Word:
        with suppress(Refused):
            tell_desk(appointment_id=visit.pk, word=word, context=context_of(request))
        return redirect("manage_visit", visit.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "booking/online_booking/tell.html", {"visit": visit}, status=status)


@with_own_visit
@require_safe
def visit_calendar(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Return the visit as a calendar file to download."""
    # Other people may see her calendar, so the file has the neutral words of the mails.
    content = calendar_file(visit, summary=what_it_is(visit), now=timezone.now())
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
