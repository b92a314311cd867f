"""The pages of the desk's calendar: a day by clinician or by room, and weeks.

The address says what is shown. A cookie remembers the last view, so that /desk/ opens it again.
"""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from booking.calendar.changes import CalendarState, calendar_state
from booking.calendar.queries import Stretch
from booking.calendar.sheets import day_sheet, week_sheet
from booking.calendar.week_board import week_board
from booking.desk.move_queries import pinboard
from booking.scheduling.slot_choices import read_day, read_number
from clinic.audit.shown import record_shown
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.web.cookies import cookie_name, set_cookie
from clinic.web.unattended import seen_version, wants_part

COOKIE = cookie_name("desk_view")
COOKIE_DAYS = 180


@desk_only
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """Redirect to today, in the view that this browser showed last."""
    view, _, detail = request.COOKIES.get(COOKIE, "").partition("-")
    if view == "week":
        who = read_number(detail)
        # The cookie is old, or from anybody: a clinician may have gone since.
        known = who is not None and Clinician.objects.filter(pk=who).exists()
        return redirect(reverse("desk_week") + (f"?clinician={who}" if known else ""))
    return redirect(reverse("desk_day") + ("?by=room" if detail == "room" else ""))


@desk_only
@require_safe
@vary_on_headers("HX-Request")
def day(request: StaffRequest, day: str = "") -> HttpResponse:
    """Show one clinic day with a column for each clinician, or for each room."""
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    shown = _asked(day) if day else today
    by_room = request.GET.get("by") == "room"
    # The state first, then what is drawn: see `calendar_state`.
    state = calendar_state(shown, 1, now=now, with_pinboard=True)
    if seen_version(request) == str(state):
        return HttpResponseNotModified()
    sheet, aside = day_sheet(shown, now=now, by_room=by_room), pinboard(now)
    seen = [visit.patient_id for visit in (*sheet.stretch.visits, *aside)]
    record_shown(request, "see day", seen, reason=shown.isoformat())
    context = {
        "sheet": sheet,
        "shown": shown,
        "today": today,
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "by_room": by_room,
        "now": now,
        "pinboard": aside,
        "state": state,
    }
    answer = _answer(request, "day", context)
    return _remembered(answer, "day-room" if by_room else "day")


@desk_only
@require_safe
@vary_on_headers("HX-Request")
def week(request: StaffRequest, day: str = "") -> HttpResponse:
    """Show one week: all clinicians in short, or one clinician by the quarter hour."""
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    asked = _asked(day) if day else today
    monday = _monday(asked)
    clinician = _clinician(request)
    state = calendar_state(monday, 7, now=now, clinician=clinician)
    if seen_version(request) == str(state):
        return HttpResponseNotModified()
    context: dict[str, Any] = {
        "monday": monday,
        "asked": asked,
        "today": today,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "clinician": clinician,
        "clinicians": Clinician.objects.filter(is_active=True),
        "now": now,
        "state": state,
    }
    if clinician is None:
        context["board"] = board = week_board(monday, now=now)
        _record_week(request, board.stretch, monday)
        return _remembered(_answer(request, "week_board", context), "week")
    context["sheet"] = sheet = week_sheet(monday, clinician=clinician, now=now)
    _record_week(request, sheet.stretch, monday, clinician)
    return _remembered(_answer(request, "week", context), f"week-{clinician.pk}")


def _record_week(
    request: HttpRequest, shown: Stretch, monday: date, clinician: Clinician | None = None
) -> None:
    """Record whose visits the week shows."""
    seen = [visit.patient_id for visit in shown.visits]
    record_shown(request, "see week", seen, about=clinician, reason=monday.isoformat())


def _answer(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Render the page of that name, or only its calendar for a refresh."""
    if not wants_part(request):
        return render(request, f"booking/calendar/{name}.html", context)
    state: CalendarState = context["state"]
    context["part"] = f"booking/calendar/{name}_calendar.html"
    context["is_news"] = state.is_news_to(seen_version(request))
    return render(request, "booking/calendar/refreshed.html", context)


def _asked(day: str) -> date:
    """Return the date in the address. Raises Http404 if it is none, or is far off."""
    shown = read_day(day)
    if shown is None or not 2000 <= shown.year <= 2100:
        raise Http404
    return shown


def _monday(day: date) -> date:
    """Return the Monday of that week."""
    return day - timedelta(days=day.weekday())


def _clinician(request: HttpRequest) -> Clinician | None:
    """Return the clinician named in the address, None for everybody. Raises Http404."""
    value = request.GET.get("clinician", "")
    if not value:
        return None
    number = read_number(value)
    if number is None:
        raise Http404
    return get_object_or_404(Clinician, pk=number)


def _remembered(answer: HttpResponse, view: str) -> HttpResponse:
    """Return the response with the cookie that remembers this view."""
    set_cookie(answer, COOKIE, view, COOKIE_DAYS * 24 * 3600)
    return answer
