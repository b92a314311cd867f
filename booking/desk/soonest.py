"""The soonest free times of a service, for the desk while it books on the telephone."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain, groupby, islice

from django.conf import settings

from booking.models import Service
from booking.packages.queries import package_of
from booking.scheduling.queries import Search, current_referral, free_slots_for, one_per_start
from booking.scheduling.slot_choices import TimeChoice, named
from booking.scheduling.timetable import Slot
from booking.terms import current_policy
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date

DAYS_AHEAD = 14
DAYS_SHOWN = TIMES_A_DAY = 4


def soonest_times(
    service: Service, patient: Patient, *, clinician_id: int | None, now: datetime
) -> list[tuple[date, list[TimeChoice]]]:
    """Return the next four dates with free times, with at most four times each.

    The times are spread over what is free that day, because a patient may have time in the mornings
    only. The search covers two weeks from today, or from the earliest date that the package allows,
    so no time needs a reason. `clinician_id` is None for anyone.
    """
    zone = settings.CLINIC_TIME_ZONE
    referral = current_referral(patient)
    package = package_of(patient, now) if service.is_of_package else None
    visit = package.visit_for(service) if package else None
    search = Search(
        service=service,
        policy=current_policy(),
        now=now,
        patient=patient,
        clinician_id=clinician_id,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=True,
        earliest_on=visit.window.earliest if visit and visit.window else None,
    )
    # `filter` drops None, for a visit without an earliest date.
    first = max(filter(None, (clinic_date(now, zone), search.earliest_on)))
    # No loads: where several clinicians are free at once, the first one is proposed.
    slots = one_per_start(free_slots_for(search, first_day=first, days=DAYS_AHEAD), {})
    by_day = groupby(slots, key=lambda slot: clinic_date(slot.starts_at, zone))
    shown = [_spread(list(free)) for _day, free in islice(by_day, DAYS_SHOWN)]
    times = groupby(named(chain(*shown)), key=lambda time: clinic_date(time.starts_at, zone))
    return [(day, list(choices)) for day, choices in times]


def _spread(slots: Sequence[Slot]) -> Sequence[Slot]:
    """Return at most `TIMES_A_DAY` of the slots, evenly spread, the first one among them."""
    # Rounded up, so that it never returns more.
    step = -(-len(slots) // TIMES_A_DAY)
    return slots[::step]
