"""The soonest free times of a visit, for somebody who books on the telephone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from booking.models import Service
from booking.queries.packages import package_of
from booking.queries.slots import Search, current_referral, free_slots_for, one_per_start
from booking.slot_choice import TimeChoice
from booking.terms import current_policy
from booking.wall_time import clinic_date
from clinic.people.models import Clinician, Patient

DAYS_AHEAD = timedelta(days=14)
SHOWN = 12


def soonest_times(
    service: Service, patient: Patient, *, clinician_id: int | None, now: datetime
) -> list[TimeChoice]:
    """Return the next twelve times that need no reason, soonest first, one for each start.

    Looked for in the two weeks from now on, or from the day the plan has the visit.
    """
    referral, number = current_referral(patient), service.visit_number
    package = package_of(patient, now) if number else None
    window = package.visits[number - 1].window if package and number else None
    search = Search(
        service=service,
        policy=current_policy(),
        now=now,
        patient=patient,
        clinician_id=clinician_id,
        needs_pessary_fitting=referral is not None and referral.needs_pessary_fitting,
        by_staff=True,
        earliest_on=window.earliest if window else None,
    )
    first = max(filter(None, (clinic_date(now, settings.CLINIC_TIME_ZONE), search.earliest_on)))
    slots = free_slots_for(search, first_day=first, days=DAYS_AHEAD.days)
    soonest = one_per_start(slots, {})[:SHOWN]
    names = _names(slot.clinician_id for slot in soonest)
    return [
        TimeChoice(slot.starts_at, slot.clinician_id, names[slot.clinician_id]) for slot in soonest
    ]


def _names(clinician_ids: Iterable[int]) -> dict[int, str]:
    return dict(Clinician.objects.filter(pk__in=set(clinician_ids)).values_list("pk", "name"))
