"""The desk's visits and patients: open one, mark it, book on the telephone, read the mail."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.actions import attending
from booking.actions.booking import book_by_staff
from booking.actions.changing import cancel_appointment
from booking.desk_forms import (
    CancelForm,
    TelephoneBookingForm,
    TelephonePatientForm,
)
from booking.models import Appointment, Referral, Service
from booking.queries import package_of, upcoming_of
from booking.queries.desk_package import misplaced_visits, replan_from
from booking.queries.misfits import misfit_of
from booking.queries.packages import view_of
from booking.queries.soonest import soonest_times
from booking.reasons import Reason
from booking.refusals import AlreadyChanged, Refused
from booking.sentences import sentences
from booking.slot_choice import TimeChoice, read_choice
from booking.views.posted import posted_rev
from booking.wall_time import clinic_date
from clinic.audit.record import actor_of, record
from clinic.mail.models import Email
from clinic.people.access import desk_only, staff_of
from clinic.people.models import Clinician, Patient
from clinic.phones import read_phone

MOST_FOUND = 50
# Buttons of the booking form that fill it or look again, and book nothing.
LOOKS = {"take", "look"}


@desk_only
@require_safe
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Open one visit."""
    return _visit_page(request, visit_of(appointment_id))


def visit_of(appointment_id: UUID) -> Appointment:
    """Return the visit with what its pages show. Raises Http404."""
    rows = Appointment.objects.select_related(
        "patient", "clinician", "room", "service", "policy", "enrollment__policy"
    )
    return get_object_or_404(rows, pk=appointment_id)


def _visit_page(
    request: HttpRequest,
    visit: Appointment,
    *,
    problems: list[str] | None = None,
    form: CancelForm | None = None,
    status: int = 200,
) -> HttpResponse:
    misplaced = _misplaced_beside(visit)
    now, zone = timezone.now(), settings.CLINIC_TIME_ZONE
    # Mails about all visits of a package speak of this one too.
    about = [f"appointment:{visit.pk}", f"package:{visit.enrollment_id}"]
    context = {
        "visit": visit,
        "problems": problems or [],
        "has_errors": bool(problems),
        "cancel_form": form or CancelForm(),
        "emails": Email.objects.filter(about__in=about).order_by("due_at"),
        "misplaced": misplaced,
        "replan_from": replan_from(misplaced, visit),
        "has_begun": visit.starts_at <= now,
        "misfit": misfit_of(visit, now),
        "is_its_day": clinic_date(visit.starts_at, zone) <= clinic_date(now, zone),
    }
    return render(request, "booking/desk/appointment.html", context, status=status)


def _misplaced_beside(visit: Appointment) -> list[tuple[Appointment, Reason]]:
    """Return the visits of its package whose dates no longer fit the ones before."""
    if visit.enrollment is None or visit.enrollment.ended_at is not None:
        return []
    return misplaced_visits(view_of(visit.enrollment, timezone.now()))


_MARKS = {
    "arrived": attending.mark_arrived,
    "completed": attending.mark_completed,
    "no_show": attending.mark_no_show,
    "undo": attending.undo_mark,
}


@desk_only
@require_POST
def mark(request: HttpRequest, appointment_id: UUID, mark: str) -> HttpResponse:
    """Mark a visit as arrived, completed or missed, or take the last mark back."""
    deed = _MARKS.get(mark)
    visit = visit_of(appointment_id)
    if deed is None:
        raise Http404
    try:
        deed(
            appointment_id=visit.pk,
            rev=posted_rev(request),
            now=timezone.now(),
            actor=actor_of(request),
        )
    except Refused as refusal:
        problems = sentences(refusal.reasons)
        return _visit_page(request, visit_of(appointment_id), problems=problems, status=409)
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Cancel a visit for the patient or for the clinic, with its reason."""
    visit, form = visit_of(appointment_id), CancelForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, visit, form=form, status=422)
    try:
        cancel_appointment(
            appointment_id=visit.pk,
            rev=posted_rev(request),
            now=timezone.now(),
            actor=actor_of(request),
            by_clinic=form.cleaned_data["who"] == "clinic",
            excused=form.cleaned_data["excused"],
            reason=form.cleaned_data["reason"],
        )
    except AlreadyChanged as refusal:
        problems = sentences(refusal.reasons)
        return _visit_page(request, visit_of(appointment_id), problems=problems, status=409)
    except Refused as refusal:
        return _visit_page(
            request, visit, problems=sentences(refusal.reasons), form=form, status=409
        )
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_safe
def patients(request: HttpRequest) -> HttpResponse:
    """Search patients by name, e-mail or phone."""
    words = request.GET.get("q", "").strip()[:100]
    found = Patient.objects.none()
    if words:
        digits = "".join(letter for letter in words if letter.isdecimal())
        match = Q(name__icontains=words) | Q(email__icontains=words)
        match |= Q(phone__contains=digits) if len(digits) >= 3 else Q()
        match |= Q(phone=read_phone(words) or "-")
        found = Patient.objects.current().filter(match).order_by("name")[:MOST_FOUND]
        record(actor_of(request), "search patients")
    context = {"found": found, "words": words, "slot": _asked_time(request)}
    return render(request, "booking/desk/patients.html", context)


def _asked_time(request: HttpRequest) -> TimeChoice | None:
    """The free time a booking was begun from on the calendar, carried along in the address."""
    return _time_named(request.GET.get("slot", ""))


def _time_named(value: str) -> TimeChoice | None:
    chosen = read_choice(value)
    if chosen is None:
        return None
    clinician = Clinician.objects.filter(pk=chosen[1], is_active=True).first()
    return TimeChoice(*chosen, clinician.name) if clinician is not None else None


def _with_time(address: str, slot: TimeChoice | None) -> str:
    return address if slot is None else f"{address}?{urlencode({'slot': slot.value})}"


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_patient(request: HttpRequest) -> HttpResponse:
    """Add a patient on the telephone; warn when she may be known."""
    form, slot = TelephonePatientForm(request.POST or None), _asked_time(request)
    if request.method == "POST" and form.is_valid():
        patient = form.save(is_sample=staff_of(request).is_sample)
        record(actor_of(request), "add patient", patient, patient=patient)
        following = "desk_new" if slot else "desk_patient"
        return redirect(_with_time(reverse(following, args=[patient.pk]), slot))
    status = 422 if form.errors else 200
    context = {"form": form, "has_errors": bool(form.errors), "slot": slot}
    return render(request, "booking/desk/new_patient.html", context, status=status)


@desk_only
@require_safe
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Show one patient: how to reach her, what may be booked, her visits. Never answers."""
    row = get_object_or_404(Patient, pk=patient_id)
    if row.merged_into_id:
        return redirect("desk_patient", row.merged_into_id)
    now = timezone.now()
    record(actor_of(request), "see patient", row, patient=row)
    context = {
        "patient": row,
        "referral": Referral.objects.current().filter(patient=row).first(),
        "package": package_of(row, now),
        "packages": row.enrollments.order_by("-enrolled_at"),
        "upcoming": upcoming_of(row, now),
        "past": row.appointments.agreed().filter(starts_at__lte=now).order_by("-starts_at")[:20],
    }
    return render(request, "booking/desk/patient.html", context)


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_appointment(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Book for a patient on the telephone."""
    row = get_object_or_404(Patient, pk=patient_id)
    services, slot = _bookable_services(row), _asked_time(request)
    form = TelephoneBookingForm(request.POST or None, services=services, slot=slot)
    problems: list[str] = []
    if LOOKS & request.POST.keys():
        slot = _time_named(request.POST.get("take", ""))
        form = TelephoneBookingForm(services=services, slot=slot, typed=request.POST.dict())
    elif request.method == "POST" and form.is_valid():
        try:
            booked = book_by_staff(
                patient=row,
                staff=staff_of(request),
                now=timezone.now(),
                actor=actor_of(request),
                **form.request(),
            )
        except Refused as refusal:
            problems = sentences(refusal.reasons)
        else:
            return redirect(reverse("desk_appointment", args=[booked.pk]))
    status = 409 if problems else 422 if form.errors else 200
    context = {
        "patient": row,
        "form": form,
        "slot": slot,
        "problems": problems,
        "has_errors": bool(form.errors or problems),
        "free": _soonest(row, form),
    }
    return render(request, "booking/desk/new_appointment.html", context, status=status)


def _soonest(patient: Patient, form: TelephoneBookingForm) -> list[tuple[date, list[TimeChoice]]]:
    service = form.chosen_service
    if service is None:
        return []
    return soonest_times(service, patient, clinician_id=form.chosen_clinician, now=timezone.now())


def _bookable_services(patient: Patient) -> list[Service]:
    """The evaluation, and the next visit of a package under way."""
    package = package_of(patient, timezone.now())
    following = package.next_visit if package else None
    wanted = Q(visit_number__isnull=True)
    if following is not None:
        wanted |= Q(visit_number=following.number)
    return list(Service.objects.filter(wanted, is_active=True).order_by("-visit_number"))
