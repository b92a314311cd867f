"""The desk's pages of a clinic that begins: a usual clinic, holidays, a made-up patient."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.models import Appointment
from booking.opening_hours.change_pages import Change, change_page
from booking.set_up.actions import close_days, fill_usual_clinic, make_up_patient
from booking.set_up.forms import HolidaysForm
from booking.set_up.holiday_list import years_asked_for
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.messages.trying import server
from clinic.models.people import Clinician, Patient
from clinic.practice.facts import clinic_facts
from clinic.practice.wall_time import clinic_date
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest

methods = require_http_methods(["GET", "HEAD", "POST"])


@desk_only
@methods
def usual_clinic(request: StaffRequest) -> HttpResponse:
    """Say what a usual clinic is; POST fills what is empty with it."""
    if request.method == "POST":
        fill_usual_clinic(context=context_of(request))
        messages.success(request, _("Filled in. Look at each line, and change what is different."))
        return redirect("before_you_open")
    somebody_treats = Clinician.objects.filter(is_active=True).exists()
    context = {"somebody_treats": somebody_treats}
    return render(request, "booking/set_up/usual_clinic.html", context)


@desk_only
@methods
def holidays(request: StaffRequest) -> HttpResponse:
    """Propose the holidays of a year; what is ticked is closed, once confirmed."""
    today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    years = (today.year, today.year + 1)
    year = _year(request, years, default=years_asked_for(today)[0])
    state = clinic_facts().state
    ticked = request.GET.get("tick") == "country"
    form = HolidaysForm(request.POST or None, year=year, state=state, today=today, ticked=ticked)

    def action() -> object:
        return close_days(days=form.chosen(), by=staff_of(request), context=context_of(request))

    if request.method == "POST":
        title = _("Holidays of %(year)s") % {"year": year}
        change = Change(title, action, reverse("before_you_open"), None)
        if form.is_valid() and "edit" not in request.POST:
            return change_page(request, form, change)
    context = {
        "form": form,
        "year": year,
        "years": years,
        "state": state,
        "has_errors": bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/set_up/holidays.html", context, status=status)


def _year(request: StaffRequest, years: tuple[int, ...], default: int) -> int:
    """Return the year that the address names. Raises Http404 for one that is not offered."""
    found = request.GET.get("year", str(default))
    if found not in map(str, years):
        raise Http404
    return int(found)


@desk_only
@methods
def walk_through(request: StaffRequest) -> HttpResponse:
    """Show how to walk through with a made-up patient; POST makes one."""
    if request.method == "POST":
        patient = make_up_patient(user=staff_of(request), context=context_of(request))
        return redirect("desk_patient", patient.pk)
    patients = list(
        Patient.objects.current().filter(is_sample=True, erased_at=None, contact_erased_at=None)[:1]
    )
    record_shown(request, "see patient", patients)
    context = {
        "patient": patients[0] if patients else None,
        "visits": Appointment.objects.filter(patient__in=patients, booked_at__isnull=False).count(),
        "email": staff_of(request).email,
        "mail_server": server(),
    }
    return render(request, "booking/set_up/walk_through.html", context)
