"""The counts on the staff bar. Named in settings, so that staff pages of every room show them."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from intake.episodes.staff_counts import staff_counts_at


def staff_counts(request: HttpRequest) -> dict[str, object]:
    """Return `staff_counts`, read only when a staff page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"staff_counts": SimpleLazyObject(lambda: staff_counts_at(timezone.now()))}
