"""What a patient may book now, and why not the rest, in words for her."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from booking.catalog.queries import kinds_sold
from booking.models import Appointment, Enrollment, Referral, Service
from booking.reasons import Reason, msg
from booking.refusals import (
    EXPIRED,
    HAS_EVALUATION,
    HAS_FOLLOW_UP,
    HAS_PACKAGE,
    NO_BIRTH_DATE,
    NO_PACKAGE_SOLD,
    NO_REFERRAL,
    NO_SERVICE,
    SELF_BOOKING_STOPPED,
)
from booking.scheduling.queries import current_referral
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date

_CLOSED = {
    Referral.Closed.URGENT: SELF_BOOKING_STOPPED,
    Referral.Closed.REVIEW: Reason(
        "review", msg("Run Ready opens if a clinician agrees after reading your answers.")
    ),
    Referral.Closed.CHANGED_ANSWER: Reason(
        "changed_answer",
        msg("You changed an answer. A clinician will look at it before Run Ready opens."),
    ),
    Referral.Closed.NO_BIRTH_DATE: NO_BIRTH_DATE,
    Referral.Closed.NOT_SCREENED: Reason(
        "not_screened", msg("Run Ready opens after you have answered the questions.")
    ),
    Referral.Closed.DECLINED: Reason(
        "declined", msg("A clinician has looked at your answers and will talk with you first.")
    ),
}
# Why a second visit of a kind is not booked while one is ahead.
ALREADY_BOOKED: dict[str, Reason] = {
    Service.Kind.EVALUATION: HAS_EVALUATION,
    Service.Kind.FOLLOW_UP: HAS_FOLLOW_UP,
}
NOT_SEEN_YET = Reason("not_seen_yet", msg("A follow-up opens after your first visit with us."))
_NOT_OPEN = Reason("not_open", msg("This is not open to you now. Please call us."))


def _opens_later(opens_on: date) -> Reason:
    return Reason("opens_later", msg("This opens on %(opens)s."), {"opens": opens_on})


def why_stopped_now(patient: Patient) -> Reason | None:
    """Return why the patient can book and move nothing herself, or None.

    Pages ask before they draw a link or a time, so that they offer nothing that is refused.
    """
    return why_stopped(current_referral(patient))


def is_stopped_by_urgent_answer(referral: Referral | None) -> bool:
    """Return whether it is an urgent answer by which this current referral stops self-booking.

    A decline stops it, too (`why_stopped`), but asks nobody to get care first.
    """
    return why_stopped(referral) == SELF_BOOKING_STOPPED


@dataclass(frozen=True)
class Opening:
    """Whether a service is open to a patient; `reason` says why not, None means that it is."""

    reason: Reason | None = None

    @property
    def is_open(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class Bookable:
    """What one patient may book: single visits, and whether she may enroll in a package.

    `run_ready` stands for every package: all open together.
    """

    evaluation: Opening
    follow_up: Opening
    run_ready: Opening
    referral: Referral | None
    enrollment: Enrollment | None


def why_stopped(referral: Referral | None) -> Reason | None:
    """Return why the patient books and moves nothing herself, within a package either, or None.

    That is an urgent answer, or that a clinician declined her.
    """
    if referral is None or not referral.stops_self_booking:
        return None
    is_declined = referral.evaluation_closed == Referral.Closed.DECLINED
    return _CLOSED[Referral.Closed.DECLINED] if is_declined else SELF_BOOKING_STOPPED


def why_closed(
    referral: Referral | None, opens_on: date | None, closed: str, today: date
) -> Reason | None:
    """Return why the referral does not open a service on that clinic date, or None.

    `opens_on` and `closed` are the referral's two fields about that service.
    """
    if referral is None:
        return NO_REFERRAL
    # A stop comes before whatever the referral says about this service.
    if stopped := why_stopped(referral):
        return stopped
    if opens_on is None:
        return _CLOSED.get(Referral.Closed(closed), _NOT_OPEN)
    if today > referral.expires_on:
        return EXPIRED
    return _opens_later(opens_on) if today < opens_on else None


def why_no_evaluation(referral: Referral | None, today: date) -> Reason | None:
    """Return why the referral does not open the evaluation on that clinic date, or None."""
    return why_closed(
        referral,
        referral.evaluation_opens_on if referral else None,
        referral.evaluation_closed if referral else "",
        today,
    )


def why_no_single_visit(
    kind: str, patient: Patient, referral: Referral | None, today: date
) -> Reason | None:
    """Return why the referral opens no evaluation or follow-up on that clinic date, or None.

    `kind` is one of Service.Kind. A follow-up opens wherever an evaluation does, for whoever has
    had a visit.
    """
    closed = why_no_evaluation(referral, today)
    if closed is None and kind == Service.Kind.FOLLOW_UP and not has_been_seen(patient):
        return NOT_SEEN_YET
    return closed


def why_no_single_visit_now(
    kind: str, patient: Patient, referral: Referral | None, now: datetime
) -> Reason | None:
    """Return why this patient may not book an evaluation or follow-up at `now`, or None."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    closed = why_no_single_visit(kind, patient, referral, today)
    if closed is None and has_upcoming(kind, patient, now):
        return ALREADY_BOOKED[kind]
    return closed


def what_may_be_booked(patient: Patient, now: datetime) -> Bookable:
    """Return what this patient may book online at `now`."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    referral = current_referral(patient)
    enrollment = Enrollment.objects.live().filter(patient=patient).first()
    sold = kinds_sold()
    evaluation = why_no_single_visit_now(Service.Kind.EVALUATION, patient, referral, now)
    if evaluation is None and Service.Kind.EVALUATION not in sold:
        evaluation = NO_SERVICE
    # Most clinics sell none: then her visits need not be read.
    follow_up: Reason | None = NO_SERVICE
    if Service.Kind.FOLLOW_UP in sold:
        follow_up = why_no_single_visit_now(Service.Kind.FOLLOW_UP, patient, referral, now)
    run_ready = why_closed(
        referral,
        referral.run_ready_opens_on if referral else None,
        referral.run_ready_closed if referral else "",
        today,
    )
    # One package at a time, whatever the referral opens.
    if enrollment is not None:
        run_ready = HAS_PACKAGE
    elif run_ready is None and Service.Kind.PACKAGE_VISIT not in sold:
        run_ready = NO_PACKAGE_SOLD
    return Bookable(
        Opening(evaluation), Opening(follow_up), Opening(run_ready), referral, enrollment
    )


def has_upcoming(kind: str, patient: Patient, now: datetime) -> bool:
    """Return whether the patient has a visit of this kind booked and still ahead at `now`."""
    upcoming = Appointment.objects.upcoming(now)
    return upcoming.filter(patient=patient, service__kind=kind).exists()


def has_been_seen(patient: Patient) -> bool:
    """Return whether the patient has had any visit."""
    return Appointment.objects.filter(patient=patient, status="completed").exists()
