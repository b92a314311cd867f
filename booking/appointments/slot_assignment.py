"""Finds the place of a visit under the locks: may she book it, and is the time free."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from booking.appointments.booking_request import (
    BookingRequest,
    candidates_of,
    clinician_taken,
    occupied_by,
    search_of,
)
from booking.constraints import violated
from booking.locks import Occupied, clear_stale_holds, lock_calendar
from booking.models import Appointment, Room, Service
from booking.packages.queries import (
    gates_of,
    next_number,
    paused_until,
    placed_visits,
    previous_day,
    use_by,
    without_holds_of,
)
from booking.packages.spacing import reasons_not_to_book
from booking.reasons import Reason
from booking.referrals.eligibility import has_upcoming_evaluation, why_no_evaluation
from booking.refusals import (
    HAS_EVALUATION,
    JOINED,
    NEEDS_REASON,
    NO_PACKAGE,
    SELF_BOOKING_STOPPED,
    VISIT_NOT_NEXT,
    NotOpen,
    Refused,
    SlotTaken,
    paused,
)
from booking.scheduling.availability import (
    CLINICIAN_BUSY,
    PATIENT_BUSY,
    fairest,
    reasons_not_free,
    slot_at,
)
from booking.scheduling.queries import Search, load_timetable, midnights
from booking.scheduling.timetable import Slot
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date


def assign_slot(request: BookingRequest) -> Slot:
    """Lock the calendar and return the slot for this request.

    Raises NotOpen, Refused or SlotTaken with reasons; then nothing was written. Rows of one person
    are joined under the same locks, so a patient found here is still herself when we write.
    """
    candidates = candidates_of(request)
    times = [occupied_by(request.starts_at, request.service)]
    lock_for(request.patient, candidates, times, request.now)
    if clinician_taken({1: request}):
        raise SlotTaken([CLINICIAN_BUSY])
    return assign_slot_under_locks(request, candidates)


def assign_slot_under_locks(request: BookingRequest, candidates: Sequence[int]) -> Slot:
    """Return the slot for this request with one of these clinicians, whose days are locked.

    Raises as `assign_slot`.
    """
    if reasons := reasons_not_allowed(request):
        raise NotOpen(reasons)
    search = search_of(request)
    if request.overlap_reason and request.clinician_id is not None:
        return _in_spite_of_others(request, search)
    timetable, wish = load_timetable(search, request.starts_at, request.starts_at), search.wish()
    found = [
        slot
        for one in candidates
        if (slot := slot_at(timetable, wish, clinician_id=one, starts_at=request.starts_at))
    ]
    if found:
        return fairest(found, _load(request)) if len(found) > 1 else found[0]
    first = candidates[0] if candidates else 0
    raise SlotTaken(
        reasons_not_free(timetable, wish, clinician_id=first, starts_at=request.starts_at)
    )


def lock_for(
    patient: Patient, clinician_ids: Iterable[int], times: Collection[Occupied], now: datetime
) -> None:
    """Lock these clinicians and times; raise Refused for a patient joined to another row."""
    lock_calendar(clinician_ids, times)
    clear_stale_holds(patient, times, now)
    if not Patient.objects.current().filter(pk=patient.pk).exists():
        raise Refused([JOINED])


def reasons_not_allowed(request: BookingRequest) -> list[Reason]:
    """Return why this patient may not have this visit on that day, whatever the calendar says."""
    if reasons := reasons_stopped(request):
        return reasons
    if request.service.visit_number is None:
        return _evaluation_reasons(request)
    if request.enrollment is None:
        return [NO_PACKAGE]
    return visit_reasons(request, placed_visits(request.enrollment))


def reasons_stopped(request: BookingRequest) -> list[Reason]:
    """Return why nothing may be booked for this patient without a written reason."""
    referral = request.referral
    if referral is not None and referral.stops_self_booking:
        if request.staff is None:
            return [SELF_BOOKING_STOPPED]
        if not request.early_reason:
            return [NEEDS_REASON]
    return []


def _evaluation_reasons(request: BookingRequest) -> list[Reason]:
    if request.moving is not None:
        return []
    if has_upcoming_evaluation(request.patient, request.now):
        return [HAS_EVALUATION]
    if request.staff is not None:
        return []
    today = clinic_date(request.now, settings.CLINIC_TIME_ZONE)
    reason = why_no_evaluation(request.referral, today)
    return [reason] if reason else []


def visit_reasons(request: BookingRequest, placed: dict[int, Appointment]) -> list[Reason]:
    """Return why this visit of the package may not be on that day.

    `placed` are the visits of the package with their times, as `placed_visits` says.
    """
    enrollment, number = request.enrollment, request.service.visit_number
    if enrollment is None or number is None:
        return [NO_PACKAGE]
    others = without_holds_of(request.holder_key, placed)
    if request.moving is None and number != next_number(others):
        return [VISIT_NOT_NEXT]
    on = clinic_date(request.starts_at, settings.CLINIC_TIME_ZONE)
    resumes = paused_until(enrollment, on)
    if resumes is not None and request.staff is None:
        return [paused(resumes)]
    reasons = reasons_not_to_book(
        number,
        on=on,
        previous_on=previous_day(number, placed, enrollment),
        gates=gates_of(enrollment),
        expires_on=use_by(placed, enrollment) if number > 1 else None,
    )
    return [] if request.staff is not None and request.early_reason else reasons


def _load(request: BookingRequest) -> Counter[int]:
    """How many visits each clinician has on that day."""
    day = clinic_date(request.starts_at, settings.CLINIC_TIME_ZONE)
    begins, ends = midnights(day, 1)
    rows = Appointment.objects.blocking().filter(starts_at__gte=begins, starts_at__lt=ends)
    return Counter(rows.values_list("clinician_id", flat=True))


def _in_spite_of_others(request: BookingRequest, search: Search) -> Slot:
    """Staff put a visit over another one: only the patient's own time still counts."""
    end = request.starts_at + timedelta(seconds=search.wish().seconds)
    own = Appointment.objects.filter(
        patient=request.patient,
        status__in=("held", "booked", "arrived"),
        starts_at__lt=end,
        ends_at__gt=request.starts_at,
    )
    if request.moving is not None:
        own = own.exclude(pk=request.moving.pk)
    if own.exists():
        raise SlotTaken([PATIENT_BUSY])
    room = Room.objects.filter(is_active=True).order_by("pk").first()
    if room is None or request.clinician_id is None:
        raise SlotTaken
    return Slot(request.starts_at, end, request.clinician_id, room.pk)


def appointment_at(slot: Slot, request: BookingRequest) -> Appointment:
    """Return a new, unsaved appointment in that slot, under the policy in force."""
    service = request.service
    return Appointment(
        patient=request.patient,
        clinician_id=slot.clinician_id,
        room_id=slot.room_id,
        service=service,
        enrollment=request.enrollment,
        visit_number=service.visit_number,
        policy=request.policy,
        holder_key=request.holder_key,
        booked_by_staff=request.staff,
        early_reason=request.early_reason,
        overlap_reason=request.overlap_reason or None,
        is_sample=request.patient.is_sample,
        **times_of(slot, service),
    )


def times_of(slot: Slot, service: Service) -> dict[str, datetime]:
    """Return what the patient is told and what is occupied, buffers included."""
    busy_from, busy_until = occupied_by(slot.starts_at, service)
    return {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "busy_from": busy_from,
        "busy_until": busy_until,
    }


def save_in_slot(appointment: Appointment) -> Appointment:
    """Save the row; the database's refusal becomes SlotTaken, and the transaction is over."""
    try:
        with transaction.atomic(savepoint=False):
            appointment.save()
    except IntegrityError as error:
        name = violated(error) or ""
        if name.startswith("appointment_") and name.endswith(("_no_overlap", "_visit_once")):
            raise SlotTaken from error
        raise
    return appointment
