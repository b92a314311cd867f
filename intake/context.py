"""The counts on the staff bar. Named in settings, so that staff pages of every room show them."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from intake.models import Intake, UrgentCall


def _counts() -> dict[str, int]:
    now = timezone.now()
    return {
        "calls": UrgentCall.objects.open().count(),
        "calls_overdue": UrgentCall.objects.open().filter(due_at__lt=now).count(),
        "reviews_overdue": Intake.objects.awaiting_review().filter(review_due_at__lt=now).count(),
    }


def staff_counts(request: HttpRequest) -> dict[str, object]:
    """Return `staff_counts`, read only when a staff page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"staff_counts": SimpleLazyObject(_counts)}
