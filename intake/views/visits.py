"""A patient's own visits, after signing in with a mailed code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.queries import package_of, upcoming_of, what_may_be_booked
from clinic.people.access import signed_in_patient_only
from intake.patient_news import news_for


@signed_in_patient_only
@require_safe
def visits_home(request: HttpRequest) -> HttpResponse:
    """Show her coming visits and her package. No answers and no scores stand here."""
    patient, now = request.patient, timezone.now()  # type: ignore[attr-defined]
    context = {
        "upcoming": upcoming_of(patient, now),
        "package": package_of(patient, now),
        "bookable": what_may_be_booked(patient, now),
        "news": news_for(patient, now=now),
    }
    return render(request, "intake/visits.html", context)
