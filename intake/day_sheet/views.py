"""The page of a clinician's own day sheet."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.scheduling.slot_choices import read_day
from clinic.audit.shown import record_shown
from clinic.practice.wall_time import clinic_date
from clinic.security.access import clinician_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from intake.day_sheet.queries import clinician_day
from intake.visit_records.batteries import ITEMS


@clinician_only
@fail_closed
@require_safe
def day(request: ClinicianRequest, day: str = "") -> HttpResponse:
    """Show who comes to this clinician on a day (today by default), and what each visit needs."""
    today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    shown = read_day(day) if day else today
    if shown is None:
        raise Http404
    rows = clinician_day(request.clinician, shown)
    seen = (row.visit.patient_id for row in rows)
    record_shown(request, "see day sheet", seen, reason=shown.isoformat())
    context = {
        "rows": rows,
        "items": ITEMS,
        "day": shown,
        "today": today,
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
    }
    return render(request, "intake/day_sheet/day.html", context)
