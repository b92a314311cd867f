"""A clinician's day: who comes, each patient's level and check-in, and what is to be tested.

Opens sealed visit records: callers audit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings

from booking.models import Appointment, Enrollment, Referral
from clinic.known_patients.open_elsewhere import open_elsewhere
from clinic.models.people import Clinician
from clinic.practice.wall_time import instant
from intake.checkins.queries import sent_checkins
from intake.checkins.window import has_checkin
from intake.models import Intake, VisitRecord
from intake.visit_records.batteries import Result, items_due
from intake.visit_records.queries import findings_of, results_of, step_of


@dataclass(frozen=True)
class DayRow:
    """One visit of the day.

    `level` is that of the current referral, "" without one. `checkin` is the valid one, if any, and
    `asks_checkin` is true while it is missing. `due` are ids of tests, `case` is the latest intake.
    `is_open_elsewhere` says that something is open on another row that may be hers.
    """

    visit: Appointment
    level: str
    checkin: Intake | None
    asks_checkin: bool
    due: Sequence[str]
    case: UUID | None
    is_recorded: bool
    is_signed: bool
    is_open_elsewhere: bool


def clinician_day(clinician: Clinician, day: date) -> list[DayRow]:
    """Return the clinician's visits of that clinic date in order of time. Eight statements."""
    zone = settings.CLINIC_TIME_ZONE
    start, end = instant(day, time(0), zone), instant(day + timedelta(days=1), time(0), zone)
    visits = list(
        Appointment.objects.filter(clinician=clinician, starts_at__gte=start, starts_at__lt=end)
        # A missed visit stays on the sheet; what is only held is nobody's visit yet.
        .exclude(status__in=("held", "released", "cancelled"))
        .select_related("patient", "service", "room", "enrollment__version")
        .order_by("starts_at")
    )
    patients = {one.patient_id for one in visits}
    current = Referral.objects.current().filter(patient__in=patients)
    levels = dict(current.values_list("patient", "level"))
    sent = sent_checkins(visits)
    cases = _latest_cases(patients)
    elsewhere = open_elsewhere(one.patient for one in visits)
    records, ends = _latest_records(patients, end), _package_ends(patients)
    return [
        DayRow(
            visit=one,
            level=levels.get(one.patient_id, ""),
            checkin=sent.get(one.pk),
            asks_checkin=(
                # Once the visit is done or missed there is nothing to ask for.
                one.status in ("booked", "arrived")
                and has_checkin(one.visit_number)
                and one.pk not in sent
            ),
            due=items_due(
                step_of(one), _earlier(records[one.patient_id], one, ends[one.patient_id])
            ),
            case=cases.get(one.patient_id),
            is_recorded=one.pk in {record.appointment_id for record in records[one.patient_id]},
            is_signed=any(
                record.is_signed
                for record in records[one.patient_id]
                if record.appointment_id == one.pk
            ),
            is_open_elsewhere=one.patient_id in elsewhere,
        )
        for one in visits
    ]


def _latest_cases(patients: set[UUID]) -> dict[UUID, UUID]:
    """Return the id of the latest sent full intake, by patient."""
    # Oldest first: in the dictionary a later row replaces an earlier one.
    rows = Intake.objects.full().sent().filter(patient__in=patients).order_by("sent_at")
    return dict(rows.values_list("patient", "pk"))


def _latest_records(patients: set[UUID], end: datetime) -> Mapping[UUID, list[VisitRecord]]:
    """Return by patient the latest revision of each record of her visits before `end`, in order."""
    rows = (
        VisitRecord.objects.with_content()
        .filter(
            appointment__patient__in=patients,
            appointment__starts_at__lt=end,
        )
        .select_related("appointment")
    )
    newest: dict[UUID, VisitRecord] = {}
    for row in rows.order_by("appointment__starts_at", "revision"):
        # Later revisions replace earlier ones; the order of the visits stays.
        newest[row.appointment_id] = row
    found: dict[UUID, list[VisitRecord]] = defaultdict(list)
    for row in newest.values():
        found[row.appointment.patient_id].append(row)
    return found


def _package_ends(patients: set[UUID]) -> Mapping[UUID, list[datetime]]:
    """Return by patient when her former packages ended (UTC)."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    rows = Enrollment.objects.filter(patient__in=patients, ended_at__isnull=False)
    for patient, ended_at in rows.values_list("patient", "ended_at"):
        if ended_at is not None:
            found[patient].append(ended_at)
    return found


def _earlier(
    records: Sequence[VisitRecord], visit: Appointment, ends: Sequence[datetime]
) -> dict[str, Result]:
    """Return the latest results by item before the visit, without those from a former package."""
    # The latest package that ended before this visit: what it tested is tested again.
    since = max((at for at in ends if at <= visit.starts_at), default=None)
    results: dict[str, Result] = {}
    for record in records:
        at = record.appointment.starts_at
        if at < visit.starts_at and (since is None or at > since):
            results |= results_of(findings_of(record).items)
    return results
