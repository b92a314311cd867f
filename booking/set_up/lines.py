"""The lines of the list "Before you open" that ask about booking."""

from datetime import date, datetime, time

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.catalog.queries import offer_gaps
from booking.models import Appointment, Closure, OpeningHours, Room, Service
from booking.promised_times.queries import unchecked_promises
from booking.set_up.holiday_list import years_asked_for
from clinic.before_opening.lines import ACCESS_ADMIN, MANAGER, SetUpLine
from clinic.models.people import Clinician, Patient
from clinic.models.practice import WeeklyHours
from clinic.people.sample_people import is_loaded
from clinic.practice.wall_time import clinic_date, instant
from clinic.templatetags.practice import clinic_hours


def hours_line(now: datetime) -> SetUpLine:
    """Ask for the clinic's own hours, in force now or later."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    is_entered = WeeklyHours.objects.exclude(valid_until__lt=today).exists()
    absent = () if is_entered else (_("In which hours somebody answers the telephone"),)
    return SetUpLine(
        "hours", _("The clinic’s hours"), "desk_clinic_week", absent, found=clinic_hours()
    )


def holidays_line(now: datetime) -> SetUpLine:
    """Ask for a closure of everybody in this year, and from autumn on in the next."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    absent = tuple(
        _("None is chosen for %(year)s") % {"year": year}
        for year in years_asked_for(today)
        if not closed_in(year)
    )
    return SetUpLine("holidays", _("Holidays"), "holidays", absent, holds_up=False)


def closed_in(year: int) -> bool:
    """Return whether the whole clinic is closed at any time in this year."""
    zone = settings.CLINIC_TIME_ZONE
    begin = instant(date(year, 1, 1), time(0), zone)
    end = instant(date(year + 1, 1, 1), time(0), zone)
    for_all = Closure.objects.filter(clinician=None, room=None)
    return for_all.filter(starts_at__gte=begin, starts_at__lt=end).exists()


def rooms_line(now: datetime) -> SetUpLine:
    """Ask for a room that is given out."""
    count = Room.objects.filter(is_active=True).count()
    absent = () if count else (_("No room is given out"),)
    found = ngettext_lazy("%(n)s room", "%(n)s rooms", "n") % {"n": count}
    return SetUpLine("rooms", _("Rooms"), "desk_hours", absent, found=found if count else "")


def services_line(now: datetime) -> SetUpLine:
    """Ask for an evaluation that has a price and can be booked."""
    absent = (_("No evaluation has a price and can be booked"),) * ("evaluation" in offer_gaps())
    return SetUpLine("services", _("Visits and prices"), "desk_terms", absent)


def packages_line(now: datetime) -> SetUpLine:
    """Ask whether somebody has set the price of a package."""
    absent = (_("Nobody has set the price of a package"),) * ("package" in offer_gaps())
    return SetUpLine("packages", _("Packages"), "desk_terms", absent, holds_up=False)


def clinicians_line(now: datetime) -> SetUpLine:
    """Ask for clinicians with hours and with visits that they do; one is needed to open."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    ahead = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    hours = OpeningHours.objects.filter(ahead, clinician=OuterRef("pk"))
    services = Service.objects.filter(is_active=True, clinicians=OuterRef("pk"))
    rows = list(
        Clinician.objects.filter(is_active=True)
        .annotate(has_hours=Exists(hours), does=Exists(services))
        .order_by("name")
    )
    absent: list[object] = []
    if not rows:
        absent.append(_("Nobody treats patients yet: add a clinician among the people"))
    for one in rows:
        if not one.has_hours:
            absent.append(_("%(name)s has no hours") % {"name": one.name})
        if not one.does:
            absent.append(_("%(name)s does none of the visits") % {"name": one.name})
    ready = sum(one.has_hours and one.does for one in rows)
    found = ngettext_lazy("%(n)s clinician", "%(n)s clinicians", "n") % {"n": ready}
    return SetUpLine(
        "clinicians",
        _("Clinicians, their hours and what they do"),
        "desk_hours" if rows else "people",
        tuple(absent),
        MANAGER if rows else ACCESS_ADMIN,
        holds_up=not ready,
        found=found if ready else "",
    )


def promises_line(now: datetime) -> SetUpLine:
    """Ask whether somebody looked at visits that were promised by zone data nobody knows now."""
    count = unchecked_promises(now)
    sentence = ngettext_lazy(
        "%(n)s visit ahead was promised before times were kept, and nobody has compared it",
        "%(n)s visits ahead were promised before times were kept, and nobody has compared them",
        "n",
    )
    absent = (sentence % {"n": count},) * bool(count)
    title = _("Times promised before")
    return SetUpLine(
        "promises", title, "desk_clock_law", absent, holds_up=False, hides_when_done=True
    )


def walk_line(now: datetime) -> SetUpLine:
    """Ask whether a made-up patient was booked once, and removed."""
    title = _("Walk through with a made-up patient")
    if is_loaded():
        found = _("Everybody here is made up")
        return SetUpLine("walk", title, "walk_through", holds_up=False, found=found)
    made_up = Patient.objects.filter(is_sample=True)
    is_removed = Q(erased_at__isnull=False) | Q(contact_erased_at__isnull=False)
    booked = Appointment.objects.filter(patient=OuterRef("pk"), booked_at__isnull=False)
    walked = made_up.filter(is_removed).filter(Exists(booked)).exists()
    absent: list[object] = [] if walked else [_("No made-up patient was booked and removed yet")]
    if made_up.exclude(is_removed).exists():
        absent.append(_("One is still here"))
    return SetUpLine("walk", title, "walk_through", tuple(absent), holds_up=False)
