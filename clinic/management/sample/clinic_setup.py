"""Set up the sample clinic by the actions that a real one is set up by.

Its facts, hours, rooms, prices, staff and holidays; then it is opened, as the list allows it.
"""

from dataclasses import replace
from datetime import date, datetime, time

from django.conf import settings

from booking.catalog.actions import (
    PackageTerms,
    add_service,
    save_package,
    set_service,
    terms_of_version,
)
from booking.catalog.first_offer import make_first_offer
from booking.catalog.protocol import VisitRule
from booking.catalog.queries import newest_versions
from booking.models import OpeningHours, Service
from booking.opening_hours.actions import add_room, set_abilities, set_clinic_week, set_week
from booking.set_up.actions import close_days
from booking.set_up.holiday_list import proposed
from booking.terms import SERVICE_FIELDS, current_policy, service_version
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.before_opening.actions import open_clinic
from clinic.before_opening.facts_rows import choose_zone, set_facts
from clinic.heard_from.actions import fill_usual_places
from clinic.management.sample.names import story_name
from clinic.models.people import Clinician, User
from clinic.people.sample_people import SAMPLE_PASSWORD, STAFF, SamplePerson
from clinic.practice.hours_text import TimeRange
from clinic.practice.wall_time import instant

FACTS = {
    "name": "Ell Pond Pelvic PT",
    "mail_name": "Ell Pond",
    "address": "41 Lakeview Avenue, Melrose, MA",
    "door": "The blue door beside the bakery, second floor; there is an elevator.",
    "parking": "Free for two hours along the pond; behind the house for strollers.",
    "phone": "+17815550142",
    "crisis_line": "In Massachusetts: Behavioral Health Help Line 833-773-2445.",
    "state": "MA",
    "tax_number": "00-0000000",
    "provider_number": "0000000000",
    "payment_link": "https://pay.example/ell-pond",
}
EVALUATION_CENTS = 22_500
# What Run Ready costs in the sample clinic, and what an unused visit of it pays back.
PACKAGE_CENTS, REFUND_CENTS = 114_000, 19_000
# A follow-up, and what the longer package costs: two short visits more, for a slower return.
FOLLOW_UP_MINUTES, FOLLOW_UP_CENTS = 45, 14_500
LONGER_CENTS, LONGER_REFUND_CENTS = 139_000, 17_000
LONGER_DAYS = 240
SHORT_MINUTES = 30
HOLIDAY_YEARS = 3
MORNING = (time(8), time(12))
AFTERNOON = (time(13), time(17))


def make_clinic(today: date, *, rooms: int = 3) -> None:
    """Enter the facts, the price list, rooms, the clinic's hours, and three years of holidays."""
    context = _context(today)
    manager = User.objects.filter(is_manager=True).first()
    set_facts(values=FACTS, context=context)
    choose_zone(zone=settings.CLINIC_TIME_ZONE, context=context)
    current_policy()
    day: list[TimeRange] = [(time(8), time(17))]
    week = [day if weekday < 5 else [] for weekday in range(7)]
    set_clinic_week(week=week, first=_long_before(today), last=None, actor=SYSTEM)
    _set_prices(manager, context)
    _sell_more(manager, context)
    fill_usual_places(context=context)
    for number in range(1, rooms + 1):
        add_room(name=f"Room {number}", actor=SYSTEM)
    for year in range(today.year, today.year + HOLIDAY_YEARS):
        # Of the country, as they are kept: none on a weekend, on which the clinic is closed anyway.
        kept = [one for one in proposed(year, "MA") if one.is_federal and one.day.weekday() < 5]
        days = [(one.day, one.name) for one in kept]
        close_days(days=days, by=manager, context=context)


def _context(today: date) -> Context:
    return Context(SYSTEM, clinic_morning(today))


def _long_before(today: date) -> date:
    """Return a day before all that the sample says happened."""
    return date(today.year - 1, 1, 1)


def _set_prices(manager: User | None, context: Context) -> None:
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
    terms = replace(
        terms_of_version(first),
        price_cents=PACKAGE_CENTS,
        unused_visit_refund_cents=REFUND_CENTS,
    )
    save_package(
        package_id=first.package_id,
        terms=terms,
        is_offered=True,
        seen=str(first.pk),
        by=manager,
        context=context,
    )


def _sell_more(manager: User | None, context: Context) -> None:
    """Add a follow-up and a second package, of eight visits, two of which are short."""
    added = {"buffer_before_minutes": 0, "buffer_after_minutes": 15, "is_active": True}
    add_service(
        values={
            **added,
            "name": "Follow-up",
            "kind": Service.Kind.FOLLOW_UP,
            "minutes": FOLLOW_UP_MINUTES,
            "price_cents": FOLLOW_UP_CENTS,
        },
        actor=SYSTEM,
    )
    short = add_service(
        values={
            **added,
            "name": "Short check of strength",
            "kind": Service.Kind.PACKAGE_VISIT,
            "minutes": SHORT_MINUTES,
            "price_cents": None,
        },
        actor=SYSTEM,
    )
    visits = list(terms_of_version(newest_versions().get()).visits)
    # After "Strength base" and after "Build": a step of the protocol may repeat.
    visits.insert(2, (short.pk, VisitRule(2, 7, 14)))
    visits.insert(6, (short.pk, VisitRule(5, 7, 21)))
    terms = PackageTerms(
        "Run Ready, slower",
        LONGER_CENTS,
        LONGER_DAYS,
        LONGER_REFUND_CENTS,
        payment_parts=4,
        visits=tuple(visits),
    )
    save_package(
        package_id=None, terms=terms, is_offered=True, seen="", by=manager, context=context
    )


def open_sample_clinic(today: date) -> None:
    """Open the public pages. Raises NotReady if the list holds it up."""
    open_clinic(context=_context(today))


def make_staff() -> None:
    """Create the sample practice manager and clinicians."""
    for person in STAFF:
        user = User.objects.create_user(
            person.email,
            SAMPLE_PASSWORD,
            name=person.name,
            is_manager=person.is_manager,
            is_access_admin=person.is_manager,
            is_sample=True,
        )
        if person.is_clinician:
            Clinician.objects.create(user=user, name=person.name)


def make_hours(today: date) -> None:
    """Enter the hours of the sample clinicians, and what they do."""
    services = list(Service.objects.values_list("pk", flat=True))
    for person in STAFF:
        if not person.is_clinician:
            continue
        clinician = Clinician.objects.get(name=person.name)
        set_abilities(
            clinician_id=clinician.pk,
            services=services,
            fits_pessaries=person.fits_pessaries,
            is_active=True,
            actor=SYSTEM,
        )
        set_week(
            week=[_ranges(person, weekday) if weekday < 5 else [] for weekday in range(7)],
            first=_long_before(today),
            last=None,
            actor=SYSTEM,
            clinician_id=clinician.pk,
        )


def _ranges(person: SamplePerson, weekday: int) -> list[tuple[time, time]]:
    if "Lindgren" in person.name:
        return [(time(12), time(17, 30))]
    if "Keane" in person.name and weekday == 3:
        return [MORNING, (time(13), time(18))]
    return [MORNING, AFTERNOON]


def make_more_clinicians(count: int) -> None:
    """Create clinicians who cannot sign in and work Monday to Friday, 8:00 to 18:00.

    In bulk, as they are for measuring with many of them.
    """
    made = Clinician.objects.bulk_create(
        Clinician(name=f"Dr. {story_name(20 + number)}") for number in range(count)
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
