"""Two patient rows turn out to be one person: her bookings come together, and none is lost."""

from datetime import datetime

from django.db.models import Q

from booking.locks import lock_calendar
from booking.models import LIVE, Appointment, CalendarFeed, Enrollment, Referral
from booking.referrals.precedence import Openness, stricter
from booking.refusals import TWO_PACKAGES, Refused
from booking.signals import patients_merging
from clinic.audit.context import Context
from clinic.models.people import Clinician, Patient


def merge_bookings(*, kept: Patient, merged: Patient, context: Context) -> Referral | None:
    """Give the bookings of `merged` to `kept` and return the referral that counts from now on.

    The stricter of the two referrals does. A visit that overlaps one of hers stays where it is,
    booked, until the desk moves or cancels it (`visits_left_behind`). Runs in the
    caller's transaction, which holds both patients' rows. Raises Refused when both have a package.
    """
    patients_merging.send(sender=Patient, kept=kept, merged=merged, context=context)
    _close_feeds(kept, merged, context.now)
    rows = Enrollment.objects.live().filter(patient__in=(kept, merged))
    if len(rows.select_for_update().order_by("pk")) > 1:
        raise Refused([TWO_PACKAGES])
    # Whoever places a visit holds a clinician's lock: none comes in while rows change hands.
    lock_calendar(Clinician.objects.values_list("pk", flat=True))
    Enrollment.objects.filter(patient=merged).update(patient=kept)
    _take_visits(kept, merged)
    return _take_referrals(kept, merged, context.now)


def _close_feeds(kept: Patient, merged: Patient, now: datetime) -> None:
    """Close the merged row's calendar address: whoever has it must not come to see all visits."""
    feeds = CalendarFeed.objects.filter(patient=merged)
    feeds.filter(revoked_at__isnull=True).update(revoked_at=now)
    feeds.update(patient=kept)


def _take_visits(kept: Patient, merged: Patient) -> None:
    times = Appointment.objects.filter(patient=kept, status__in=LIVE)
    taken = Q(pk__in=[])
    for starts_at, ends_at in times.values_list("starts_at", "ends_at"):
        taken |= Q(status__in=LIVE, starts_at__lt=ends_at, ends_at__gt=starts_at)
    Appointment.objects.filter(patient=merged).exclude(taken).update(patient=kept)


def _take_referrals(kept: Patient, merged: Patient, now: datetime) -> Referral | None:
    current = Referral.objects.current().filter(patient__in=(kept, merged))
    found = list(current.select_for_update().order_by("made_at", "pk"))
    chosen = stricter(found, key=_openness)
    for referral in found:
        if referral is not chosen:
            referral.superseded_at = now
            referral.save(update_fields=["superseded_at"])
    if chosen is not None and any(one.needs_pessary_fitting for one in found):
        chosen.needs_pessary_fitting = True
        chosen.save(update_fields=["needs_pessary_fitting"])
    Referral.objects.filter(patient=merged).update(patient=kept)
    return chosen


def _openness(referral: Referral) -> Openness:
    return Openness(
        is_from_desk=referral.source == Referral.Source.DESK,
        stops_self_booking=referral.stops_self_booking,
        level=referral.level,
        evaluation_opens_on=referral.evaluation_opens_on,
        run_ready_opens_on=referral.run_ready_opens_on,
    )
