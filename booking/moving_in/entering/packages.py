"""Import packages under way: what was bought, the visits that took place, and the last day."""

from collections.abc import Sequence
from datetime import time, timedelta

from django.conf import settings
from django.db import transaction

from booking.appointments.attendance import record_past_visits
from booking.models import ImportRow, ImportRun, Room
from booking.moving_in.entering.states import NeedsPerson
from booking.moving_in.entering.words_of_files import Meanings, meanings_of
from booking.moving_in.files.formats import Layout
from booking.moving_in.files.rows import PackageRow, RowRefused, read_package
from booking.packages.enrollment import TakenOver, extend_to, take_over
from booking.packages.queries import use_by, visits_with_times
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date, instant

Status = ImportRow.Status
# The hour at which a visit is kept that took place elsewhere: files have its day only.
NOON = time(12)
# From birth to visit 1, and to jumps and running, as referrals of answers count them.
FIRST_VISIT_DAYS, IMPACT_DAYS = 42, 84


def import_packages(
    run: ImportRun, rows: Sequence[ImportRow], layout: Layout, context: Context
) -> None:
    """Enroll each patient in what she bought, with the visits that took place used."""
    meanings, room = meanings_of(run.words), Room.objects.order_by("pk").first()
    today = clinic_date(context.now, settings.CLINIC_TIME_ZONE)
    for row in rows:
        if row.status != Status.NEW:
            row.status = Status.JOINED if row.status == Status.KNOWN else Status.WAITS
            continue
        try:
            package = read_package(row.cells, layout, today=today)
            # One that cannot be leaves nothing behind, and the others go on.
            with transaction.atomic():
                _import(row, package, meanings, room, context)
        except (NeedsPerson, RowRefused) as problem:
            row.status, row.reason, row.enrollment = Status.WAITS, problem.code, None
        except Refused as refusal:
            row.status, row.reason, row.enrollment = Status.WAITS, refusal.reasons[0].code, None
        else:
            row.status = Status.MADE


def _import(
    row: ImportRow,
    package: PackageRow,
    meanings: Meanings,
    room: Room | None,
    context: Context,
) -> None:
    version = meanings.packages.get(package.package)
    if row.patient is None:
        raise NeedsPerson("patient_waits")
    if version is None:
        raise NeedsPerson("no_package_here")
    if len(package.used_on) >= version.visit_count:
        raise NeedsPerson("used_up")
    zone = settings.CLINIC_TIME_ZONE
    birth = package.gave_birth_on
    enrollment = take_over(
        patient=row.patient,
        package=TakenOver(
            version=version,
            sold_at=instant(package.sold_on, NOON, zone),
            first_visit_from=birth + timedelta(days=FIRST_VISIT_DAYS),
            impact_from=birth + timedelta(days=IMPACT_DAYS),
            owed_cents=package.owed_cents,
        ),
        context=context,
    )
    if package.used_on:
        record_past_visits(
            enrollment,
            [instant(day, NOON, zone) for day in package.used_on],
            clinician=_clinician(package, meanings),
            room=_room(room),
            context=context,
        )
    last_day = use_by(visits_with_times(enrollment), enrollment)
    is_exact = package.expires_on is None or (
        last_day is not None
        and extend_to(
            enrollment,
            last_day=last_day,
            wanted=package.expires_on,
            today=clinic_date(context.now, zone),
            context=context,
        )
    )
    row.enrollment, row.reason = enrollment, "" if is_exact else "other_last_day"


def _clinician(package: PackageRow, meanings: Meanings) -> Clinician:
    found = meanings.clinicians.get(package.clinician)
    if found is None:
        raise NeedsPerson("no_clinician")
    return found


def _room(room: Room | None) -> Room:
    if room is None:
        raise NeedsPerson("no_room")
    return room
