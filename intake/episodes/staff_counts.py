"""How many tasks and reviews wait for staff, and how many of them are overdue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.metrics.gauges import GaugeSource, Numbers, register_gauges, seconds_since
from clinic.models.people import User
from clinic.people.staff_bar import BarLink
from intake.models import Intake, Task


@dataclass(frozen=True)
class StaffCounts:
    """Numbers of tasks without an outcome, urgent calls apart, and of intakes to decide on."""

    calls: int
    calls_overdue: int
    tasks: int
    tasks_overdue: int
    reviews: int
    reviews_overdue: int

    @property
    def has_any(self) -> bool:
        """Return whether anything waits at all."""
        return bool(self.calls or self.tasks or self.reviews)


@dataclass(frozen=True)
class ToRead:
    """How many red reviews wait, and when the first one that is not overdue is due."""

    count: int
    first_due_at: datetime | None


def open_calls() -> QuerySet[Task]:
    """Return the urgent calls that are owed. What is mailed about overdue calls reads these."""
    return Task.objects.open().urgent_calls()


def calls_to_make() -> QuerySet[Task]:
    """Return what every mail that says "please call now" counts, and the list it leads to shows."""
    return Task.objects.open().to_call_now()


def to_read_at(now: datetime) -> ToRead:
    """Return what a clinician has to read within a working day. One statement."""
    red = Intake.objects.awaiting_review().filter(queue=Intake.Queue.RED)
    first = Min("review_due_at", filter=Q(review_due_at__gt=now))
    return ToRead(**red.aggregate(count=Count("pk"), first_due_at=first))


def staff_counts_at(now: datetime, *, arrived_by: datetime | None = None) -> StaffCounts:
    """Return the counts at `now`. What is due exactly now is overdue.

    With `arrived_by`, count only what had arrived by then.
    """
    tasks, reviews = Task.objects.open(), Intake.objects.awaiting_review()
    if arrived_by is not None:
        tasks = tasks.filter(created_at__lte=arrived_by)
        # An urgent draft waits too: it has no time of sending.
        arrived = Coalesce("sent_at", "started_at")
        reviews = reviews.alias(arrived=arrived).filter(arrived__lte=arrived_by)
    is_call, is_due = Q(kind=Task.Kind.URGENT_CALL), Q(due_at__lte=now)
    return StaffCounts(
        **tasks.aggregate(
            calls=Count("pk", filter=is_call),
            calls_overdue=Count("pk", filter=is_call & is_due),
            tasks=Count("pk", filter=~is_call),
            tasks_overdue=Count("pk", filter=~is_call & is_due),
        ),
        **reviews.aggregate(
            reviews=Count("pk"), reviews_overdue=Count("pk", filter=Q(review_due_at__lte=now))
        ),
    )


def waiting_for(user: User, now: datetime) -> Iterator[BarLink]:
    """Yield what the staff bar says of urgent calls and overdue reviews at `now`."""
    counts, calls_url = staff_counts_at(now), reverse("task_list") + "?tab=calls"
    if counts.calls_overdue:
        text = ngettext(
            "%(n)s urgent call overdue", "%(n)s urgent calls overdue", counts.calls_overdue
        ) % {"n": counts.calls_overdue}
        if counts.calls != counts.calls_overdue:
            text += ", " + _("%(n)s in all") % {"n": counts.calls}
        yield BarLink("calls", "urgent", text, calls_url, is_alarm=True)
    elif counts.calls:
        text = ngettext("%(n)s urgent call", "%(n)s urgent calls", counts.calls)
        yield BarLink("calls", "urgent", text % {"n": counts.calls}, calls_url)
    if counts.tasks_overdue:
        text = ngettext("%(n)s promise overdue", "%(n)s promises overdue", counts.tasks_overdue)
        url = reverse("task_list")
        yield BarLink("tasks", "clock", text % {"n": counts.tasks_overdue}, url)
    if counts.reviews_overdue:
        text = ngettext("%(n)s review overdue", "%(n)s reviews overdue", counts.reviews_overdue)
        # Only clinicians review; the desk finds whom to ask beside the calls.
        url = reverse("review_queue" if user.is_clinician else "task_list")
        yield BarLink("reviews", "clock", text % {"n": counts.reviews_overdue}, url)


def tasks_for_metrics(now: datetime) -> Numbers:
    """Count what is owed to patients, without saying what."""
    return Task.objects.open().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lte=now)),
        unreached=Count("pk", filter=Q(status=Task.Status.UNREACHED)),
    )


def reviews_for_metrics(now: datetime) -> Numbers:
    """Count the forms that a clinician has to decide on."""
    return Intake.objects.awaiting_review().aggregate(
        open=Count("pk"), overdue=Count("pk", filter=Q(review_due_at__lte=now))
    )


def longest_overdue(now: datetime) -> Numbers:
    """Return for how many seconds the oldest task is overdue, 0 if none is."""
    overdue = Task.objects.open().filter(due_at__lte=now)
    return {"": seconds_since(overdue.aggregate(at=Min("due_at"))["at"], now) or 0}


def longest_overdue_review(now: datetime) -> Numbers:
    """Return for how many seconds the oldest form to decide on is overdue, 0 if none is."""
    overdue = Intake.objects.awaiting_review().filter(review_due_at__lte=now)
    return {"": seconds_since(overdue.aggregate(at=Min("review_due_at"))["at"], now) or 0}


def register_intake_gauges() -> None:
    """Register the gauges of intake."""
    register_gauges(
        GaugeSource("tasks", "Tasks without an outcome.", tasks_for_metrics, "state"),
        GaugeSource(
            "oldest_task_overdue_seconds", "How long the oldest task is overdue.", longest_overdue
        ),
        GaugeSource("reviews", "Forms that wait for a clinician.", reviews_for_metrics, "state"),
        GaugeSource(
            "oldest_review_overdue_seconds",
            "How long the oldest form that waits is overdue.",
            longest_overdue_review,
        ),
    )
