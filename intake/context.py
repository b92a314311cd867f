"""The counts on the staff bar. Named in settings, so that staff pages of every room show them."""

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from intake.models import Intake, UrgentCall


def _counts() -> dict[str, int]:
    now = timezone.now()
    calls = UrgentCall.objects.open().aggregate(
        calls=Count("pk"), calls_overdue=Count("pk", filter=Q(due_at__lt=now))
    )
    return {
        **calls,
        "reviews_overdue": Intake.objects.awaiting_review().filter(review_due_at__lt=now).count(),
    }


def staff_counts(request: HttpRequest) -> dict[str, object]:
    """Return `staff_counts`, read only when a staff page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"staff_counts": SimpleLazyObject(_counts)}
