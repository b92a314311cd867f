"""Locks, in the one order that keeps deeds from waiting for each other in a circle."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from booking.models import Appointment, Enrollment, Room
from clinic.people.models import Clinician, Patient


def lock_enrollment(patient: Patient) -> Enrollment | None:
    """Lock and return the patient's live package; every credit moves under this lock."""
    live = Enrollment.objects.live().filter(patient=patient)
    return live.select_for_update(of=("self",)).select_related("policy").first()


def lock_package(enrollment_id: UUID) -> Enrollment:
    """Lock and return one package, under way or ended. Raises DoesNotExist."""
    # Locked alone, then read: see lock_appointment. Her patient may just be joined with another.
    Enrollment.objects.select_for_update().only("pk").get(pk=enrollment_id)
    return Enrollment.objects.select_related("policy", "patient").get(pk=enrollment_id)


def lock_packages_of(patient: Patient, appointment_id: UUID) -> None:
    """Lock the patient's live package and the one this appointment belongs to, ended or not."""
    own = Appointment.objects.filter(pk=appointment_id).values("enrollment")
    live = Enrollment.objects.filter(patient=patient, ended_at__isnull=True)
    rows = live | Enrollment.objects.filter(pk__in=own)
    list(rows.select_for_update().order_by("pk"))


def lock_calendar(clinician_ids: Iterable[int]) -> None:
    """Lock these clinicians and all rooms, so that what is free now is free when we write.

    Two visits written at once into one room would wait for each other inside the exclusion
    constraint until the database breaks the circle; the lock keeps that from beginning.
    """
    wanted = sorted(set(clinician_ids))
    list(Clinician.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    list(Room.objects.select_for_update().order_by("pk"))


def lock_appointment(appointment_id: UUID) -> Appointment:
    """Lock and return one appointment with what deeds read from it. Raises DoesNotExist.

    Locked alone, then read: PostgreSQL checks a row it had to wait for against the joined rows it
    found before, so a visit that another deed just moved to another room would not be there.
    """
    Appointment.objects.select_for_update().only("pk").get(pk=appointment_id)
    return Appointment.objects.select_related(
        "patient__merged_into", "clinician", "service", "policy", "enrollment", "room"
    ).get(pk=appointment_id)


def clear_stale_holds(now: datetime) -> None:
    """Release holds whose minutes are over; inside each booking, so no sweeper is needed."""
    Appointment.objects.stale_holds(now).update(status=Appointment.Status.RELEASED)
