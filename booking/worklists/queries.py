"""The desk's work lists: who waits for what. A list is its heading and its rows, on screen as in a
file; one statement each, or a few, however long it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment, Enrollment, Referral
from booking.opening_hours.conflicts import to_be_moved
from booking.packages.queries import paused_until
from booking.reason_text import sentences
from booking.terms import current_policy
from booking.worklists.cells import Cell
from clinic.identity.phone_words import phone_in_words
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date
from clinic.templatetags.mail import kind_name, reason_words

MISSED_WITHIN = timedelta(days=60)
REMINDERS_WITHIN = timedelta(days=2)
REMINDERS = Q(kind__startswith="reminder")


@dataclass(frozen=True)
class WorkListRow:
    """One row: its cells, the page on which something is done about it, and whose it is."""

    cells: tuple[Cell, ...]
    url: str
    patient: UUID | None


@dataclass(frozen=True)
class DeskList:
    """What one list is called, what it is for, its columns and how its rows are found.

    `lines` returns all rows, so their number is the count that stands beside the name.
    """

    slug: str
    title: Any
    purpose: Any
    columns: tuple[Any, ...]
    lines: Callable[[datetime], Iterable[WorkListRow]]
    # Lists stand in this order.
    position: int
    # The columns, from 0, whose cells are times, and those whose cells are dates.
    times: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    # Whether its count stands beside the calendar too.
    is_beside: bool = False
    # The name of a page that shows more of the same than rows.
    page: str = ""

    @property
    def url(self) -> str:
        """The address of the page that shows the list."""
        return reverse(self.page) if self.page else reverse("desk_list", args=[self.slug])


def patient_url(patient: Patient) -> str:
    return reverse("desk_patient", args=[patient.pk])


def _visit_url(visit: Appointment) -> str:
    return reverse("desk_appointment", args=[visit.pk])


def _about_visit(visit: Appointment) -> tuple[Cell, ...]:
    return visit.patient.name, phone_in_words(visit.patient.phone), visit.starts_at


def _visits() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("patient", "clinician", "service", "room")


def _invited(now: datetime) -> Iterable[WorkListRow]:
    """Patients who may book and did not since they may."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    booked = (
        Appointment.objects.agreed()
        .exclude(status="cancelled")
        .filter(patient=OuterRef("patient"), booked_at__gte=OuterRef("made_at"))
    )
    rows = (
        Referral.objects.current()
        .filter(
            Q(evaluation_opens_on__lte=today) | Q(run_ready_opens_on__lte=today),
            expires_on__gte=today,
            stops_self_booking=False,
            patient__merged_into=None,
        )
        .exclude(Exists(booked))
        .exclude(Exists(Appointment.objects.upcoming(now).filter(patient=OuterRef("patient"))))
        .exclude(Exists(Enrollment.objects.live().filter(patient=OuterRef("patient"))))
        .select_related("patient")
        .order_by("made_at")
    )
    for row in rows:
        may_join = row.run_ready_opens_on is not None and row.run_ready_opens_on <= today
        what = _("Evaluation or Run Ready") if may_join else _("Evaluation")
        cells = (
            row.patient.name,
            phone_in_words(row.patient.phone),
            what,
            row.made_at,
            row.expires_on,
        )
        yield WorkListRow(cells, patient_url(row.patient), row.patient_id)


def _idle(now: datetime) -> Iterable[WorkListRow]:
    """Packages under way, with visits left, that have had no booked visit for too long.

    While a package is paused nobody expects a visit.
    """
    today, days = clinic_date(now, settings.CLINIC_TIME_ZONE), current_policy().idle_package_days
    visits = Appointment.objects.agreed().filter(enrollment=OuterRef("pk"))
    ahead = visits.filter(Q(status="booked", starts_at__gt=now) | Q(status="arrived"))
    rows = (
        Enrollment.objects.live()
        .exclude(Exists(ahead))
        .annotate(
            last_at=Coalesce(
                Max(
                    "appointments__starts_at",
                    filter=Q(appointments__status__in=("completed", "no_show", "booked")),
                ),
                F("enrolled_at"),
            )
        )
        .filter(last_at__lte=now - timedelta(days=days))
        .select_related("patient")
        .prefetch_related("added_days")
        .order_by("last_at")
    )
    found: list[Any] = [row for row in rows if paused_until(row, today) is None]
    left = dict(
        Enrollment.objects.filter(pk__in=[row.pk for row in found])
        .annotate(left=Sum("ledger__delta"))
        .values_list("pk", "left")
    )
    for row in found:
        if left[row.pk]:
            cells = (
                row.patient.name,
                phone_in_words(row.patient.phone),
                left[row.pk],
                row.last_at,
            )
            yield WorkListRow(cells, patient_url(row.patient), row.patient_id)


def _no_shows(now: datetime) -> Iterable[WorkListRow]:
    """Missed visits of the last weeks whose patient has nothing booked since."""
    rows = (
        _visits()
        .filter(status="no_show", starts_at__gt=now - MISSED_WITHIN)
        .exclude(Exists(Appointment.objects.upcoming(now).filter(patient=OuterRef("patient"))))
        .order_by("-starts_at")
    )
    for row in rows:
        yield WorkListRow((*_about_visit(row), row.service.name), _visit_url(row), row.patient_id)


def _unclosed(now: datetime) -> Iterable[WorkListRow]:
    """Visits whose time is over and of which nobody said what became of them."""
    rows = _visits().filter(status__in=("booked", "arrived"), ends_at__lte=now)
    for row in rows.order_by("starts_at"):
        cells = *_about_visit(row), row.clinician.name, row.get_status_display()
        yield WorkListRow(cells, _visit_url(row), row.patient_id)


def _orphans(now: datetime) -> Iterable[WorkListRow]:
    """Booked visits that the hours no longer allow."""
    for one in to_be_moved(now):
        why = " ".join(sentences(one.reasons))
        cells = *_about_visit(one.visit), one.visit.clinician.name, why
        yield WorkListRow(cells, reverse("desk_move", args=[one.visit.pk]), one.visit.patient_id)


def _overlaps(now: datetime) -> Iterable[WorkListRow]:
    """Visits ahead that staff put over another one."""
    rows = _visits().filter(status="booked", starts_at__gt=now, overlap_reason__isnull=False)
    for row in rows.order_by("starts_at"):
        cells = *_about_visit(row), row.clinician.name, row.overlap_reason or ""
        yield WorkListRow(cells, _visit_url(row), row.patient_id)


def _reminders(now: datetime) -> Iterable[WorkListRow]:
    """Reminders due within two days, and those that failed for visits still ahead."""
    failed = Q(status__in=("failed", "needs_human"), useless_after__gt=now)
    due = Q(status__in=("due", "claimed"), due_at__lte=now + REMINDERS_WITHIN)
    rows = Email.objects.filter(REMINDERS, failed | due).select_related("patient")
    for row in rows.order_by("status", "due_at"):
        name = row.patient.name if row.patient else ""
        state, why = row.get_status_display(), reason_words(row.reason) if row.reason else ""
        cells = name, kind_name(row.kind), row.due_at, state, why
        yield WorkListRow(cells, reverse("desk_mail", args=[row.pk]), row.patient_id)


def _unreachable(now: datetime) -> Iterable[WorkListRow]:
    """Patients with a visit ahead whose mail does not arrive, or who gave no address."""
    rows = (
        Patient.objects.current()
        .filter(Q(mail_bounced_at__isnull=False) | Q(email=""))
        .filter(Exists(Appointment.objects.upcoming(now).filter(patient=OuterRef("pk"))))
        .order_by("name")
    )
    for row in rows:
        cells = row.name, phone_in_words(row.phone), row.email or _("no address")
        yield WorkListRow(cells, patient_url(row), row.pk)


PATIENT, PHONE = gettext_lazy("Patient"), gettext_lazy("Phone")
WHEN, WITH = gettext_lazy("When"), gettext_lazy("With")

LISTS: dict[str, DeskList] = {}


def register_lists(*lists: DeskList) -> None:
    """Add lists to those of the desk. A concept that stands on this one registers its own."""
    both = sorted([*LISTS.values(), *lists], key=lambda one: one.position)
    LISTS.clear()
    LISTS.update({one.slug: one for one in both})


@dataclass(frozen=True)
class PartBeside:
    """What another concept shows beside the calendar, and whose rows are seen in it."""

    html: SafeString
    patients: tuple[UUID, ...] = ()


_PARTS: list[Callable[[HttpRequest, datetime], PartBeside]] = []


def register_part(part: Callable[[HttpRequest, datetime], PartBeside]) -> None:
    """Show a part beside the calendar, below the counts of the lists."""
    _PARTS.append(part)


def parts_beside(request: HttpRequest, now: datetime) -> list[PartBeside]:
    """Return what other concepts show beside the calendar at `now`."""
    return [part(request, now) for part in _PARTS]


register_lists(
    *(
        DeskList(
            "to-move",
            gettext_lazy("To be moved"),
            gettext_lazy("Booked visits that the hours no longer allow, soonest first."),
            (PATIENT, PHONE, WHEN, WITH, gettext_lazy("Why")),
            _orphans,
            times=frozenset({2}),
            position=10,
            is_beside=True,
        ),
        DeskList(
            "unclosed",
            gettext_lazy("Not closed yet"),
            gettext_lazy("Past visits of which nobody said what became of them."),
            (PATIENT, PHONE, WHEN, WITH, gettext_lazy("State")),
            _unclosed,
            times=frozenset({2}),
            position=20,
            is_beside=True,
        ),
        DeskList(
            "no-shows",
            gettext_lazy("No-show to follow up"),
            gettext_lazy("Missed within 60 days, and nothing booked since."),
            (PATIENT, PHONE, WHEN, gettext_lazy("Visit")),
            _no_shows,
            times=frozenset({2}),
            position=30,
            is_beside=True,
        ),
        DeskList(
            "invited",
            gettext_lazy("Invited, not booked"),
            gettext_lazy("May book and has not, the longest waiting first."),
            (
                PATIENT,
                PHONE,
                gettext_lazy("May book"),
                gettext_lazy("Since"),
                gettext_lazy("Until"),
            ),
            _invited,
            times=frozenset({3}),
            dates=frozenset({4}),
            position=40,
            is_beside=True,
        ),
        DeskList(
            "idle",
            gettext_lazy("Package idle"),
            gettext_lazy("Visits left, and none booked for longer than the terms allow."),
            (PATIENT, PHONE, gettext_lazy("Visits left"), gettext_lazy("Last visit or joined")),
            _idle,
            times=frozenset({3}),
            position=50,
            is_beside=True,
        ),
        DeskList(
            "unreachable",
            gettext_lazy("Mail did not arrive"),
            gettext_lazy("Has a visit ahead and no address that works: call."),
            (PATIENT, PHONE, gettext_lazy("E-mail")),
            _unreachable,
            position=80,
            is_beside=True,
        ),
        DeskList(
            "reminders",
            gettext_lazy("Reminders due or failed"),
            gettext_lazy("Due within two days, or failed while the visit is still ahead."),
            (
                PATIENT,
                gettext_lazy("Mail"),
                gettext_lazy("Due"),
                gettext_lazy("State"),
                gettext_lazy("Reason"),
            ),
            _reminders,
            times=frozenset({2}),
            position=90,
            is_beside=True,
        ),
        DeskList(
            "overlaps",
            gettext_lazy("Overlaps allowed"),
            gettext_lazy("Visits ahead that staff put over another one, with the reason."),
            (PATIENT, PHONE, WHEN, WITH, gettext_lazy("Reason")),
            _overlaps,
            times=frozenset({2}),
            position=100,
        ),
    )
)
