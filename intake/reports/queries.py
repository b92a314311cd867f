"""Figures of a month: how far patients came, where they heard of the clinic, and the reviews."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from booking.catalog.protocol import IMPACT_STEP
from booking.desk.month_figures import following_month
from booking.models import Appointment, Enrollment, Service
from clinic.heard_from.queries import places_with_counts
from clinic.models.people import Patient
from clinic.practice.wall_time import instant
from intake.models import Decision, Intake

HOUR = timedelta(hours=1)
# Either of the two can be the first visit; a follow-up never is.
FIRST_VISIT = Q(service__kind=Service.Kind.EVALUATION) | Q(visit_number=1)


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


@dataclass(frozen=True)
class SourceLine:
    """One place where patients hear of the clinic, in one month.

    `opened` is how often its links were opened; the rest are patients who started their first
    intake in that month, and how many of them sent it and booked.
    """

    name: str
    opened: int
    started: int = 0
    sent: int = 0
    booked: int = 0


def _bounds(first: date) -> tuple[datetime, datetime]:
    """Return when the month that begins on `first` starts and ends in the clinic's zone (UTC)."""
    zone = settings.CLINIC_TIME_ZONE
    return instant(first, time(0), zone), instant(following_month(first), time(0), zone)


def funnel(first: date) -> Sequence[Step]:
    """Return how far the patients came who started their first intake in that month.

    Each patient is counted once, whatever she sent or booked again. Later steps count even after
    the month. One statement.
    """
    own = OuterRef("pk")
    agreed = Appointment.objects.agreed().filter(patient=own)
    first_visits = agreed.filter(FIRST_VISIT)
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
    counts = _who_began(first, steps).aggregate(
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


def _who_began(first: date, steps: Mapping[str, Any]) -> Any:
    """Return the patients whose first intake was started in that month, with these steps.

    Each step is a query of rows that refer to the outer patient; there it says whether it has any.
    """
    start, end = _bounds(first)
    # order_by() takes away any order: the rows would be grouped by its columns too.
    began = Intake.objects.full().filter(patient=OuterRef("pk")).order_by().values("patient")
    # Any, because the annotations have names that are made elsewhere.
    people: Any = Patient.objects.current().annotate(
        began=Subquery(began.annotate(at=Min("started_at")).values("at")),
        **{name: Exists(rows) for name, rows in steps.items()},
    )
    return people.filter(began__gte=start, began__lt=end)


def sources(first: date) -> Sequence[SourceLine]:
    """Return for each place how far the patients of that month came who heard of the clinic there.

    What she said counts; where she said nothing, the link by which she came. The last line is of
    those about whom neither is known. Empty if there are no places. Three statements.
    """
    places = places_with_counts(first)
    if not places:
        return []
    own = OuterRef("pk")
    forms = Intake.objects.full().filter(patient=own).order_by("started_at", "pk")
    said = forms.filter(heard_from__isnull=False).values("heard_from")
    led = forms.filter(came_by__isnull=False).values("came_by")
    steps = {
        "sent": Intake.objects.full().sent().filter(patient=own),
        "booked": Appointment.objects.agreed().filter(patient=own).filter(FIRST_VISIT),
    }
    place = Coalesce(Subquery(said[:1]), Subquery(led[:1]))
    people = _who_began(first, steps).annotate(place=place)
    counted = {
        key: numbers
        for key, *numbers in people.order_by()
        .values("place")
        .annotate(
            started=Count("pk"),
            n_sent=Count("pk", filter=Q(sent=True)),
            n_booked=Count("pk", filter=Q(booked=True)),
        )
        .values_list("place", "started", "n_sent", "n_booked")
    }
    lines = [SourceLine(one.row.name, one.opened, *counted.get(one.row.pk, ())) for one in places]
    return [*lines, SourceLine(_("Not known"), 0, *counted.get(None, ()))]


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
