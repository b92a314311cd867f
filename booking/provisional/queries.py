"""What the desk sees of visits that wait to be confirmed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.flood_brake.brake import is_on, takes_time
from booking.flood_brake.limits import Taken
from booking.models import Appointment
from booking.promised_times.queries import at_another_time
from booking.promised_times.worklists import clock_law_link
from booking.worklists.queries import (
    PATIENT,
    PHONE,
    WHEN,
    WITH,
    DeskList,
    WorkListRow,
)
from clinic.identity.phone_words import phone_in_words
from clinic.models.people import User
from clinic.people.staff_bar import BarLink

# As long as the tasks that come from it are looked for.
LET_GO_SHOWN = timedelta(days=14)


def waiting_visits() -> QuerySet[Appointment]:
    """Return the visits that wait to be confirmed, those whose time is over first."""
    rows = Appointment.objects.provisional().select_related("patient", "clinician", "service")
    return rows.order_by("confirm_by", "pk")


def let_go_visits(now: datetime) -> QuerySet[Appointment]:
    """Return the visits of the last 14 days that nobody confirmed and nobody booked again."""
    again = Appointment.objects.filter(
        patient=OuterRef("patient"),
        status__in=("booked", "arrived", "completed"),
        booked_at__gte=OuterRef("cancelled_at"),
    )
    rows = Appointment.objects.filter(
        status="cancelled",
        cancelled_by_clinic=True,
        confirm_by__isnull=False,
        cancelled_at__gt=now - LET_GO_SHOWN,
    )
    rows = rows.filter(~Exists(again)).select_related("patient", "clinician", "service")
    return rows.order_by("-cancelled_at", "pk")


def told_visits(now: datetime) -> QuerySet[Appointment]:
    """Return the booked visits, not yet over, about which the patient told the desk something."""
    rows = Appointment.objects.filter(status="booked", told_at__isnull=False, ends_at__gt=now)
    return rows.select_related("patient", "clinician", "service").order_by("starts_at")


def _waiting(_now: datetime) -> Iterable[WorkListRow]:
    for row in waiting_visits():
        cells = (
            row.patient.name,
            phone_in_words(row.patient.phone),
            row.starts_at,
            row.clinician.name,
            row.confirm_by or "",
        )
        yield WorkListRow(cells, reverse("desk_appointment", args=[row.pk]), row.patient_id)


def _told(now: datetime) -> Iterable[WorkListRow]:
    for row in told_visits(now):
        cells = (
            row.patient.name,
            phone_in_words(row.patient.phone),
            row.starts_at,
            row.clinician.name,
            row.told_words,
        )
        yield WorkListRow(cells, reverse("desk_appointment", args=[row.pk]), row.patient_id)


LISTS = (
    DeskList(
        "told",
        gettext_lazy("Told us from her phone"),
        gettext_lazy("Is late, or the baby is sick. The visit stays booked until you change it."),
        (PATIENT, PHONE, WHEN, WITH, gettext_lazy("What she said")),
        _told,
        times=frozenset({2}),
        position=5,
        is_beside=True,
    ),
    DeskList(
        "unconfirmed",
        gettext_lazy("Not confirmed yet"),
        gettext_lazy("Booked online, and nobody has shown that the e-mail is theirs."),
        (PATIENT, PHONE, WHEN, WITH, gettext_lazy("Confirm by")),
        _waiting,
        times=frozenset({2, 4}),
        position=15,
        is_beside=True,
        page="desk_unconfirmed",
    ),
)


def waiting_for(user: User, now: datetime) -> Iterator[BarLink]:
    """Yield what the staff bar tells a manager of visits.

    That the clock shows another time than was promised, that the brake is on, and what patients
    told.
    """
    if not user.is_manager:
        return
    # One statement for all three, since the bar stands on every page.
    told = Q(status="booked", told_at__isnull=False, ends_at__gt=now)
    moved = at_another_time(now)
    rows = Appointment.objects.filter(takes_time(now) | told | moved).values_list(
        "network_key",
        "status",
        "confirm_by",
        "told_at",
        "ends_at",
        Case(When(moved, then=True), default=False),
    )
    networks: Counter[str] = Counter()
    told_now = moved_now = 0
    for network, status, confirm_by, told_at, ends_at, is_moved in rows:
        is_counted = bool(network) if status == "held" else confirm_by is not None
        networks[network] += is_counted
        told_now += status == "booked" and told_at is not None and ends_at > now
        moved_now += is_moved
    if moved_now:
        yield clock_law_link(moved_now)
    if is_on(now, Taken(networks)):
        words = _("Many bookings nobody confirmed")
        yield BarLink("brake", "urgent", words, reverse("desk_unconfirmed"), is_alarm=True)
    if told_now:
        words = ngettext(
            "%(n)s patient sent word of her visit",
            "%(n)s patients sent word of their visits",
            told_now,
        )
        yield BarLink("told", "talk", words % {"n": told_now}, reverse("desk_list", args=["told"]))
