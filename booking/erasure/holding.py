"""What booking says about a patient who is to be erased."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.appointments.changes import locked, write_cancelled
from booking.locks import lock_package
from booking.models import Appointment, Enrollment
from booking.packages.ending import end
from clinic.audit.context import Context


def open_visits(rows: Collection[UUID], now: datetime) -> list["Promise | str"]:
    """Return a sentence if a visit is ahead or under way, and one if a package is."""
    visits = Appointment.objects.filter(patient__in=rows)
    booked = Q(status__in=("booked", "arrived"))
    found: list[Promise | str] = []
    if visits.filter(booked | Q(status="held", hold_until__gt=now)).exists():
        found.append(_("A visit is ahead or under way: cancel or complete it first."))
    if Enrollment.objects.live().filter(patient__in=rows).exists():
        found.append(_("A package is under way: end and settle it first."))
    return found


def end_visits(rows: Collection[UUID], context: Context) -> None:
    """Cancel the visits that are ahead, release what is held, and end the package."""
    visits = Appointment.objects.filter(patient__in=rows)
    visits.give_back()
    for key in visits.filter(status="booked").values_list("pk", flat=True):
        write_cancelled(locked(key), context=context, by_clinic=True)
    for key in Enrollment.objects.live().filter(patient__in=rows).values_list("pk", flat=True):
        end(lock_package(key), Enrollment.Ending.CANCELLED, context=context)


def treated_since(since: datetime) -> Q:
    """Return which patients came to a visit since then."""
    came = Q(appointments__status__in=("arrived", "completed"))
    return came & Q(appointments__starts_at__gt=since)


def booked_since(since: datetime) -> Q:
    """Return which patients had a visit since then, whatever became of it."""
    return Q(appointments__starts_at__gt=since)
