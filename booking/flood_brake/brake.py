"""The brake on visits that are booked without a proven mailbox.

Counting and booking happen in one transaction and under one lock, so that however many come at
once, no more than the limit get through. Whoever proves a mailbox is not counted.
"""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from booking.catalog.queries import the_evaluation
from booking.flood_brake.limits import (
    DAYS_AHEAD,
    LEAST_OVER_ALL,
    MOST_PER_NETWORK,
    Taken,
    confirm_until,
    most_over_all,
    open_minutes,
)
from booking.locks import lock_brake
from booking.models import Appointment
from booking.refusals import MailboxFirst
from booking.scheduling.queries import Search, load_timetable, midnights
from booking.signals import visitor_considered
from booking.terms import current_policy
from clinic.audit.client_address import client_address, network_of
from clinic.models.people import Patient
from clinic.ownership.mailbox import is_proven
from clinic.practice.wall_time import clinic_date
from clinic.security.requests import PatientRequest


def network_key(address: str) -> str:
    """Return the keyed hash of the network of this address."""
    # Keyed, since there are few enough addresses to try them all.
    return salted_hmac("booking.network", network_of(address), algorithm="sha256").hexdigest()


def network_to_count(request: HttpRequest, patient: Patient) -> str:
    """Return under which key this visitor's bookings are counted; "" for one who is not counted.

    That is a patient who signed in by code, or whose mailbox is proven.
    """
    if request.user.is_authenticated or is_proven(patient):
        return ""
    return network_key(client_address(request))


def must_prove_first(
    request: PatientRequest, *, holder_key: str, now: datetime, visits: int = 1
) -> bool:
    """Return whether this visitor has to prove her mailbox before she sees times, as of `now`.

    Pages ask, so that nobody chooses a time in vain. The action asks again under the lock.
    """
    network = network_to_count(request, request.patient)
    return bool(network) and _is_refused(request.patient, network, visits, holder_key, now)


def check_brake(
    patient: Patient, network: str, *, visits: int, holder_key: str, now: datetime
) -> bool:
    """Return whether these visits have to wait to be confirmed, and so are counted.

    With an empty `network`, or once the mailbox is proven, they need not. Raises MailboxFirst if so
    many more visits would be too many from that network or over all. Takes the lock of the brake,
    the last in the order, so whoever comes next counts what the caller writes.
    """
    if not network:
        return False
    lock_brake()
    # Read anew: she may have typed her code in another window.
    if is_proven(Patient.objects.get(pk=patient.pk)):
        return False
    if _is_refused(patient, network, visits, holder_key, now):
        raise MailboxFirst
    return True


def let_wait(visits: Collection[Appointment], now: datetime) -> None:
    """Note, unsaved, until when these visits must be confirmed, if their patient has to.

    They are holds of one patient that are about to be booked. Raises MailboxFirst.
    """
    first = next(iter(visits))
    network = first.network_key
    must_wait = check_brake(
        first.patient,
        network,
        visits=len(visits),
        holder_key=first.holder_key,
        now=now,
    )
    for visit in visits:
        visit.be_confirmed()
        if must_wait:
            visit.network_key = network
            visit.confirm_by = confirm_until(visit.starts_at, now)


def _is_refused(
    patient: Patient, network: str, visits: int, holder_key: str, now: datetime
) -> bool:
    if came_from_a_machine(patient):
        return True
    found = taken(now, holder_key=holder_key)
    # Below the least of all limits nothing else has to be read.
    if found.over_all + visits <= min(MOST_PER_NETWORK, LEAST_OVER_ALL):
        return False
    return found.is_full(network, visits, most_now(now))


def came_from_a_machine(patient: Patient) -> bool:
    """Return whether whoever made this row behaved like a program, as the apps above know."""
    answers = visitor_considered.send(sender=Patient, patient=patient)
    return any(answer for _receiver, answer in cast("list[tuple[object, bool]]", answers))


def takes_time(now: datetime) -> Q:
    """Return the condition of the rows that count at `now`, booked or held."""
    waits = Q(status="booked", confirm_by__isnull=False)
    holds = Q(status="held", hold_until__gt=now) & ~Q(network_key="")
    return waits | holds


def taken(now: datetime, *, holder_key: str = "") -> Taken:
    """Return what is taken at `now`: visits that wait to be confirmed, and times that are held.

    A holder's own times are left out. One statement.
    """
    others = ~Q(status="held", holder_key=holder_key) if holder_key else Q()
    rows = Appointment.objects.filter(takes_time(now), others).order_by()
    counts = rows.values("network_key").annotate(times=Count("pk"))
    return Taken({one["network_key"]: one["times"] for one in counts})


def most_now(now: datetime) -> int:
    """Return how many visits of all networks together may wait to be confirmed at `now`."""
    evaluation = the_evaluation()
    if evaluation is None:
        return LEAST_OVER_ALL
    search = Search(service=evaluation, policy=current_policy(), now=now)
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    timetable = load_timetable(search, *midnights(today, DAYS_AHEAD))
    minutes = open_minutes(timetable, search.wish(), today=today)
    return most_over_all(minutes, evaluation.minutes)


def is_on(now: datetime, found: Taken | None = None) -> bool:
    """Return whether somebody who comes at `now` would be asked for the code because of others.

    `found` is what is taken then, if it is known.
    """
    found = taken(now) if found is None else found
    if found.over_all < min(MOST_PER_NETWORK, LEAST_OVER_ALL):
        return False
    is_one_full = any(count >= MOST_PER_NETWORK for count in found.by_network.values())
    return is_one_full or found.over_all >= most_now(now)
