"""Facts around a visit: the last completed visit before it, the last intake, the last check-in."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from booking.models import Appointment
from booking.packages.queries import day_of
from booking.packages.spacing import needs_new_intake
from clinic.practice.wall_time import clinic_date
from intake.models import Intake


def last_completed(visit: Appointment) -> Appointment | None:
    """Return the patient's latest completed visit before this one, or None.

    For a visit of a package only visits of the same package count, otherwise all of hers.
    """
    rows = Appointment.objects.filter(
        patient=visit.patient_id, status="completed", starts_at__lt=visit.starts_at
    )
    if visit.enrollment_id is not None:
        rows = rows.filter(enrollment=visit.enrollment_id)
    return rows.order_by("starts_at").last()


@dataclass(frozen=True)
class Gap:
    """What lies before a visit. All are clinic dates; None where there was no visit or intake."""

    on: date
    last_completed_on: date | None
    intake_sent_on: date | None


def gap_before(visit: Appointment) -> Gap:
    """Return the last completed visit and the newest full intake before this visit's end.

    Before its end and not its start: an intake that is sent in the waiting room counts. Takes two
    statements.
    """
    last = last_completed(visit)
    sent = Intake.objects.full().sent().filter(patient=visit.patient_id)
    newest = sent.filter(sent_at__lt=visit.ends_at).order_by("sent_at").last()
    return Gap(
        on=day_of(visit),
        last_completed_on=None if last is None else day_of(last),
        intake_sent_on=None if newest is None else _sent_on(newest),
    )


def _sent_on(form: Intake) -> date:
    assert form.sent_at is not None  # only sent forms are asked for
    return clinic_date(form.sent_at, settings.CLINIC_TIME_ZONE)


def is_new_intake_due(visit: Appointment) -> bool:
    """Return whether the full questionnaire is due again before this visit.

    The rule is `booking.packages.spacing.needs_new_intake`, here asked of the stored rows.
    """
    gap = gap_before(visit)
    return needs_new_intake(
        on=gap.on, last_completed_on=gap.last_completed_on, intake_sent_on=gap.intake_sent_on
    )


@dataclass(frozen=True)
class LastCheckin:
    """The outcome of a check-in ("progress", "repeat_stage", …), and its clinic date.

    `is_of_visit` says that it was sent before the visit asked about, and not before another one.
    """

    outcome: str
    sent_on: date
    is_of_visit: bool = True


def last_checkin(visit: Appointment) -> LastCheckin | None:
    """Return the patient's last check-in before this visit's end, or None.

    It need not be the one of this visit: where that is missing, what she said last counts. Opens no
    sealed answer.
    """
    sent = Intake.objects.checkins().sent().filter(patient=visit.patient_id)
    # A corrected form no longer says how she is.
    standing = sent.filter(sent_at__lt=visit.ends_at, replaced_by__sent_at__isnull=True)
    # `started_at` decides between forms sent at the same moment.
    newest = standing.order_by("sent_at", "started_at").last()
    if newest is None:
        return None
    is_of_visit = newest.appointment_id == visit.pk
    return LastCheckin(newest.next_step, _sent_on(newest), is_of_visit=is_of_visit)
