"""Template context that every page has."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from clinic.heard_from.arriving import arrival_of
from clinic.people.staff_bar import staff_bar
from clinic.practice.facts import clinic_facts
from clinic.practice.reaching import reaching
from clinic.site.navigation import entries_for


def the_clinic(request: HttpRequest) -> dict[str, object]:
    """Return the clinic's name, phone, address and time zone, and whether this is a trial.

    Also when the session ends if no other request comes (UTC, or None without a session), and for
    staff pages their links and the bar. `arrival.query` is what links to public pages end with, so
    that nobody who came by a link of the clinic's loses it on the way.
    """
    return {
        **reaching(),
        "clinic_zone": settings.CLINIC_TIME_ZONE,
        "rules_are_signed": clinic_facts().rules_are_signed,
        "is_trial": settings.TRIAL,
        "arrival": SimpleLazyObject(lambda: arrival_of(request)),
        "staff_entries": SimpleLazyObject(lambda: entries_for(request)),
        # Lazy: only pages that show it query the database.
        "staff_bar": SimpleLazyObject(lambda: staff_bar(request)),
        "session_ends_at": getattr(request, "session_ends_at", None),
    }
