"""Figures of a month: how far patients came from their first answer to visit 6, and the reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from booking.catalog.protocol import IMPACT_STEP
from booking.desk.month_figures import following_month
from booking.models import Appointment, Enrollment, Service
from clinic.models.people import Patient
from clinic.practice.wall_time import instant
from intake.models import Decision, Intake

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Step:
    """A line of a table: its name and how many patients or intakes it counts."""

    name: str
    people: int


@dataclass(frozen=True)
class Reviews:
    """How many full intakes were sent in a month, and how reviews went.

    `promised` are the urgent and red forms, check-ins included, `kept` those of them that were
    decided by the time promised.
    """

    sent: int
    promised: int
    kept: int


def _bounds(first: date) -> tuple[datetime, datetime]:
    """Return when the month that begins on `first` starts and ends in the clinic's zone (UTC)."""
    zone = settings.CLINIC_TIME_ZONE
    return instant(first, time(0), zone), instant(following_month(first), time(0), zone)


def funnel(first: date) -> Sequence[Step]:
    """Return how far the patients came who started their first intake in that month.

    Each patient is counted once, whatever she sent or booked again. Later steps count even after
    the month. One statement.
    """
    start, end = _bounds(first)
    own = OuterRef("pk")
    agreed = Appointment.objects.agreed().filter(patient=own)
    # Either of the two can be the first visit; a follow-up never is.
    first_visits = agreed.filter(Q(service__kind=Service.Kind.EVALUATION) | Q(visit_number=1))
    completed = Appointment.objects.filter(patient=own, status="completed")
    sent = Intake.objects.full().sent().filter(patient=own)
    steps = {
        "sent": sent,
        "booked": first_visits,
        "seen": first_visits.filter(status="completed"),
        "enrolled": Enrollment.objects.filter(patient=own),
        "impact": completed.filter(step=IMPACT_STEP),
        "last": completed.filter(visit_number=F("enrollment__version__visit_count")),
    }
    # order_by() takes away any order: the rows would be grouped by its columns too.
    began = Intake.objects.full().filter(patient=own).order_by().values("patient")
    # Any, because the annotations have names that are made here.
    people: Any = Patient.objects.current().annotate(
        began=Subquery(began.annotate(at=Min("started_at")).values("at")),
        **{name: Exists(rows) for name, rows in steps.items()},
    )
    counts = people.filter(began__gte=start, began__lt=end).aggregate(
        started=Count("pk"),
        **{f"n_{name}": Count("pk", filter=Q(**{name: True})) for name in steps},
    )
    return [
        Step(_("Started the questions"), counts["started"]),
        Step(_("Sent them"), counts["n_sent"]),
        Step(_("First visit booked"), counts["n_booked"]),
        Step(_("First visit done"), counts["n_seen"]),
        Step(_("Package started"), counts["n_enrolled"]),
        Step(_("First jumps and running done"), counts["n_impact"]),
        Step(_("Last visit done"), counts["n_last"]),
    ]


def reviews(first: date) -> Reviews:
    """Return whether what was sent in that month was reviewed by the time promised."""
    start, end = _bounds(first)
    # Any decision counts, also one that was superseded or withdrawn later.
    decided = Decision.objects.filter(intake=OuterRef("pk")).order_by("decided_at")
    rows = Intake.objects.sent().filter(sent_at__gte=start, sent_at__lt=end)
    promised = Q(level__in=("urgent", "red"))
    counts = rows.annotate(first_decision=Subquery(decided.values("decided_at")[:1])).aggregate(
        sent=Count("pk", filter=Q(kind="intake")),
        promised=Count("pk", filter=promised),
        kept=Count("pk", filter=promised & Q(first_decision__lte=F("review_due_at"))),
    )
    return Reviews(**counts)


def waiting_times(now: datetime) -> Sequence[Step]:
    """Return how many intakes wait for review at `now`, by how long, and how many are overdue."""
    came = list(
        Intake.objects.awaiting_review().values_list("sent_at", "started_at", "review_due_at")
    )
    # A draft with an urgent answer waits too. It was never sent.
    waits = [now - (sent_at or started_at) for sent_at, started_at, _due in came]
    # Hours, the upper one left out.
    edges = [(_("Under 1 hour"), 0, 1), (_("1 to 4 hours"), 1, 4), (_("4 to 24 hours"), 4, 24)]
    steps = [
        Step(name, sum(low * HOUR <= wait < high * HOUR for wait in waits))
        for name, low, high in edges
    ]
    steps.append(Step(_("A day or more"), sum(wait >= 24 * HOUR for wait in waits)))
    steps.append(
        Step(
            _("Of these overdue"),
            sum(due is not None and due < now for _sent, _started, due in came),
        )
    )
    return steps
