"""The desk's calendar: a day by clinician or by room, and weeks. The address holds what is shown;
a cookie remembers the last view, so that /desk/ opens it again."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.calendar.sheets import day_sheet, week_sheet
from booking.calendar.version import drawn_version, version_now
from booking.calendar.week_board import week_board
from booking.desk.move_queries import pinboard
from booking.scheduling.slot_choices import read_day, read_number
from clinic.audit.record import actor_of, record
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.sign_in.unattended import is_unattended

COOKIE = "desk_view"
COOKIE_DAYS = 180


@desk_only
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """Open today in the view this browser showed last."""
    view, _, detail = request.COOKIES.get(COOKIE, "").partition("-")
    if view == "week":
        who = read_number(detail)
        known = who is not None and Clinician.objects.filter(pk=who).exists()
        return redirect(reverse("desk_week") + (f"?clinician={who}" if known else ""))
    return redirect(reverse("desk_day") + ("?by=room" if detail == "room" else ""))


@desk_only
@require_safe
def day(request: StaffRequest, day: str = "") -> HttpResponse:
    """Show one clinic day, a column for each clinician, or for each room."""
    today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    shown = _asked(day) if day else today
    by_room = request.GET.get("by") == "room"
    now = timezone.now()
    if is_unattended(request) and _is_seen(
        request, version_now(shown, 1, now=now, with_pinboard=True)
    ):
        return HttpResponseNotModified()
    aside = pinboard(now)
    sheet = day_sheet(shown, now=now, by_room=by_room)
    record(actor_of(request), "see day", reason=shown.isoformat())
    context = {
        "sheet": sheet,
        "shown": shown,
        "today": today,
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "by_room": by_room,
        "now": now,
        "pinboard": aside,
        "version": drawn_version(sheet.stretch, aside),
    }
    answer = render(request, "booking/desk/day.html", context)
    return _remembered(answer, "day-room" if by_room else "day")


@desk_only
@require_safe
def week(request: StaffRequest, day: str = "") -> HttpResponse:
    """Show one week: of everybody, or of one clinician with every quarter hour."""
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    asked = _asked(day) if day else today
    monday = _monday(asked)
    clinician = _clinician(request)
    if is_unattended(request) and _is_seen(
        request, version_now(monday, 7, now=now, clinician=clinician)
    ):
        return HttpResponseNotModified()
    record(actor_of(request), "see week", clinician, reason=monday.isoformat())
    context: dict[str, Any] = {
        "monday": monday,
        "asked": asked,
        "today": today,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "clinician": clinician,
        "clinicians": Clinician.objects.filter(is_active=True),
        "now": now,
    }
    if clinician is None:
        context["board"] = board = week_board(monday, now=now)
        context["version"] = drawn_version(board.stretch)
        return _remembered(render(request, "booking/desk/week_board.html", context), "week")
    context["sheet"] = sheet = week_sheet(monday, clinician=clinician, now=now)
    context["version"] = drawn_version(sheet.stretch)
    answer = render(request, "booking/desk/week.html", context)
    return _remembered(answer, f"week-{clinician.pk}")


def _is_seen(request: HttpRequest, version: str) -> bool:
    """Tell whether the page that asks by itself shows that version already."""
    return request.headers.get("If-None-Match") == f'"{version}"'


def _asked(day: str) -> date:
    shown = read_day(day)
    if shown is None or not 2000 <= shown.year <= 2100:
        raise Http404
    return shown


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _clinician(request: HttpRequest) -> Clinician | None:
    value = request.GET.get("clinician", "")
    if not value:
        return None
    number = read_number(value)
    if number is None:
        raise Http404
    return get_object_or_404(Clinician, pk=number)


def _remembered(answer: HttpResponse, view: str) -> HttpResponse:
    answer.set_cookie(
        COOKIE,
        view,
        max_age=COOKIE_DAYS * 24 * 3600,
        path=reverse("desk_home"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer
