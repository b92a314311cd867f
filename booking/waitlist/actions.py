"""The actions of the waitlist: wish for an earlier time, offer one, accept or decline the offer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.dispatch import receiver

from booking.appointments.booking_request import BookingRequest
from booking.appointments.bookings import confirm_hold
from booking.appointments.changes import cancel_appointment, move_appointment
from booking.appointments.slot_assignment import appointment_at, assign_slot, save_in_slot
from booking.locks import lock_owner
from booking.models import Appointment, EarlierWish, Service, SlotOffer
from booking.refusals import OFFER_OVER, UNDO_OVER, Refused, SlotTaken
from booking.scheduling.timetable import Slot
from booking.signals import patients_merging
from booking.terms import current_policy
from booking.waitlist.emails import (
    owe_left,
    owe_offer,
    owe_offer_again,
    owe_taken,
    withdraw_offer,
)
from booking.waitlist.matching_slots import matching_slots
from booking.waitlist.priority import is_reading_time, offer_ends
from booking.waitlist.queries import (
    WaitlistPosition,
    answer_undo_until,
    visit_to_replace,
    waiting_list,
    wishes_over,
)
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, record
from clinic.backups.restored import restored
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from clinic.ownership.epochs import EpochChange, epoch_raised

Outcome = SlotOffer.Outcome
# A time may be taken between the search and the lock. After a few in a row the person has to wait
# for the next run.
TRIES = 5


@retried
def wish_earlier(
    *,
    patient: Patient,
    service: Service,
    weekdays: Sequence[int],
    parts: Sequence[str],
    clinician_id: int | None,
    context: Context,
) -> EarlierWish:
    """Put the patient on the waitlist, or change her wish and leave her position as it is.

    Empty `weekdays` (0 Monday to 6 Sunday) or `parts` mean any; `clinician_id` None means anyone.
    """
    # Of two forms sent at once, the second one finds the wish of the first.
    Patient.objects.select_for_update().get(pk=patient.pk)
    wish, _ = EarlierWish.objects.update_or_create(
        patient=patient,
        service=service,
        closed_at=None,
        defaults={
            "weekdays": sorted(weekdays),
            "parts": list(parts),
            "clinician_id": clinician_id,
        },
        create_defaults={
            "weekdays": sorted(weekdays),
            "parts": list(parts),
            "clinician_id": clinician_id,
            # Only a new wish gets a time: who changes hers does not lose her position.
            "made_at": context.now,
        },
    )
    record(context.actor, "wish earlier", wish, patient=patient)
    return wish


@retried
def withdraw_wish(*, wish_id: UUID, context: Context) -> None:
    """Close a wish. The time of an open offer goes to the next person."""
    # Lock offers before wishes, in the same order as accepting an offer does.
    offers = SlotOffer.objects.select_for_update().filter(wish=wish_id, outcome=Outcome.OPEN)
    for offer in offers:
        _close(offer, Outcome.DECLINED, now=context.now)
    wish = EarlierWish.objects.select_for_update().get(pk=wish_id)
    if wish.closed_at is not None:
        return
    wish.closed_at = context.now
    wish.save(update_fields=["closed_at"])
    record(context.actor, "withdraw wish", wish, patient=wish.patient_id)


def offer_free_times(*, now: datetime) -> int:
    """Offer the free times to those who are next on the waitlist; return how many offers it made.

    First close the offers that nobody answered in time, and the wishes that are over. Nobody is
    offered a time at night.

    Runs periodically, and may run twice at once: one time has one hold, and one wish one open
    offer.
    """
    for key in SlotOffer.objects.filter(outcome=Outcome.OPEN, expires_at__lte=now).values_list(
        "pk", flat=True
    ):
        _expire(key, now)
    for wish in wishes_over():
        withdraw_wish(wish_id=wish.pk, context=Context(SYSTEM, now))
    if not is_reading_time(now, settings.CLINIC_TIME_ZONE):
        return 0
    asked = set(SlotOffer.objects.filter(outcome=Outcome.OPEN).values_list("wish", flat=True))
    positions = waiting_list()
    free, made = [one for one in positions if one.wish.pk not in asked], 0
    matching = matching_slots(free, now)
    for one in free:
        if _offer(one, matching[one.wish.pk].slots, len(positions), now):
            made += 1
            # The offer has taken a time that others could have had.
            matching = matching_slots(free, now)
    return made


@retried
def _expire(offer_id: UUID, now: datetime) -> None:
    """Close one offer that nobody answered in time."""
    # Asked again under the lock: it may have been accepted meanwhile.
    offer = SlotOffer.objects.select_for_update().get(pk=offer_id)
    if offer.outcome == Outcome.OPEN and offer.expires_at <= now:
        _close(offer, Outcome.EXPIRED, now=now)


def _offer(
    position: WaitlistPosition, slots: Sequence[Slot], waiting_then: int, now: datetime
) -> bool:
    """Offer one person the first of the slots that is still free; return whether it worked."""
    for slot in slots[:TRIES]:
        try:
            return _offer_slot(position, slot, waiting_then, now)
        except SlotTaken:
            continue
        except Refused:
            # She may not have the visit at all, so no other time will do.
            return False
    return False


@retried
def _offer_slot(position: WaitlistPosition, slot: Slot, waiting_then: int, now: datetime) -> bool:
    """Hold the slot, store the offer and owe the mail; return whether she could be asked.

    `waiting_then` is how many wait, for the log of offers. Raises Refused and SlotTaken.
    """
    wish = EarlierWish.objects.select_for_update(of=("self",)).get(pk=position.wish.pk)
    hours, zone = current_policy().offer_hours, settings.CLINIC_TIME_ZONE
    ends = offer_ends(now, hours=hours, starts_at=slot.starts_at, zone=zone)
    is_asked = wish.offers.filter(outcome=Outcome.OPEN).exists()
    # Checked under the lock, since another run may have been quicker. Shortly before the visit an
    # offer would be over before anybody could answer it.
    if wish.closed_at is not None or is_asked or ends <= now:
        return False
    # The hold is stored first and refers to the offer by its id.
    offer_id = uuid4()
    hold = _hold(position.wish, slot, f"offer:{offer_id}", now)
    hold.hold_until = ends
    save_in_slot(hold)
    offer = SlotOffer.objects.create(
        id=offer_id,
        wish=wish,
        hold=hold,
        priority=position.waiting.priority,
        waiting_then=waiting_then,
        starts_at=hold.starts_at,
        clinician_id=hold.clinician_id,
        offered_at=now,
        expires_at=ends,
    )
    owe_offer(offer, now=now)
    record(SYSTEM, "offer earlier time", offer, patient=wish.patient_id)
    return True


def _hold(wish: EarlierWish, slot: Slot, holder_key: str, now: datetime) -> Appointment:
    """Return an unsaved hold of the slot, judged as a booking of the service would be.

    Raises Refused and SlotTaken.
    """
    enrollment = lock_owner(wish.patient, wish.service)
    booking = BookingRequest(
        patient=wish.patient,
        service=wish.service,
        starts_at=slot.starts_at,
        now=now,
        clinician_id=slot.clinician_id,
        enrollment=enrollment,
        holder_key=holder_key,
        moving=visit_to_replace(wish.patient, wish.service, now),
    )
    hold = appointment_at(assign_slot(booking), booking)
    hold.status = Appointment.Status.HELD
    # Outside the package, so that she may still book that visit herself at another time.
    hold.enrollment, hold.visit_number, hold.step = None, None, None
    return hold


@retried
def accept_offer(*, offer_id: UUID, context: Context, staff: User | None = None) -> Appointment:
    """Book the offered time, or move her later visit to it, and return the visit.

    A mail says at once what was booked or moved, and until when she can take it back. Accepting an
    offer again returns the same visit. `staff` accepts it for her on the telephone, even when the
    patient herself could no longer move the later visit. Raises Refused when the offer is over, or
    when she may not have the visit after all.
    """
    offer = _locked(offer_id)
    hold = Appointment.objects.select_related("service", "patient").get(pk=offer.hold_id)
    later = visit_to_replace(hold.patient, hold.service, context.now)
    if offer.outcome == Outcome.ACCEPTED:
        return later or hold
    if offer.outcome != Outcome.OPEN or offer.expires_at <= context.now:
        raise Refused([OFFER_OVER])
    # Without an address the usual mail is owed, which the desk can send once there is one.
    takes_mail = hold.patient.takes_mail
    if later is not None:
        # The move needs the time that the hold takes; both are in one transaction.
        _release(offer)
        offer.moved_from, offer.moved_from_clinician_id = later.starts_at, later.clinician_id
        booked = move_appointment(
            appointment_id=later.pk,
            rev=later.rev,
            starts_at=hold.starts_at,
            clinician_id=hold.clinician_id,
            context=context,
            staff=staff,
            tell_patient=not takes_mail,
        )
    else:
        booked = confirm_hold(
            appointment_id=hold.pk,
            holder_key=hold.holder_key,
            exam_wish="",
            context=context,
            tell_patient=not takes_mail,
        )
    offer.visit = booked
    _finish(offer, Outcome.ACCEPTED, now=context.now)
    if takes_mail:
        owe_taken(offer, booked, now=context.now)
    wishes = EarlierWish.objects.filter(patient=booked.patient, service=hold.service)
    wishes.filter(closed_at=None).update(closed_at=context.now)
    record(context.actor, "accept offer", offer, patient=booked.patient_id)
    return booked


@retried
def undo_accept(*, offer_id: UUID, context: Context) -> None:
    """Take back an accepted offer: the visit goes back to its old time, or is cancelled.

    It costs nothing, and she is on the waitlist again. Taking it back again changes nothing. Raises
    Refused when the minutes for it are over, or when the visit was changed since, and SlotTaken
    when somebody else has the old time.
    """
    offer = _locked(offer_id)
    if offer.outcome == Outcome.UNDONE:
        return
    until = answer_undo_until(offer)
    visit = offer.visit
    if offer.outcome != Outcome.ACCEPTED or until is None or visit is None or context.now > until:
        raise Refused([UNDO_OVER])
    # Moved or cancelled since: it is not this answer any more that would be taken back.
    if (visit.status, visit.starts_at) != (Appointment.Status.BOOKED, offer.starts_at):
        raise Refused([UNDO_OVER])
    if offer.moved_from is not None:
        move_appointment(
            appointment_id=visit.pk,
            rev=visit.rev,
            starts_at=offer.moved_from,
            clinician_id=offer.moved_from_clinician_id,
            context=context,
            is_undo=True,
        )
    else:
        cancel_appointment(
            appointment_id=visit.pk,
            rev=visit.rev,
            context=context,
            excused=True,
            reason="offer taken back",
        )
    offer.outcome, offer.closed_at = Outcome.UNDONE, context.now
    offer.save(update_fields=["outcome", "closed_at"])
    withdraw_offer(offer)
    _wish_again(offer)
    record(context.actor, "undo offer", offer, patient=offer.wish.patient_id)


def _wish_again(offer: SlotOffer) -> None:
    """Open the wish of an offer again, unless she has made another one since."""
    wish = EarlierWish.objects.select_for_update(of=("self",)).get(pk=offer.wish_id)
    same = EarlierWish.objects.filter(patient=wish.patient_id, service=wish.service_id)
    if wish.closed_at is not None and not same.filter(closed_at=None).exists():
        wish.closed_at = None
        wish.save(update_fields=["closed_at"])


@retried
def decline_offer(*, offer_id: UUID, context: Context, by_staff: bool = False) -> None:
    """Leave the time to the next person, who is asked when it cannot be taken back any more.

    A mail says until when she can. She stays on the waitlist for other times. `by_staff`: she said
    so on the telephone, and the next person is asked at once.
    """
    offer = _locked(offer_id)
    if offer.outcome != Outcome.OPEN:
        return
    if by_staff:
        _close(offer, Outcome.DECLINED, now=context.now)
        record(context.actor, "decline offer", offer, patient=offer.wish.patient_id)
        return
    _finish(offer, Outcome.DECLINED, now=context.now)
    # Kept for these minutes, then it expires as any hold does.
    until = answer_undo_until(offer)
    hold = Appointment.objects.filter(pk=offer.hold_id, status=Appointment.Status.HELD)
    hold.update(hold_until=until)
    owe_left(offer, now=context.now)
    record(context.actor, "decline offer", offer, patient=offer.wish.patient_id)


@retried
def undo_decline(*, offer_id: UUID, context: Context) -> None:
    """Open a declined offer again, for as long as it was open at first.

    Raises Refused when the minutes for it are over, or when she has another offer by now.
    """
    offer = _locked(offer_id)
    until = answer_undo_until(offer)
    if offer.outcome == Outcome.OPEN:
        return
    hold = Appointment.objects.select_for_update().get(pk=offer.hold_id)
    is_kept = hold.status == Appointment.Status.HELD
    others = SlotOffer.objects.filter(wish=offer.wish_id, outcome=Outcome.OPEN)
    if (
        offer.outcome != Outcome.DECLINED
        or until is None
        or context.now >= until
        or not is_kept
        or others.exists()
        or offer.wish.closed_at is not None
    ):
        raise Refused([UNDO_OVER])
    hold.hold_until = offer.expires_at
    hold.save(update_fields=["hold_until"])
    offer.outcome, offer.closed_at = Outcome.OPEN, None
    offer.save(update_fields=["outcome", "closed_at"])
    withdraw_offer(offer)
    record(context.actor, "undo decline", offer, patient=offer.wish.patient_id)


def _locked(offer_id: UUID) -> SlotOffer:
    """Lock and return the offer with its wish, which is not locked."""
    rows = SlotOffer.objects.select_for_update(of=("self",)).select_related("wish")
    return rows.get(pk=offer_id)


def _close(offer: SlotOffer, outcome: str, *, now: datetime) -> None:
    """Release the time of an offer and close it."""
    _release(offer)
    _finish(offer, outcome, now=now)


def _release(offer: SlotOffer) -> None:
    """Release the hold of an offer, unless it has become a visit."""
    Appointment.objects.filter(pk=offer.hold_id).give_back()


def _finish(offer: SlotOffer, outcome: str, *, now: datetime) -> None:
    """Close an offer and withdraw its mail if it was not sent."""
    offer.outcome, offer.closed_at = outcome, now
    offer.save()
    withdraw_offer(offer)


@receiver(epoch_raised)
def offer_anew(patient: Patient, change: EpochChange, context: Context, **kwargs: Any) -> None:
    """Mail open offers to the address she has now: the link mailed before opens nothing."""
    if change not in (EpochChange.MOVED, EpochChange.MERGED_FROM_ELSEWHERE) or not patient.email:
        return
    rows = SlotOffer.objects.filter(wish__patient=patient, outcome=Outcome.OPEN)
    for offer in rows.filter(expires_at__gt=context.now):
        owe_offer_again(offer, now=context.now)


@receiver(restored)
def end_offers(context: Context, **kwargs: Any) -> None:
    """End the offers of before a restore; who waits is offered a time anew."""
    for offer in SlotOffer.objects.select_for_update().filter(outcome=Outcome.OPEN):
        _close(offer, Outcome.EXPIRED, now=context.now)


@receiver(patients_merging)
def take_over_wishes(kept: Patient, merged: Patient, context: Context, **kwargs: Any) -> None:
    """Leave her the earlier place in the waitlist; the later wish for the same visit is closed."""
    wished: set[int] = set()
    wishes = EarlierWish.objects.filter(patient__in=(kept, merged), closed_at__isnull=True)
    for wish in wishes.order_by("made_at", "pk"):
        if wish.service_id in wished:
            withdraw_wish(wish_id=wish.pk, context=context)
        wished.add(wish.service_id)
    EarlierWish.objects.filter(patient=merged).update(patient=kept)
