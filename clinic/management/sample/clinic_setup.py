"""Set up the sample clinic: policy, services, rooms, staff, opening hours, holidays."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from booking.catalog.actions import save_package, set_service, terms_of_version
from booking.catalog.first_offer import make_first_offer
from booking.catalog.queries import newest_versions
from booking.models import Closure, OpeningHours, Policy, Room, Service
from booking.terms import SERVICE_FIELDS, service_version
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.management.sample.federal_holidays import federal_holidays
from clinic.models.people import Clinician, User
from clinic.models.practice import WeeklyHours
from clinic.people.sample_people import SAMPLE_PASSWORD, STAFF, SamplePerson
from clinic.practice.wall_time import instant

EVALUATION_CENTS = 22_500
# What Run Ready costs in the sample clinic, and what an unused visit of it pays back.
PACKAGE_CENTS, REFUND_CENTS = 114_000, 19_000
MORNING = (time(8), time(12))
AFTERNOON = (time(13), time(17))


def make_clinic(today: date, *, rooms: int = 3) -> None:
    """Create the policy, price list, rooms, the clinic's hours, and three years of holidays."""
    Policy.objects.create()
    _set_prices()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(weekday=weekday, starts=time(8), ends=time(17)) for weekday in range(5)
    )
    Room.objects.bulk_create(Room(name=f"Room {number}") for number in range(1, rooms + 1))
    for year in range(today.year, today.year + 3):
        Closure.objects.bulk_create(
            _all_day(day, name) for day, name in federal_holidays(year).items()
        )


def _set_prices() -> None:
    """Look at the first offer as a practice manager does: set its prices and offer it."""
    make_first_offer()
    evaluation = Service.objects.get(code="evaluation")
    values = {name: getattr(evaluation, name) for name in SERVICE_FIELDS}
    set_service(
        service_id=evaluation.pk,
        values={**values, "price_cents": EVALUATION_CENTS, "is_active": True},
        seen=service_version(evaluation),
        actor=SYSTEM,
    )
    first = newest_versions().get()
    save_package(
        package_id=first.package_id,
        terms=replace(
            terms_of_version(first),
            price_cents=PACKAGE_CENTS,
            unused_visit_refund_cents=REFUND_CENTS,
        ),
        is_offered=True,
        seen=str(first.pk),
        by=None,
        context=Context(SYSTEM, timezone.now()),
    )


def _all_day(day: date, name: str) -> Closure:
    """Return an unsaved closure from midnight to midnight on the clinic's clock."""
    zone = settings.CLINIC_TIME_ZONE
    starts_at = instant(day, time(0), zone)
    return Closure(
        starts_at=starts_at,
        ends_at=instant(day + timedelta(days=1), time(0), zone),
        label=name,
    )


def make_staff() -> None:
    """Create the sample practice manager and clinicians, with their opening hours."""
    for person in STAFF:
        user = User.objects.create_user(
            person.email,
            SAMPLE_PASSWORD,
            name=person.name,
            is_manager=person.is_manager,
            is_sample=True,
        )
        if person.is_clinician:
            _make_clinician(person, user)


def _make_clinician(person: SamplePerson, user: User) -> None:
    clinician = Clinician.objects.create(
        user=user, name=person.name, fits_pessaries=person.fits_pessaries
    )
    clinician.services.set(Service.objects.all())
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician=clinician, weekday=weekday, starts=starts, ends=ends)
        for weekday in range(5)
        for starts, ends in _ranges(person, weekday)
    )


def _ranges(person: SamplePerson, weekday: int) -> list[tuple[time, time]]:
    if "Lindgren" in person.name:
        return [(time(12), time(17, 30))]
    if "Keane" in person.name and weekday == 3:
        return [MORNING, (time(13), time(18))]
    return [MORNING, AFTERNOON]


def make_more_clinicians(count: int) -> None:
    """Create clinicians who cannot sign in and work Monday to Friday, 8:00 to 18:00."""
    made = Clinician.objects.bulk_create(
        Clinician(name=f"Dr. Sample {number:03}") for number in range(1, count + 1)
    )
    services = list(Service.objects.all())
    for clinician in made:
        clinician.services.set(services)
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician=one, weekday=weekday, starts=time(8), ends=time(18))
        for one in made
        for weekday in range(5)
    )


def clinic_morning(day: date, hour: int = 9) -> datetime:
    """Return the instant (UTC) of that hour on the clinic's clock."""
    return instant(day, time(hour), settings.CLINIC_TIME_ZONE)
