"""The waitlist in order, wishes that are over, and the visit that an earlier time replaces."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, EarlierWish, Enrollment, Referral, Service, SlotOffer
from booking.scheduling.parts_of_day import Part
from booking.terms import current_policy, terms_of
from booking.waitlist.priority import Priority, Waiting, in_order
from clinic.models.people import Patient

_TAKEN, _LEFT = SlotOffer.Outcome.ACCEPTED, SlotOffer.Outcome.DECLINED


@dataclass(frozen=True)
class WaitlistPosition:
    """One open wish, with what decides its position on the waitlist."""

    wish: EarlierWish
    waiting: Waiting

    @property
    def takes_mail(self) -> bool:
        """Whether mail reaches the patient; if not, the desk has to call her."""
        return self.wish.patient.takes_mail


def waiting_list() -> list[WaitlistPosition]:
    """Return the open wishes in the order in which they are asked, in three statements."""
    # By text, since the pure `Waiting` sorts by its key.
    wishes = {
        str(one.pk): one
        for one in EarlierWish.objects.filter(
            closed_at__isnull=True, patient__merged_into__isnull=True
        ).select_related("patient", "service", "clinician")
    }
    patients = [one.patient_id for one in wishes.values()]
    # The state of today: who answered red after she made her wish moves up.
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
    """Return the open wishes that no offer can fulfill any more.

    Since the patient made the wish, the visit took place, or the package it belonged to ended.
    """
    hers = {"patient": OuterRef("patient")}
    took_place = Appointment.objects.filter(
        **hers, service=OuterRef("service"), status="completed", starts_at__gt=OuterRef("made_at")
    )
    ended = Enrollment.objects.filter(**hers, ended_at__gt=OuterRef("made_at"))
    # She may have bought the next package already: its visits can be wished for.
    has_none = ~Exists(Enrollment.objects.live().filter(**hers))
    is_of_package = Q(service__kind=Service.Kind.PACKAGE_VISIT)
    return EarlierWish.objects.filter(
        Q(Exists(took_place)) | is_of_package & Q(Exists(ended)) & Q(has_none),
        closed_at__isnull=True,
    )


def _waiting(wish: EarlierWish, red: Iterable[object], packages: Iterable[object]) -> Waiting:
    """Return a wish as the pure code reads it.

    `red` and `packages` are the ids of the patients with red answers, and with a package.
    """
    # Red answers come first, whatever the service.
    if wish.patient_id in red:
        priority = Priority.RED
    elif wish.service.is_of_package and wish.patient_id in packages:
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
    """Return the booked visit of this service that an earlier time would replace, or None."""
    return (
        Appointment.objects.upcoming(now)
        .filter(patient=patient, service=service)
        .select_related("service", "policy", "enrollment", "patient")
        .order_by("starts_at")
        .first()
    )


def answer_undo_until(offer: SlotOffer) -> datetime | None:
    """Return until when (UTC) her answer to an offer can be taken back, None for no answer.

    Never past the start of the offered time; a time she left is kept no longer than it was offered.
    """
    if offer.closed_at is None or offer.outcome not in (_TAKEN, _LEFT):
        return None
    minutes = terms_of(current_policy()).cancel_undo_minutes
    ends = offer.starts_at if offer.outcome == _TAKEN else offer.expires_at
    return min(offer.closed_at + timedelta(minutes=minutes), ends)


DAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip


PART_NAMES = list(zip(Part, (_("Morning"), _("Afternoon"), _("Evening")), strict=True))


def wish_in_words(wish: EarlierWish) -> str:
    """Say which days, parts of the day and clinician a wish names, in the reader's language."""
    days = [str(name) for number, name in DAYS if number in wish.weekdays]
    parts = [str(name) for part, name in PART_NAMES if part in wish.parts]
    clinician = [wish.clinician.name] if wish.clinician else []
    return "; ".join(", ".join(some) for some in (days, parts, clinician) if some) or gettext(
        "Any time"
    )
