"""Which visits have a check-in that is valid, and which still wait for one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from booking.models import Appointment
from intake.checkins.window import FIRST_VISIT, OPENS_HOURS, opens_at, still_holds
from intake.models import Intake


def sent_checkin(appointment: Appointment) -> Intake | None:
    """Return the check-in that is valid for this visit as it is booked now, or None."""
    return sent_checkins([appointment]).get(appointment.pk)


def sent_checkins(appointments: Iterable[Appointment]) -> dict[object, Intake]:
    """Return the valid check-in of each visit that has one, by the visit's id.

    One statement, and no sealed answer is opened.
    """
    visits = {one.pk: one for one in appointments}
    rows = Intake.objects.checkins().sent().filter(appointment__in=visits)
    found: dict[object, Intake] = {}
    for row in rows.defer("raw", "answers", "scores").order_by("sent_at"):
        assert row.appointment_id is not None  # the filter asks for these visits
        assert row.sent_for is not None  # a constraint says so of every sent check-in
        visit = visits[row.appointment_id]
        if still_holds(visit.starts_at, sent_for=row.sent_for, zone=settings.CLINIC_TIME_ZONE):
            found[visit.pk] = row  # of several the one sent last counts
    return found


def waiting_for_checkin(now: datetime, *, until: datetime | None = None) -> Sequence[Appointment]:
    """Return the booked and arrived visits whose check-in is open or missed, soonest first.

    Visits that began up to 12 hours ago are among them. `until` is the latest start, by default
    three days from `now`.
    """
    zone = settings.CLINIC_TIME_ZONE
    visits = (
        Appointment.objects.filter(
            status__in=("booked", "arrived"),
            visit_number__gte=FIRST_VISIT,
            starts_at__gt=now - timedelta(hours=12),
            # Wide enough for a clock change, which makes three days an hour longer. What has not
            # opened yet is left out below.
            starts_at__lte=until or now + timedelta(hours=OPENS_HOURS + 2),
        )
        .select_related("patient", "clinician", "service", "enrollment__version")
        .order_by("starts_at", "pk")
    )
    open_now = [one for one in visits if opens_at(one.starts_at, zone) <= now]
    sent = sent_checkins(open_now)
    return [one for one in open_now if one.pk not in sent]
