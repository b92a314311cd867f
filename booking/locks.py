"""Locks, in the one order that keeps deeds from waiting for each other in a circle."""

from collections.abc import Collection, Iterable
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db import connection
from django.db.models import Q

from booking.models import Appointment, Enrollment, Service
from clinic.models.people import Clinician, Patient

# From when until when a visit keeps its clinician and its room, buffers included; aware.
Occupied = tuple[datetime, datetime]

HOUR = 3600
# Tells the lock of an hour from other locks that are numbers.
_CALENDAR_HOUR = 1
# Taken in their order, the earliest first, whoever asks.
_LOCK_HOURS = """
    SELECT pg_advisory_xact_lock(%s, hour)
    FROM (SELECT unnest(%s::int[]) AS hour ORDER BY 1) AS hours
"""


def lock_owner(patient: Patient, service: Service) -> Enrollment | None:
    """Lock what limits this patient's visits of this service; return her live package, if it is one
    of its visits.

    Her evaluations are counted under her own row, the visits of a package under the package.
    """
    if service.visit_number is not None:
        return lock_enrollment(patient)
    Patient.objects.select_for_update(no_key=True).only("pk").get(pk=patient.pk)
    return None


def lock_enrollment(patient: Patient) -> Enrollment | None:
    """Lock and return the patient's live package; every credit moves under this lock."""
    live = Enrollment.objects.live().filter(patient=patient)
    return live.select_for_update(of=("self",)).select_related("policy").first()


def lock_package(enrollment_id: UUID) -> Enrollment:
    """Lock and return one package, under way or ended. Raises DoesNotExist."""
    # Locked alone: see lock_appointment. Her patient may just be joined with another.
    Enrollment.objects.select_for_update().only("pk").get(pk=enrollment_id)
    return Enrollment.objects.select_related("policy", "patient").get(pk=enrollment_id)


def lock_packages_of(patient: Patient, appointment_id: UUID) -> None:
    """Lock the patient's live package and the one this appointment belongs to, ended or not."""
    own = Appointment.objects.filter(pk=appointment_id).values("enrollment")
    live = Enrollment.objects.filter(patient=patient, ended_at__isnull=True)
    rows = live | Enrollment.objects.filter(pk__in=own)
    list(rows.select_for_update().order_by("pk"))


def lock_calendar(clinician_ids: Iterable[int], times: Iterable[Occupied] = ()) -> None:
    """Lock these clinicians and these times, so that what is free now is free when we write.

    Who places visits names what they would occupy; who changes hours, closures or owners names
    every clinician concerned and no time, since nobody places a visit without its clinician's lock.

    The times stand for the rooms, which are chosen only when everything is known: two visits
    written at once into one room would wait for each other inside the exclusion constraint until
    the database breaks the circle. A lock is an hour's: what overlaps shares one, and bookings at
    other hours of a busy day go on.
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
    """Return the hours since 1970 that [start, end) meets."""
    return range(int(start.timestamp()) // HOUR, ceil(end.timestamp() / HOUR))


def lock_appointment(appointment_id: UUID) -> Appointment:
    """Lock and return one appointment. Raises DoesNotExist.

    Read alone: PostgreSQL checks a row it had to wait for against the joined rows it found before,
    so a visit that another deed just moved to another room would not be there. And to plan a join
    with all that a deed may read takes it longer than reading what this one does.
    """
    return Appointment.objects.select_for_update().get(pk=appointment_id)


def clear_stale_holds(patient: Patient, times: Collection[Occupied], now: datetime) -> None:
    """Release holds whose minutes are over, from the first to the last of these times and of this
    patient.

    It is done inside each booking, so no sweeper is needed. A hold that another deed has in hand is
    left to it: its holder comes or goes before the row can be in our way.
    """
    touching = Q(
        busy_from__lt=max(end for _start, end in times),
        busy_until__gt=min(start for start, _end in times),
    )
    stale = Appointment.objects.stale_holds(now).filter(touching | Q(patient=patient))
    free = stale.select_for_update(skip_locked=True).values_list("pk", flat=True)
    if gone := list(free):
        Appointment.objects.filter(pk__in=gone).give_back()
