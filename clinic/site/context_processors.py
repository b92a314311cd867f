"""What every page knows of the clinic."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinic.people.staff_bar import staff_bar
from clinic.site.navigation import entries_for


def the_clinic(request: HttpRequest) -> dict[str, object]:
    """Return the clinic's name, telephone, address, time zone and hours, whether this is a trial,
    and when the session ends unless another request comes (UTC; None without a session). Also, for
    staff pages, what is wrong with the sending of mail, and the bar."""
    return {
        "clinic_name": settings.CLINIC_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "clinic_address": settings.CLINIC_ADDRESS,
        "clinic_zone": settings.CLINIC_TIME_ZONE,
        "clinic_hours": settings.CLINIC_HOURS,
        "is_trial": settings.TRIAL,
        "staff_entries": SimpleLazyObject(lambda: entries_for(request)),
        # Asked of the database only by pages that show it.
        "staff_bar": SimpleLazyObject(lambda: staff_bar(request)),
        "session_ends_at": getattr(request, "session_ends_at", None),
    }
