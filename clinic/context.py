"""What every page knows of the clinic."""

from django.conf import settings
from django.http import HttpRequest


def the_clinic(request: HttpRequest) -> dict[str, object]:
    """Return the clinic's name, telephone, address and hours, whether this is a trial, and when the
    session ends unless another request comes (UTC; None without a session)."""
    return {
        "clinic_name": settings.CLINIC_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "clinic_address": settings.CLINIC_ADDRESS,
        "clinic_hours": settings.CLINIC_HOURS,
        "is_trial": settings.TRIAL,
        "session_ends_at": getattr(request, "session_ends_at", None),
    }
