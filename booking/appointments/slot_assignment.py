"""Assign a slot to a visit under the locks: may the patient book it, and is the time free?"""

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
from booking.locks import Occupied, clear_stale_holds, lock_calendar, refuse_gone
from booking.models import Appointment, Room, Service
from booking.packages.queries import (
    next_number,
    paused_until,
    previous_day,
    rules_of,
    use_by,
    without_holds_of,
)
from booking.packages.spacing import reasons_not_to_book
from booking.reasons import Reason
from booking.referrals.eligibility import (
    ALREADY_BOOKED,
    has_upcoming,
    why_no_single_visit,
    why_stopped,
)
from booking.refusals import (
    NEEDS_REASON,
    NO_PACKAGE,
    VISIT_NOT_NEXT,
    NotOpen,
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


def assign_slot(booking: BookingRequest) -> Slot:
    """Lock the calendar and return the slot for this booking; the caller saves the appointment.

    Raises NotOpen, Refused or SlotTaken, with reasons.
    """
    candidates = candidates_of(booking)
    times = [occupied_by(booking.starts_at, booking.service)]
    lock_for(booking.patient, candidates, times, booking.now)
    if clinician_taken({1: booking}):
        raise SlotTaken([CLINICIAN_BUSY])
    return assign_slot_under_locks(booking, candidates)


def assign_slot_under_locks(booking: BookingRequest, candidates: Sequence[int]) -> Slot:
    """Return the slot for this booking with one of these clinicians.

    The caller holds the locks of `lock_for`. Raises NotOpen, Refused or SlotTaken, with reasons.
    """
    if reasons := reasons_not_allowed(booking):
        raise NotOpen(reasons)
    search = search_of(booking)
    if booking.overlap_reason and booking.clinician_id is not None:
        return _slot_over_others(booking, search)
    # The predicate that offered the time decides again, on rows that cannot change any more.
    timetable, wish = load_timetable(search, booking.starts_at, booking.starts_at), search.wish()
    found = [
        slot
        for one in candidates
        if (slot := slot_at(timetable, wish, clinician_id=one, starts_at=booking.starts_at))
    ]
    if found:
        return fairest(found, _load(booking)) if len(found) > 1 else found[0]
    # Of several clinicians the first one's reasons stand for all; no clinician has the id 0.
    first = candidates[0] if candidates else 0
    raise SlotTaken(
        reasons_not_free(timetable, wish, clinician_id=first, starts_at=booking.starts_at)
    )


def lock_for(
    patient: Patient, clinician_ids: Iterable[int], times: Collection[Occupied], now: datetime
) -> None:
    """Lock these clinicians and times, and release expired holds there.

    Raises Refused for a patient whose row was merged into another one, or erased.
    """
    lock_calendar(clinician_ids, times)
    clear_stale_holds(patient, times, now)
    # Only now: a merge locks every clinician, so from here on the row stays the patient's own.
    refuse_gone(patient)


def reasons_not_allowed(booking: BookingRequest) -> list[Reason]:
    """Return why the patient may not have this visit on that day, whatever the calendar says."""
    if reasons := reasons_stopped(booking):
        return reasons
    if not booking.service.is_of_package:
        return _single_visit_reasons(booking)
    if booking.enrollment is None:
        return [NO_PACKAGE]
    return visit_reasons(booking, booking.placed)


def reasons_stopped(booking: BookingRequest) -> list[Reason]:
    """Return why this booking is stopped whatever it is: for staff, until they give a reason."""
    stopped = why_stopped(booking.referral)
    if stopped is None:
        return []
    if booking.staff is None:
        return [stopped]
    return [] if booking.early_reason else [NEEDS_REASON]


def _single_visit_reasons(booking: BookingRequest) -> list[Reason]:
    """Return why the patient may not have this evaluation or follow-up."""
    # A move neither adds a visit nor asks the referral again.
    if booking.moving is not None:
        return []
    kind, patient = booking.service.kind, booking.patient
    if has_upcoming(kind, patient, booking.now):
        return [ALREADY_BOOKED[kind]]
    # Staff book an evaluation or a follow-up for anybody, also without answers.
    if booking.staff is not None:
        return []
    today = clinic_date(booking.now, settings.CLINIC_TIME_ZONE)
    reason = why_no_single_visit(kind, patient, booking.referral, today)
    return [reason] if reason else []


def visit_reasons(booking: BookingRequest, placed: dict[int, Appointment]) -> list[Reason]:
    """Return why this visit of the package may not be on that day; empty when it may.

    `placed` are the visits of the package that have a time, as `visits_with_times` returns them.
    """
    enrollment, number = booking.enrollment, booking.visit_number
    if enrollment is None:
        return [NO_PACKAGE]
    # A time she only holds does not make the visit booked: she may choose another one for it.
    others = without_holds_of(booking.holder_key, placed)
    if number is None or (booking.moving is None and number != next_number(others, enrollment)):
        return [VISIT_NOT_NEXT]
    on = clinic_date(booking.starts_at, settings.CLINIC_TIME_ZONE)
    resumes = paused_until(enrollment, on)
    if resumes is not None and booking.staff is None:
        return [paused(resumes)]
    reasons = reasons_not_to_book(
        number,
        on=on,
        previous_on=previous_day(number, placed, enrollment),
        rules=rules_of(enrollment),
        # The last day counts from visit 1, so it cannot limit visit 1 itself.
        expires_on=use_by(placed, enrollment) if number > 1 else None,
    )
    return [] if booking.staff is not None and booking.early_reason else reasons


def _load(booking: BookingRequest) -> Counter[int]:
    """Return how many visits each clinician has on the clinic date of this booking."""
    day = clinic_date(booking.starts_at, settings.CLINIC_TIME_ZONE)
    begins, ends = midnights(day, 1)
    rows = Appointment.objects.blocking().filter(starts_at__gte=begins, starts_at__lt=ends)
    return Counter(rows.values_list("clinician_id", flat=True))


def _slot_over_others(booking: BookingRequest, search: Search) -> Slot:
    """Return the slot of a visit that staff book over another one, with a reason.

    Only the patient's own visits are checked. Raises SlotTaken.
    """
    end = booking.starts_at + timedelta(seconds=search.wish().seconds)
    own = Appointment.objects.filter(
        patient=booking.patient,
        status__in=("held", "booked", "arrived"),
        starts_at__lt=end,
        ends_at__gt=booking.starts_at,
    )
    if booking.moving is not None:
        own = own.exclude(pk=booking.moving.pk)
    if own.exists():
        raise SlotTaken([PATIENT_BUSY])
    # Any room: a row with an overlap reason is outside of the room's constraint, too.
    room = Room.objects.filter(is_active=True).order_by("pk").first()
    if room is None or booking.clinician_id is None:
        raise SlotTaken
    return Slot(booking.starts_at, end, booking.clinician_id, room.pk)


def appointment_at(slot: Slot, booking: BookingRequest) -> Appointment:
    """Return a new, unsaved appointment in that slot, on the terms and at the price of now."""
    service = booking.service
    return Appointment(
        patient=booking.patient,
        clinician_id=slot.clinician_id,
        room_id=slot.room_id,
        service=service,
        enrollment=booking.enrollment,
        visit_number=booking.visit_number,
        step=booking.step,
        policy=booking.policy,
        price_cents=service.price_cents,
        holder_key=booking.holder_key,
        network_key=booking.network,
        booked_by_staff=booking.staff,
        early_reason=booking.early_reason,
        # Null, not empty: the constraint leaves out rows that have a reason.
        overlap_reason=booking.overlap_reason or None,
        is_sample=booking.patient.is_sample,
        **times_of(slot, service),
    )


def times_of(slot: Slot, service: Service) -> dict[str, datetime]:
    """Return the four times of an appointment in that slot, by field name."""
    busy_from, busy_until = occupied_by(slot.starts_at, service)
    return {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "busy_from": busy_from,
        "busy_until": busy_until,
    }


def save_in_slot(appointment: Appointment) -> Appointment:
    """Save the appointment and return it.

    Raises SlotTaken when the database finds an overlap. Then the transaction can only be rolled
    back.
    """
    try:
        # No savepoint: nothing of a refused booking is worth saving, and `atomic` makes sure that
        # nobody goes on in the transaction.
        with transaction.atomic(savepoint=False):
            appointment.save()
    except IntegrityError as error:
        if _is_taken(error):
            raise SlotTaken from error
        raise
    return appointment


def save_all_in_slots(appointments: Sequence[Appointment]) -> None:
    """Save these new appointments in one statement.

    Raises SlotTaken when the database finds an overlap with any of them. Then none is saved, and
    the transaction goes on.
    """
    try:
        with transaction.atomic():
            Appointment.objects.bulk_create(appointments)
    except IntegrityError as error:
        if _is_taken(error):
            raise SlotTaken from error
        raise


def _is_taken(error: IntegrityError) -> bool:
    """Return whether the database found an overlap, or the visit of a package a second time."""
    name = violated(error) or ""
    return name.startswith("appointment_") and name.endswith(("_no_overlap", "_visit_once"))
