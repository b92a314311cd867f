"""Who waits for an earlier time, in the order in which they are asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.models import Appointment, EarlierWish, Enrollment, Referral, Service
from booking.waitlist.priority import Priority, Waiting, in_order
from clinic.models.people import Patient


@dataclass(frozen=True)
class WaitlistPosition:
    """One wish at its place in the order."""

    wish: EarlierWish
    waiting: Waiting

    @property
    def takes_mail(self) -> bool:
        return self.wish.patient.takes_mail


def waiting_list() -> list[WaitlistPosition]:
    """Return the open wishes in the order in which they are asked. Three statements."""
    wishes = {
        str(one.pk): one
        for one in EarlierWish.objects.filter(
            closed_at__isnull=True, patient__merged_into__isnull=True
        ).select_related("patient", "service", "clinician")
    }
    patients = [one.patient_id for one in wishes.values()]
    red = set(
        Referral.objects.current()
        .filter(patient__in=patients, level="red")
        .values_list("patient", flat=True)
    )
    packages = set(
        Enrollment.objects.live().filter(patient__in=patients).values_list("patient", flat=True)
    )
    found = in_order(_waiting(one, red, packages) for one in wishes.values())
    return [WaitlistPosition(wishes[one.key], one) for one in found]


def wishes_over() -> QuerySet[EarlierWish]:
    """Return the open wishes that nothing can answer any more.

    The visit took place since she wished for it, or the package it belonged to has ended.
    """
    hers = {"patient": OuterRef("patient")}
    held = Appointment.objects.filter(
        **hers, service=OuterRef("service"), status="completed", starts_at__gt=OuterRef("made_at")
    )
    ended = Enrollment.objects.filter(**hers, ended_at__gt=OuterRef("made_at"))
    has_none = ~Exists(Enrollment.objects.live().filter(**hers))
    is_of_package = Q(service__visit_number__isnull=False)
    return EarlierWish.objects.filter(
        Q(Exists(held)) | is_of_package & Q(Exists(ended)) & Q(has_none), closed_at__isnull=True
    )


def _waiting(wish: EarlierWish, red: Iterable[object], packages: Iterable[object]) -> Waiting:
    if wish.patient_id in red:
        priority = Priority.RED
    elif wish.service.visit_number is not None and wish.patient_id in packages:
        priority = Priority.PACKAGE_GAP
    else:
        priority = Priority.REST
    return Waiting(
        key=str(wish.pk),
        priority=priority,
        since=wish.made_at,
        weekdays=frozenset(wish.weekdays),
        parts=frozenset(wish.parts),
        clinician_id=wish.clinician_id,
    )


def visit_to_replace(patient: Patient, service: Service, now: datetime) -> Appointment | None:
    """Return her booked visit of this kind that an earlier time would take the place of."""
    return (
        Appointment.objects.upcoming(now)
        .filter(patient=patient, service=service)
        .select_related("service", "policy", "enrollment", "patient")
        .order_by("starts_at")
        .first()
    )
