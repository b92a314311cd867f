"""The desk's page of one visit: show it, mark it, cancel it, and undo the cancellation."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from booking.appointments import attendance as attending
from booking.appointments.access import posted_rev, posted_visits, visit_of
from booking.appointments.cancellation_terms import (
    change_until,
    is_late_at,
    uses_visit_if_cancelled,
    uses_visit_if_missed,
)
from booking.appointments.changes import (
    booked_from,
    cancel_appointment,
    cancel_with_following,
    cancelled_with,
    undo_cancel,
    undo_cancel_together,
)
from booking.billing.queries import replan_from, visit_bill, visits_out_of_spacing
from booking.desk.forms import CancelForm
from booking.models import Appointment, EarlierWish
from booking.opening_hours.conflicts import hours_conflict_of
from booking.packages.queries import view_of
from booking.questions.queries import asked_of
from booking.reason_text import sentences
from booking.reasons import Reason
from booking.refusals import AlreadyChanged, Refused
from booking.terms import undo_until
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of
from clinic.audit.shown import record_shown
from clinic.messages.history import history_of
from clinic.models.messages import Email
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest

Status = Appointment.Status


@desk_only
@require_safe
def appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show one visit."""
    return _visit_page(request, visit_of(appointment_id))


def _visit_page(
    request: HttpRequest,
    visit: Appointment,
    *,
    problems: list[str] | None = None,
    form: CancelForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of one visit; `problems` say why something was not done."""
    record_shown(request, "see visit", [visit.patient_id], about=visit)
    misplaced = _misplaced_beside(visit)
    now, zone = timezone.now(), settings.CLINIC_TIME_ZONE
    # A mail about several visits of a package may be about this one too.
    about = [f"appointment:{visit.pk}", f"package:{visit.enrollment_id}"]
    until = undo_until(visit)
    context = {
        "visit": visit,
        "problems": problems or [],
        "has_errors": bool(problems),
        "emails": Email.objects.filter(about__in=about).order_by("due_at"),
        "history": history_of(visit, mails=about),
        "misplaced": misplaced,
        "replan_from": replan_from(misplaced, visit),
        "bill": visit_bill(visit),
        "has_begun": visit.starts_at <= now,
        "asked": asked_of(visit.patient.home) if _is_ahead(visit, now) else None,
        "misfit": hours_conflict_of(visit, now),
        "is_its_day": clinic_date(visit.starts_at, zone) <= clinic_date(now, zone),
        "undo_until": until if until is not None and now <= until else None,
        "cancelled_with": cancelled_with(visit, now),
        **(_booked(visit, form, now) if visit.status == Status.BOOKED else {}),
    }
    return render(request, "booking/desk/appointment.html", context, status=status)


def _is_ahead(visit: Appointment, now: datetime) -> bool:
    return visit.status == Status.BOOKED and visit.starts_at > now


def _booked(visit: Appointment, form: CancelForm | None, now: datetime) -> dict[str, object]:
    """Return what the page says of a booked visit only.

    That is what cancelling or missing it would cost, and her wish for an earlier time, if any.
    """
    after = _after(visit, now)
    used, used_after = uses_visit_if_cancelled(visit, now), _used(after, now)
    wishes = EarlierWish.objects.filter(patient=visit.patient, service=visit.service)
    return {
        "cancel_form": form or CancelForm(following=len(after), used=used + used_after),
        "change_until": change_until(visit),
        "is_late": is_late_at(visit, now),
        "uses_visit": used,
        "following": after,
        "following_used": used_after,
        "missing_uses_visit": uses_visit_if_missed(visit),
        "wish": wishes.filter(closed_at=None).select_related("clinician").first(),
    }


def _after(visit: Appointment, now: datetime) -> list[Appointment]:
    """Return the booked visits of the package after this one; none once it has begun."""
    return booked_from(visit, now)[1:] if visit.starts_at > now else []


def _used(visits: Iterable[Appointment], now: datetime) -> int:
    """Return how many of the visits would count as used if they were cancelled at `now`."""
    return sum(uses_visit_if_cancelled(one, now) for one in visits)


def _misplaced_beside(visit: Appointment) -> list[tuple[Appointment, Reason]]:
    """Return the visits of the same package whose dates no longer fit, each with the reason."""
    if visit.enrollment is None or visit.enrollment.ended_at is not None:
        return []
    return visits_out_of_spacing(view_of(visit.enrollment, timezone.now()))


# By the word in the address.
_MARKS = {
    "arrived": attending.mark_arrived,
    "completed": attending.mark_completed,
    "no_show": attending.mark_no_show,
    "undo": attending.undo_mark,
}


@desk_only
@require_POST
def mark(request: StaffRequest, appointment_id: UUID, mark: str) -> HttpResponse:
    """Mark a visit as arrived, completed or missed, or undo the last mark."""
    action = _MARKS.get(mark)
    visit = visit_of(appointment_id)
    if action is None:
        raise Http404
    try:
        action(
            appointment_id=visit.pk,
            rev=posted_rev(request),
            context=context_of(request),
        )
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        # Read again: a colleague may have changed the visit, which is why it was refused.
        return _visit_page(request, visit_of(appointment_id), problems=problems, status=409)
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def cancel(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Cancel a visit, or it and all after it, for the patient or for the clinic."""
    visit, now = visit_of(appointment_id), timezone.now()
    after = _after(visit, now)
    used = uses_visit_if_cancelled(visit, now) + _used(after, now)
    form = CancelForm(request.POST, following=len(after), used=used)
    if not form.is_valid():
        return _visit_page(request, visit, form=form, status=422)
    details: dict[str, Any] = {
        "context": Context(actor_of(request), now),
        "by_clinic": form.cleaned_data["who"] == "clinic",
        "excused": form.cleaned_data["excused"],
        "reason": form.cleaned_data["reason"],
    }
    try:
        if request.POST.get("which") == "following":
            cancel_with_following(appointment_id=visit.pk, seen=posted_visits(request), **details)
        else:
            cancel_appointment(appointment_id=visit.pk, rev=posted_rev(request), **details)
    except AlreadyChanged as refusal:
        # With an empty form: what was typed was meant for the visit as it was before.
        problems = sentences(refusal.reasons)
        return _visit_page(request, visit_of(appointment_id), problems=problems, status=409)
    except Refused as refusal:
        return _visit_page(
            request, visit, problems=sentences(refusal.reasons), form=form, status=409
        )
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def undo(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Undo a cancellation while that is possible, whoever cancelled."""
    visit, actor = visit_of(appointment_id), actor_of(request)
    try:
        undo_cancelled = undo_cancel_together if "all" in request.POST else undo_cancel
        undo_cancelled(
            appointment_id=visit.pk, context=Context(actor, timezone.now()), by_staff=True
        )
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        return _visit_page(request, visit_of(appointment_id), problems=problems, status=409)
    return redirect("desk_appointment", visit.pk)
