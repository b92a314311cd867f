"""A patient's own pages: her visits, her progress, and her plan to print."""

from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.models import Appointment, Referral
from booking.packages.queries import PackageView, package_of
from booking.referrals.eligibility import is_stopped_by_urgent_answer, why_stopped
from booking.referrals.questions import is_asked
from booking.scheduling.queries import current_referral, upcoming_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.security.access import signed_in_patient_only
from clinic.security.birth_date_gate import after_birth_date
from clinic.security.requests import PatientRequest
from intake.checkins.queries import sent_checkins
from intake.checkins.window import has_checkin, is_open
from intake.episodes.latest import episode_of
from intake.episodes.visit_facts import is_new_intake_due
from intake.flags.said_first import said_first
from intake.models import Intake, UrgentCall
from intake.patient_pages.news import news_for
from intake.progress.queries import progress_of
from intake.urgent.promise import promised_call
from intake.visit_records.queries import course_of
from intake.visit_records.walk_run import MOST_STAGE, STAGES


@signed_in_patient_only
@require_safe
def visits_home(request: PatientRequest) -> HttpResponse:
    """Show the patient's coming visits, her package and what to do next. No answers, no scores."""
    patient, now = request.patient, timezone.now()
    upcoming = list(upcoming_of(patient, now))
    package = package_of(patient, now)
    # What an urgent answer stops is not offered, and nothing else asks for her attention meanwhile.
    referral = current_referral(patient)
    needs_care = is_stopped_by_urgent_answer(referral)
    promise = promised_call(patient.pk, now=now)
    are_questions_missing = bool(upcoming) and is_asked(patient, referral)
    context = {
        "upcoming": upcoming,
        "promise": promise,
        # A decline stops her, too; its news is what she must read.
        "stopped": why_stopped(referral),
        "needs_care": needs_care,
        "checkin": _checkin_state(upcoming, is_call_owed=promise is not None),
        "package": package,
        "news": None if needs_care else news_for(patient, now=now),
        # Asked for before the next visit only.
        "needs_intake": bool(upcoming)
        and not needs_care
        and not are_questions_missing
        and is_new_intake_due(upcoming[0]),
        "are_questions_missing": are_questions_missing,
        "has_sent": _has_sent(patient, referral),
        "is_graduating": not needs_care and _may_graduate(package) and _is_graduating(patient.pk),
    }
    return render(request, "intake/patient_pages/visits.html", context)


def _may_graduate(package: PackageView | None) -> bool:
    # Who is in the middle of a package is at no end: its last visit has not begun.
    last = package.visits[-1].appointment if package else None
    return package is None or (last is not None and last.status in ("arrived", "completed"))


def _has_sent(patient: Patient, referral: Referral | None) -> bool:
    # A referral that stops may come from a form that was not sent; any other with a date of sending
    # says it, and saves a statement.
    if (
        referral is not None
        and referral.intake_sent_on
        and not is_stopped_by_urgent_answer(referral)
    ):
        return True
    return Intake.objects.full().sent().filter(patient=patient).exists()


def _checkin_state(upcoming: list[Appointment], *, is_call_owed: bool) -> dict[str, object] | None:
    """Return the next visit whose check-in is open, and whether it was sent, or None."""
    now, zone = timezone.now(), settings.CLINIC_TIME_ZONE
    asked = [
        one
        for one in upcoming
        if has_checkin(one.visit_number) and is_open(one.starts_at, now, zone)
    ]
    if not asked:
        return None
    # With an urgent answer on it the call comes first, and the questions lead nowhere.
    owed = UrgentCall.objects.open().filter(intake__appointment__in=asked[:1])
    if is_call_owed and owed.exists():
        return None
    return {"visit": asked[0], "is_sent": asked[0].pk in sent_checkins(asked[:1])}


def _is_graduating(patient_id: UUID) -> bool:
    """Tell whether the last visit of a package has begun and no full intake was sent since."""
    last = (
        Appointment.objects.filter(patient=patient_id)
        .filter(visit_number=F("enrollment__version__visit_count"))
        .filter(status__in=("arrived", "completed"))
        .order_by("starts_at")
        .last()
    )
    if last is None:
        return False
    # Until then the page offers the full questions again.
    sent = Intake.objects.full().sent().filter(patient=patient_id, sent_at__gt=last.starts_at)
    return not sent.exists()


@signed_in_patient_only
@after_birth_date
@require_safe
def progress(request: PatientRequest) -> HttpResponse:
    """Show the patient's four scores over the episode, as charts, in words and as a table."""
    patient, now = request.patient, timezone.now()
    record(actor_of(request), "read own scores", patient=patient)
    context = {"progress": progress_of(episode_of(patient.pk, now))}
    return render(request, "intake/patient_pages/progress.html", context)


@signed_in_patient_only
@after_birth_date
@require_safe
def plan(request: PatientRequest) -> HttpResponse:
    """Show the patient's walk-run stage, her home plan and the traffic light, ready to print."""
    patient, now = request.patient, timezone.now()
    record(actor_of(request), "read own plan", patient=patient)
    course, referral = course_of(patient.pk, now), current_referral(patient)
    needs_care = is_stopped_by_urgent_answer(referral)
    context = {
        # With an urgent answer open nobody is told to run.
        "stopped": why_stopped(referral) if needs_care else None,
        "is_own_session": True,
        # Nor with anything else that is open: the plan waits until she has heard from us.
        "first": said_first(patient.pk),
        "course": course,
        # Stages are numbered from 0, so that the number is the index.
        "stage": None if course.stage is None else STAGES[course.stage],
        "stages": STAGES,
        "last": MOST_STAGE,
    }
    return render(request, "intake/patient_pages/walk_run_plan.html", context)
