"""Locks, taken by every action in the same order so that no two wait for each other.

The order: the package (or the patient's row for an evaluation), clinicians by id, hours from the
earliest to the latest, the appointment, the flood brake. See docs/decisions/0008-one-lock-order.md.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db import connection
from django.db.models import Q

from booking.models import Appointment, Enrollment, Service
from booking.refusals import ERASED, MERGED, Refused
from clinic.models.people import Clinician, Patient

# From when until when a visit occupies its clinician and its room, buffers included; aware.
Occupied = tuple[datetime, datetime]

# In seconds.
HOUR = 3600
# The first of the two numbers of an advisory lock: it separates these from any other kind.
_CALENDAR_HOUR = 1
_FLOOD_BRAKE = 2
# The subquery sorts, so that every transaction takes its hours from the earliest to the latest.
_LOCK_HOURS = """
    SELECT pg_advisory_xact_lock(%s, hour)
    FROM (SELECT unnest(%s::int[]) AS hour ORDER BY 1) AS hours
"""


def lock_owner(patient: Patient, service: Service) -> Enrollment | None:
    """Lock what limits this patient's visits of this service, and return the live package if any.

    The visits of a package are counted under the lock of the package, all others under the lock
    of the patient's own row; for these None is returned.
    """
    if service.is_of_package:
        return lock_enrollment(patient)
    # Not the key: rows that only refer to the patient may still be written.
    Patient.objects.select_for_update(no_key=True).only("pk").get(pk=patient.pk)
    return None


def lock_enrollment(patient: Patient) -> Enrollment | None:
    """Lock and return the patient's live package, None without one.

    Credits are only ever written under this lock.
    """
    live = Enrollment.objects.live().filter(patient=patient)
    # "self": the policy is read along, and its row serves every other booking too.
    return live.select_for_update(of=("self",)).select_related("policy", "version").first()


def refuse_gone(patient: Patient) -> None:
    """Raise Refused for a patient whose row was merged into another one, or erased.

    The caller holds her row or her live package: nobody is erased who has one.
    """
    if Patient.objects.kept().filter(pk=patient.pk).exists():
        return
    is_merged = Patient.objects.filter(pk=patient.pk, merged_into__isnull=False).exists()
    raise Refused([MERGED if is_merged else ERASED])


def lock_package(enrollment_id: UUID) -> Enrollment:
    """Lock and return one package, live or ended. Raises DoesNotExist."""
    # Lock the row alone, then read the rest: see lock_appointment. Another transaction may just be
    # merging its patient with another row.
    Enrollment.objects.select_for_update().only("pk").get(pk=enrollment_id)
    return Enrollment.objects.select_related("policy", "version", "patient").get(pk=enrollment_id)


def lock_packages_of(patient: Patient, appointment_id: UUID) -> None:
    """Lock the patient's live package and the one this appointment belongs to, ended or not."""
    own = Appointment.objects.filter(pk=appointment_id).values("enrollment")
    live = Enrollment.objects.filter(patient=patient, ended_at__isnull=True)
    rows = live | Enrollment.objects.filter(pk__in=own)
    # By key, so that two transactions that lock both packages take them in the same order. The
    # list runs the query.
    list(rows.select_for_update().order_by("pk"))


def lock_owners(patient_ids: Collection[UUID]) -> dict[UUID, Enrollment]:
    """Lock what limits the visits of all these patients; return their live packages by patient.

    The patients' rows first, as whoever enrolls, merges or erases takes them, then the packages;
    each by key.
    """
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=patient_ids)
    list(rows.order_by("pk").values_list("pk"))
    live = Enrollment.objects.live().filter(patient__in=patient_ids).order_by("pk")
    found = live.select_for_update(of=("self",)).select_related("policy", "version")
    return {one.patient_id: one for one in found}


def lock_calendar(clinician_ids: Iterable[int], times: Iterable[Occupied] = ()) -> None:
    """Lock these clinicians and these times, so that what is free now is free when we write.

    An action that assigns slots passes what the visits would occupy. An action that changes hours,
    closures or patients passes every clinician concerned and no time: nobody assigns a slot without
    the lock of its clinician.

    The times stand for the rooms, which are chosen last. Two visits written at once into one room
    would wait for each other inside the exclusion constraint until the database breaks the
    deadlock. Each lock is one clock hour: visits that overlap share an hour, and bookings at other
    hours of a busy day go on.
    """
    wanted = sorted(set(clinician_ids))
    # Not the key: rows that only refer to the clinician may still be written.
    rows = Clinician.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    list(rows.values_list("pk"))
    hours = sorted({hour for start, end in times for hour in _hours_of(start, end)})
    if hours and connection.vendor == "postgresql":
        # On SQLite the transaction itself is the lock: there is one writer.
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_HOURS, [_CALENDAR_HOUR, hours])


def _hours_of(start: datetime, end: datetime) -> range:
    """Return the numbers of the hours since 1970 that [start, end) touches."""
    return range(int(start.timestamp()) // HOUR, ceil(end.timestamp() / HOUR))


def lock_appointment(appointment_id: UUID) -> Appointment:
    """Lock and return one appointment. Raises DoesNotExist.

    Related rows are read later, by whoever needs them. With a join, PostgreSQL would compare a row
    it had to wait for with the joined rows it found before the wait, so a visit that another action
    has just moved to another room would not be found. Planning the join also takes longer than
    reading the few related rows that one action needs.
    """
    return Appointment.objects.select_for_update().get(pk=appointment_id)


def clear_stale_holds(patient: Patient, times: Collection[Occupied], now: datetime) -> None:
    """Release expired holds between the first and the last of these times, and of this patient.

    Every booking does this, so no periodic job is needed. A hold that another action has locked is
    left alone: by the time we write, that action has confirmed or released it.
    """
    clear_stale_holds_of([patient], times, now)


def clear_stale_holds_of(
    patients: Collection[Patient], times: Collection[Occupied], now: datetime
) -> None:
    """Release expired holds between the first and the last of these times, and of these patients.

    As `clear_stale_holds`, for visits of several patients at once.
    """
    touching = Q(
        busy_from__lt=max(end for _start, end in times),
        busy_until__gt=min(start for start, _end in times),
    )
    stale = Appointment.objects.stale_holds(now).filter(touching | Q(patient__in=patients))
    # Never wait here: whoever has such a row locked may be waiting for one of our locks.
    free = stale.select_for_update(skip_locked=True).values_list("pk", flat=True)
    if gone := list(free):
        Appointment.objects.filter(pk__in=gone).give_back()


def lock_brake() -> None:
    """Lock what is counted of visits without a proven mailbox, until the transaction ends.

    The last lock in the order: whoever has it waits for nobody.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_FLOOD_BRAKE])
