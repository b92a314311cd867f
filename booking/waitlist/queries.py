"""Who waits for an earlier time, in the order in which they are asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, EarlierWish, Enrollment, Referral, Service
from booking.waitlist.priority import PARTS, Priority, Waiting, in_order
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


DAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip


PART_NAMES = list(zip(PARTS, (_("Morning"), _("Afternoon"), _("Evening")), strict=True))


def wish_in_words(wish: EarlierWish) -> str:
    """Say which days, parts of the day and clinician a wish names, in the reader's language."""
    days = [str(name) for number, name in DAYS if number in wish.weekdays]
    parts = [str(name) for part, name in PART_NAMES if part in wish.parts]
    clinician = [wish.clinician.name] if wish.clinician else []
    return "; ".join(", ".join(some) for some in (days, parts, clinician) if some) or gettext(
        "Any time"
    )
