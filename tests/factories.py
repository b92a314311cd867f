"""Functions that create rows for tests. All arguments are keyword-only and have defaults."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from booking.catalog.first_offer import make_first_offer
from booking.models import (
    Appointment,
    Enrollment,
    LedgerEntry,
    OpeningHours,
    Package,
    PackageVersion,
    PackageVisit,
    Policy,
    Referral,
    Room,
    Service,
)
from clinic.models.people import Clinician, Patient, User
from clinic.practice.wall_time import clinic_date
from tests import first_clinic

PASSWORD = "quiet-hour-before-dawn"
# A Monday, 9:00 in New York. Tests take it as the current time.
NOW = datetime(2027, 2, 1, 14, 0, tzinfo=UTC)


def make_user(*, email: str = "someone@example.test", **fields: Any) -> User:
    """Create a user, by default a sample one, who needs no second factor on staff pages."""
    return User.objects.create(email=email, password=_hashed(), **{"is_sample": True, **fields})


@cache
def _hashed() -> str:
    """Return the hash of PASSWORD, made once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def make_manager(*, email: str = "manager@example.test", name: str = "Mara Desk") -> User:
    return make_user(email=email, name=name, is_manager=True)


def make_clinician(
    *, email: str = "clinician@example.test", name: str = "Dr. Test", **fields: Any
) -> Clinician:
    """Create a clinician who works Monday to Friday, 8:00 to 17:00, and gives every service."""
    clinician = Clinician.objects.create(
        user=make_user(email=email, name=name), name=name, **fields
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician=clinician, weekday=day, starts=time(8), ends=time(17))
        for day in range(5)
    )
    for service in Service.objects.all():
        service.clinicians.add(clinician)
    return clinician


def make_patient(*, email: str = "patient@example.test", **fields: Any) -> Patient:
    defaults = {"name": "Pat Example", "phone": "+17815550100", "born_on": date(1992, 5, 4)}
    return Patient.objects.create(email=email, **{**defaults, **fields})


# The visits of Run Ready: service, step, fewest and most days after the visit before.
RUN_READY = (
    ("rr1", 1, 0, None),
    ("rr2", 2, 7, 14),
    ("rr3", 3, 7, 14),
    ("rr4", 4, 7, 14),
    ("rr5", 5, 14, 21),
    ("rr6", 6, 14, 28),
)
# The same with six weeks more of building up.
EIGHT_VISITS = (*RUN_READY[:5], ("rr5", 5, 14, 21), ("rr5", 5, 14, 21), ("rr6", 6, 14, 28))


def make_offer() -> Policy:
    """Create the policy, the three rooms, and the price list of the sample clinic."""
    if first_clinic.IS_WANTED:
        return first_clinic.make_offer_by_actions(rooms=3, price_cents=22_500, now=NOW)
    for number in range(1, 4):
        Room.objects.create(name=f"Room {number}")
    # What a migration has entered is gone after a test that commits.
    make_first_offer()
    Service.objects.filter(code="evaluation").update(price_cents=22_500, is_active=True)
    for number in range(1, 7):
        Service.objects.filter(code=f"rr{number}").update(
            name=f"Run Ready visit {number}", minutes=90 if number == 1 else 60
        )
    make_version(package=Package.objects.get())
    return Policy.objects.create()


def make_version(
    *,
    package: Package | None = None,
    visits: Sequence[tuple[str, int, int, int | None]] = RUN_READY,
    **fields: Any,
) -> PackageVersion:
    """Create a version of a package, by default of a new one, and offer it."""
    package = package or Package.objects.create()
    Package.objects.filter(pk=package.pk).update(is_offered=True)
    defaults = {
        "name": "Run Ready",
        "price_cents": 114_000,
        "validity_days": 180,
        "unused_visit_refund_cents": 19_000,
    }
    version = PackageVersion.objects.create(
        package=package,
        number=package.versions.count() + 1,
        visit_count=len(visits),
        in_force_from=NOW,
        **{**defaults, **fields},
    )
    services = {one.code: one for one in Service.objects.all()}
    PackageVisit.objects.bulk_create(
        PackageVisit(
            version=version,
            number=number,
            service=services[code],
            step=step,
            least_days=least,
            most_days=most,
        )
        for number, (code, step, least, most) in enumerate(visits, start=1)
    )
    return version


def make_follow_up(*, minutes: int = 45, price_cents: int = 15_000) -> Service:
    """Create a follow-up that can be booked, given by every clinician there is."""
    service = Service.objects.create(
        code="follow-up",
        name="Follow-up",
        kind="follow_up",
        minutes=minutes,
        price_cents=price_cents,
    )
    service.clinicians.set(Clinician.objects.all())
    return service


def newest_version() -> PackageVersion:
    """Return the version that was made last."""
    return PackageVersion.objects.order_by("package", "number").last() or make_version()


def make_referral(*, patient: Patient, now: datetime = NOW, **fields: Any) -> Referral:
    """Create a current referral that permits everything, as after a clear intake at 20 weeks."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    birth = today - timedelta(weeks=20)
    defaults = {
        "level": "clear",
        "source": "intake",
        "evaluation_opens_on": today,
        "run_ready_opens_on": today,
        "first_visit_from": birth + timedelta(days=42),
        "impact_from": birth + timedelta(days=84),
        "intake_sent_on": today,
        "expires_on": today + timedelta(days=90),
        "made_at": now,
    }
    return Referral.objects.create(patient=patient, **{**defaults, **fields})


def make_enrollment(
    *,
    patient: Patient,
    referral: Referral,
    now: datetime = NOW,
    version: PackageVersion | None = None,
) -> Enrollment:
    """Create an enrollment with its credits, by default in the version that was made last."""
    version = version or newest_version()
    enrollment = Enrollment.objects.create(
        patient=patient,
        referral=referral,
        version=version,
        policy=Policy.objects.latest(),
        price_cents=version.price_cents,
        first_visit_from=referral.first_visit_from,
        impact_from=referral.impact_from,
        enrolled_at=now,
    )
    LedgerEntry.objects.create(
        enrollment=enrollment, kind="grant", delta=version.visit_count, at=now, by="system"
    )
    return enrollment


def make_appointment(
    *,
    patient: Patient,
    clinician: Clinician,
    starts_at: datetime,
    service: str = "evaluation",
    status: str = "booked",
    **fields: Any,
) -> Appointment:
    """Create an appointment with the buffers of its service, by default in the first room."""
    kind = Service.objects.get(code=service)
    ends_at = starts_at + timedelta(minutes=kind.minutes)
    defaults: dict[str, Any] = {
        "room": fields.get("room") or Room.objects.order_by("pk").first(),
        "policy": Policy.objects.latest(),
        "ends_at": ends_at,
        "busy_from": starts_at - timedelta(minutes=kind.buffer_before_minutes),
        "busy_until": ends_at + timedelta(minutes=kind.buffer_after_minutes),
        "price_cents": kind.price_cents,
    }
    if status not in ("held", "released"):
        defaults["booked_at"] = NOW
    if fields.get("visit_number") is not None:
        defaults["step"] = step_of(fields["enrollment"], fields["visit_number"])
    return Appointment.objects.create(
        patient=patient,
        clinician=clinician,
        service=kind,
        starts_at=starts_at,
        status=status,
        **{**defaults, **fields},
    )


def step_of(enrollment: Enrollment, number: int) -> int:
    """Return the step of that visit of the package."""
    return enrollment.version.visits.get(number=number).step
