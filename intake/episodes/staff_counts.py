"""What waits for staff and what has waited too long, as numbers only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from intake.models import Intake, UrgentCall


@dataclass(frozen=True)
class StaffCounts:
    """Urgent calls without an outcome and intakes without a decision; how many are past due."""

    calls: int
    calls_overdue: int
    reviews: int
    reviews_overdue: int

    @property
    def has_any(self) -> bool:
        """Whether anything waits at all."""
        return bool(self.calls or self.reviews)


def staff_counts_at(now: datetime, *, arrived_by: datetime | None = None) -> StaffCounts:
    """Count what waits; with `arrived_by`, only what had come in by then. Due now is overdue."""
    calls, reviews = UrgentCall.objects.open(), Intake.objects.awaiting_review()
    if arrived_by is not None:
        calls = calls.filter(raised_at__lte=arrived_by)
        arrived = Coalesce("sent_at", "started_at")
        reviews = reviews.alias(arrived=arrived).filter(arrived__lte=arrived_by)
    return StaffCounts(
        **calls.aggregate(calls=Count("pk"), calls_overdue=Count("pk", filter=Q(due_at__lte=now))),
        **reviews.aggregate(
            reviews=Count("pk"), reviews_overdue=Count("pk", filter=Q(review_due_at__lte=now))
        ),
    )
