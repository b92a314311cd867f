"""Pages on which the desk moves a visit, sets it aside, or allows it outside the hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from booking.appointments.access import posted_rev, visit_of
from booking.appointments.booking_request import BookingRequest
from booking.appointments.changes import move_appointment
from booking.appointments.online_holds import held_online
from booking.appointments.pinboard import put_back, set_aside
from booking.appointments.slot_assignment import reasons_not_allowed
from booking.desk.forms import MoveForm, as_initial
from booking.desk.move_queries import effects_of_move, find_to_move
from booking.finding_times.fields import FindForm, has_looked, read_asked
from booking.finding_times.searches import search_to_move, window_of
from booking.models import Appointment
from booking.opening_hours.actions import allow_outside_hours
from booking.opening_hours.conflicts import hours_conflict_of
from booking.reason_text import sentences
from booking.refusals import AlreadyChanged, Refused, SlotTaken
from booking.scheduling.queries import reasons_for
from booking.scheduling.slot_choices import TimeChoice, read_choice
from clinic.audit.context import Context, context_of
from clinic.audit.record import actor_of
from clinic.audit.shown import record_shown
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date, instant
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Show the nearest free times and what a move would do; move the visit on POST.

    The visit holds its old time until the new one is written.
    """
    visit = visit_of(appointment_id)
    if visit.status != Appointment.Status.BOOKED:
        return redirect("desk_appointment", visit.pk)
    if request.method != "POST":
        return _page(request, visit, _form(visit, initial=as_initial(_asked(request, visit))))
    form = _form(visit, request.POST)
    if not form.is_valid():
        return _page(request, visit, form, status=422)
    try:
        move_appointment(
            appointment_id=visit.pk,
            rev=posted_rev(request),
            context=context_of(request),
            staff=staff_of(request),
            tell_patient=form.cleaned_data["notify"] != "n",
            **form.wanted(),
        )
    except AlreadyChanged as refusal:
        return _page(request, visit_of(visit.pk), form, refusal=refusal, status=409)
    except SlotTaken as refusal:
        # Say so when the time is only held online: it may be free again in minutes.
        held = held_online(
            visit.service,
            starts_at=form.wanted()["starts_at"],
            clinician_id=form.wanted()["clinician_id"],
            now=timezone.now(),
        )
        both = SlotTaken([*refusal.reasons, *held])
        return _page(request, visit, form, refusal=both, status=409)
    except Refused as refusal:
        return _page(request, visit, form, refusal=refusal, status=409)
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def aside(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Set a visit aside while the desk looks for another time, or put it back."""
    visit, actor = visit_of(appointment_id), actor_of(request)
    try:
        if request.POST.get("back") == "1":
            put_back(appointment_id=visit.pk, rev=posted_rev(request), actor=actor)
        else:
            set_aside(
                appointment_id=visit.pk,
                rev=posted_rev(request),
                context=Context(actor, timezone.now()),
            )
    except Refused as refusal:
        form = _form(visit, initial={})
        return _page(request, visit_of(visit.pk), form, refusal=refusal, status=409)
    day = clinic_date(visit.starts_at, settings.CLINIC_TIME_ZONE)
    return redirect("desk_day_on", f"{day:%Y-%m-%d}")


@desk_only
@require_POST
def allow_outside_hours_view(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Allow a visit outside the opening hours, so that it leaves the list of visits to move."""
    visit = visit_of(appointment_id)
    try:
        allow_outside_hours(
            appointment_id=visit.pk, rev=posted_rev(request), actor=actor_of(request)
        )
    except Refused as refusal:
        form = _form(visit, initial={})
        return _page(request, visit_of(visit.pk), form, refusal=refusal, status=409)
    return redirect("desk_appointment", visit.pk)


def _form(
    visit: Appointment, data: Mapping[str, object] | None = None, **options: object
) -> MoveForm:
    """Return the form for moving this visit."""
    return MoveForm(data, patient=visit.patient, **options)


def _asked(request: HttpRequest, visit: Appointment) -> TimeChoice | None:
    """Return the time that the address asks about, or None.

    It is either one of the proposed times (`slot`), or a day and a time that somebody typed.
    """
    chosen = read_choice(request.GET.get("slot", ""))
    if chosen is not None:
        clinician = Clinician.objects.filter(pk=chosen[1]).first()
        return TimeChoice(*chosen, clinician.name) if clinician else None
    form = MoveForm({**request.GET.dict(), "notify": "y"})
    if "day" not in request.GET or not form.is_valid():
        return None
    clinician = form.cleaned_data["clinician"] or visit.clinician
    at = instant(form.cleaned_data["day"], form.cleaned_data["at"], settings.CLINIC_TIME_ZONE)
    return TimeChoice(at, clinician.pk, clinician.name)


def _page(
    request: HttpRequest,
    visit: Appointment,
    form: MoveForm,
    *,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; `refusal` says why a posted move was not made."""
    record_shown(request, "see visit", [visit.patient_id], about=visit)
    now = timezone.now()
    # After a POST the form holds the time; what the address asked about is no longer of interest.
    chosen = _asked(request, visit) if request.method != "POST" else None
    context: dict[str, Any] = {
        "visit": visit,
        "form": form,
        # A second form of the same kind on the page: its ids need another prefix.
        "other": MoveForm(initial={"clinician": visit.clinician_id}, auto_id="other_%s"),
        "problems": sentences(refusal.reasons) if refusal else [],
        "is_changed": isinstance(refusal, AlreadyChanged),
        "has_errors": bool(form.errors or refusal),
        "found": (found := find_to_move(visit, read_asked(request.GET), now)),
        "find": FindForm(found.asked),
        "has_looked": has_looked(request.GET),
        "window": window_of(visit, now),
        "misfit": hours_conflict_of(visit, now),
        "chosen": chosen,
    }
    if chosen is not None:
        context["effects"] = effects_of_move(visit, chosen.starts_at, now)
        context["against"] = _against(request, visit, chosen, now)
    return render(request, "booking/desk/move.html", context, status=status)


def _against(
    request: HttpRequest, visit: Appointment, chosen: TimeChoice, now: datetime
) -> list[str]:
    """Return every reason against that time, of the calendar and of the package, as sentences."""
    calendar = reasons_for(
        search_to_move(visit, now), clinician_id=chosen.clinician_id, starts_at=chosen.starts_at
    )
    plan = reasons_not_allowed(
        BookingRequest(
            patient=visit.patient,
            service=visit.service,
            starts_at=chosen.starts_at,
            now=now,
            clinician_id=chosen.clinician_id,
            enrollment=visit.enrollment,
            staff=staff_of(request),
            moving=visit,
        )
    )
    held = held_online(
        visit.service, starts_at=chosen.starts_at, clinician_id=chosen.clinician_id, now=now
    )
    return sentences([*calendar, *held, *plan])
