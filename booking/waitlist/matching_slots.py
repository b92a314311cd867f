"""Find the free times for everybody on the waitlist in one search, however many wait.

What decides is read once for all. The timetable is then adapted to each person in memory, and
searched by the same pure function as on every other page.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from booking.models import Appointment, EarlierWish, Policy, Referral, Service, SlotOffer
from booking.models.offer import LONGEST_VISIT
from booking.packages.queries import PackageView, VisitView, packages_of, pauses_of
from booking.referrals.eligibility import why_no_single_visit
from booking.scheduling.availability import free_slots
from booking.scheduling.intervals import Interval, span
from booking.scheduling.queries import Search, load_timetable, midnights
from booking.scheduling.timetable import Slot, SlotWish, Timetable
from booking.terms import current_policy, terms_of
from booking.waitlist.priority import fits
from booking.waitlist.queries import WaitlistPosition
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date

# A time that is further ahead is not offered as an earlier one.
DAYS_AHEAD = 28

# Clinician id, beginning and end of a visit, buffers included.
Occupied = tuple[int, datetime, datetime]


@dataclass(frozen=True)
class MatchingSlots:
    """The free times that one person may be offered, soonest first.

    `replaces` is the later visit of hers that such a time would replace, None without one.
    """

    slots: tuple[Slot, ...]
    replaces: Appointment | None = None


@dataclass(frozen=True)
class _Look:
    """What is known of all who wait, by patient, and of the calendar that they share.

    `doing` are pairs of service and clinician id: who does what. `fitting` are the ids of the
    clinicians who fit pessaries. `offered` are wish, start and clinician of every offer so far.
    """

    now: datetime
    today: date
    policy: Policy
    timetable: Timetable
    packages: Mapping[UUID, PackageView]
    referrals: Mapping[UUID, Referral]
    own: Mapping[UUID, Sequence[Appointment]]
    doing: Collection[tuple[int, int]]
    fitting: Collection[int]
    offered: Collection[tuple[UUID, datetime, int]]
    just_cancelled: Sequence[Occupied]


def matching_slots(places: Sequence[WaitlistPosition], now: datetime) -> dict[UUID, MatchingSlots]:
    """Return what may be offered now, by the id of each wish. Sixteen statements for any number.

    Times that she was offered before are left out, and times whose cancellation can still be
    undone.
    """
    if not places:
        return {}
    look = _look(places, now)

    # Most people who wait have the same wish and shape, so one search serves them all.
    @cache
    def free(wish: SlotWish, shape: _Shape) -> list[Slot]:
        return free_slots(_timetable(look, shape), wish, first_day=look.today, days=DAYS_AHEAD)

    found = {}
    for place in places:
        asked = _asked(look, place.wish)
        slots = free(*asked.search) if asked.search else ()
        matching = tuple(slot for slot in slots if _matches(look, place, slot, asked.replaces))
        found[place.wish.pk] = MatchingSlots(matching, asked.replaces)
    return found


def _look(places: Sequence[WaitlistPosition], now: datetime) -> _Look:
    """Read everything that decides what these people may be offered."""
    wishes = [one.wish for one in places]
    patients, policy = {one.patient_id for one in wishes}, current_policy()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    # A timetable of no patient and any service; `_timetable` adapts it to each person.
    anyone = Search(service=wishes[0].service, policy=policy, now=now)
    doing = Service.clinicians.through.objects.filter(service__in={one.service for one in wishes})
    referrals = Referral.objects.current().filter(patient__in=patients)
    offers = SlotOffer.objects.filter(wish__in=wishes)
    undo = timedelta(minutes=terms_of(policy).cancel_undo_minutes)
    cancelled = Appointment.objects.filter(status="cancelled", cancelled_at__gt=now - undo)
    return _Look(
        now=now,
        today=today,
        policy=policy,
        timetable=load_timetable(anyone, *midnights(today, DAYS_AHEAD)),
        packages=packages_of(patients, now),
        referrals={one.patient_id: one for one in referrals},
        own=_own_visits(patients, now),
        doing=set(doing.values_list("service_id", "clinician_id")),
        fitting=set(Clinician.objects.filter(fits_pessaries=True).values_list("pk", flat=True)),
        offered=set(offers.values_list("wish_id", "starts_at", "clinician_id")),
        just_cancelled=list(cancelled.values_list("clinician_id", "busy_from", "busy_until")),
    )


def _own_visits(patients: Iterable[UUID], now: datetime) -> Mapping[UUID, Sequence[Appointment]]:
    """Return the visits and holds of each of these patients from now on, soonest first."""
    # A hold that ran out may still be in the table.
    gone = Q(status="held", hold_until__lte=now)
    rows = Appointment.objects.blocking().exclude(gone).filter(patient__in=patients)
    own: dict[UUID, list[Appointment]] = defaultdict(list)
    # Back by the longest visit, for one that has begun and still lasts.
    for row in rows.filter(starts_at__gt=now - LONGEST_VISIT).order_by("starts_at"):
        own[row.patient_id].append(row)
    return own


@dataclass(frozen=True)
class _Shape:
    """What makes one person's calendar differ from another's.

    `own` are the times at which she is busy. Two people of the same shape share one search.
    """

    service_id: int
    clinician_id: int | None
    needs_pessary_fitting: bool
    own: tuple[Interval, ...]
    # Clinician, room and time of the visit that would be replaced, since its time becomes free.
    leaves: tuple[int, int, Interval] | None


@dataclass(frozen=True)
class _Asked:
    """What to search for one wish; `search` is None when she may not be offered anything."""

    search: tuple[SlotWish, _Shape] | None
    replaces: Appointment | None


def _asked(look: _Look, wish: EarlierWish) -> _Asked:
    """Return the search for one wish, under the same rules as her own booking."""
    own = look.own.get(wish.patient_id, ())
    # `own` is in order, so this is the soonest one, as in `visit_to_replace`.
    replaces = next((one for one in own if _is_later_visit(one, wish, look.now)), None)
    referral = look.referrals.get(wish.patient_id)
    package = look.packages.get(wish.patient_id) if wish.service.is_of_package else None
    visit = package.visit_for(wish.service, replaces) if package else None
    # Whoever has not confirmed what she booked is offered nothing.
    if any(one.is_provisional for one in own):
        return _Asked(None, replaces)
    if not _may_be_asked(look, wish, replaces, referral, visit):
        return _Asked(None, replaces)
    window = visit.window if visit else None
    search = Search(
        service=wish.service,
        policy=look.policy,
        now=look.now,
        earliest_on=window.earliest if window else None,
        latest_on=package.use_by if package else None,
        pauses=pauses_of(package.enrollment) if package else (),
    )
    shape = _Shape(
        wish.service_id,
        wish.clinician_id,
        referral is not None and referral.needs_pessary_fitting,
        tuple(span(one.starts_at, one.ends_at) for one in own if one is not replaces),
        _occupied_by(replaces) if replaces else None,
    )
    return _Asked((search.wish(), shape), replaces)


def _is_later_visit(visit: Appointment, wish: EarlierWish, now: datetime) -> bool:
    """Return whether it is the booked visit that an earlier time would replace."""
    is_ahead = visit.status == Appointment.Status.BOOKED and visit.starts_at > now
    return is_ahead and visit.service_id == wish.service_id


def _occupied_by(visit: Appointment) -> tuple[int, int, Interval]:
    """Return the clinician, the room and the time that the visit occupies, buffers included."""
    return visit.clinician_id, visit.room_id, span(visit.busy_from, visit.busy_until)


def _may_be_asked(
    look: _Look,
    wish: EarlierWish,
    replaces: Appointment | None,
    referral: Referral | None,
    visit: VisitView | None,
) -> bool:
    """Return whether she may have this service at all; `visit` is the one of her live package.

    Never while a stop of self-booking holds. An evaluation or a follow-up has to be open to her,
    and a visit of a package has to be the next one, unless there is a visit to replace.
    """
    if referral is not None and referral.stops_self_booking:
        return False
    if not wish.service.is_of_package:
        kind, today = wish.service.kind, look.today
        is_open = why_no_single_visit(kind, wish.patient, referral, today) is None
        return replaces is not None or is_open
    return visit is not None and (replaces is not None or visit.is_next)


def _timetable(look: _Look, shape: _Shape) -> Timetable:
    """Return the calendar as it is for a person of this shape, her later visit taken out."""
    timetable = look.timetable
    # A wish for one clinician leaves the others out; the rest is what a search for her would read.
    clinicians = tuple(
        replace(
            one,
            does_service=(shape.service_id, one.clinician_id) in look.doing,
            meets_needs=not shape.needs_pessary_fitting or one.clinician_id in look.fitting,
        )
        for one in timetable.clinicians
        if shape.clinician_id in (None, one.clinician_id)
    )
    changed = replace(timetable, clinicians=clinicians, patient_busy=shape.own)
    if shape.leaves is None:
        return changed
    clinician_id, room_id, busy = shape.leaves
    return replace(
        changed,
        clinician_busy=_without(timetable.clinician_busy, clinician_id, busy),
        room_busy=_without(timetable.room_busy, room_id, busy),
    )


def _without(
    taken: Mapping[int, Sequence[Interval]], whose: int, busy: Interval
) -> dict[int, Sequence[Interval]]:
    """Return what is taken, by clinician or room, without one interval of one of them."""
    left = list(taken.get(whose, ()))
    if busy in left:
        left.remove(busy)
    return {**taken, whose: left}


def _matches(
    look: _Look, place: WaitlistPosition, slot: Slot, replaces: Appointment | None
) -> bool:
    """Return whether a free slot fits the wish, is earlier, and may be offered to her now."""
    starts_at, clinician_id = slot.starts_at, slot.clinician_id
    zone = settings.CLINIC_TIME_ZONE
    return (
        fits(place.waiting, starts_at=starts_at, clinician_id=clinician_id, zone=zone)
        and (place.wish.pk, starts_at, clinician_id) not in look.offered
        and (replaces is None or starts_at < replaces.starts_at)
        # The patient who cancelled may still take that time back.
        and not any(
            who == clinician_id and busy_from < slot.ends_at and starts_at < busy_until
            for who, busy_from, busy_until in look.just_cancelled
        )
    )
