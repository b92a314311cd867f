"""Fill what is empty with a usual clinic, close holidays, and make a patient to walk through with.

Each writes by the actions of the pages that change the same rows later.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils.translation import gettext

from booking.models import Closure, OpeningHours, Room, Service
from booking.opening_hours.actions import add_room, close, set_abilities, set_clinic_week, set_week
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.before_opening.facts_rows import lock_clinic
from clinic.database.retrying import retried
from clinic.heard_from.actions import fill_usual_places
from clinic.models.people import Clinician, Patient, User
from clinic.models.practice import ClinicFacts, WeeklyHours
from clinic.practice.hours_text import TimeRange
from clinic.practice.wall_time import clinic_date, instant

# What is proposed, and changed afterward on the pages of hours and prices.
CLINIC_DAY: list[TimeRange] = [(time(8), time(17))]
CLINICIAN_DAY: list[TimeRange] = [(time(8), time(12)), (time(13), time(17))]
ROOMS = 2
WORKING_DAYS = 5


def _week(day: list[TimeRange]) -> list[list[TimeRange]]:
    return [day if weekday < WORKING_DAYS else [] for weekday in range(7)]


@retried
def fill_usual_clinic(*, context: Context) -> None:
    """Fill hours, rooms, where patients hear of the clinic, and what clinicians do, where none are.

    Every clinic has the first visits already (`booking.catalog.first_offer`). No price is filled
    in: somebody has to say what a visit costs.
    """
    # Pressed twice, the second finds what the first filled in.
    lock_clinic()
    today = clinic_date(context.now, settings.CLINIC_TIME_ZONE)
    if not WeeklyHours.objects.exists():
        set_clinic_week(week=_week(CLINIC_DAY), first=today, last=None, actor=context.actor)
    if not Room.objects.exists():
        for number in range(1, ROOMS + 1):
            name = gettext("Room %(number)s") % {"number": number}
            add_room(name=name, actor=context.actor)
    fill_usual_places(context=context)
    services = Service.objects.values_list("pk", flat=True)
    for clinician in Clinician.objects.filter(is_active=True):
        if not OpeningHours.objects.filter(clinician=clinician).exists():
            set_week(
                week=_week(CLINICIAN_DAY),
                first=today,
                last=None,
                actor=context.actor,
                clinician_id=clinician.pk,
            )
        if not clinician.services.exists():
            set_abilities(
                clinician_id=clinician.pk,
                services=list(services),
                fits_pessaries=clinician.fits_pessaries,
                is_active=True,
                actor=context.actor,
            )


@retried
def close_days(*, days: Iterable[tuple[date, str]], by: User | None, context: Context) -> None:
    """Close the whole clinic on these dates, each from midnight to midnight on its clock.

    A date on which it is closed already stays as it is.
    """
    for day, name in days:
        begin, end = day_of(day)
        if not is_closed(begin, end):
            close(starts_at=begin, ends_at=end, label=name[:60], by=by, actor=context.actor)


def day_of(day: date) -> tuple[datetime, datetime]:
    """Return the instants (UTC) at which this clinic date begins and ends."""
    zone = settings.CLINIC_TIME_ZONE
    return instant(day, time(0), zone), instant(day + timedelta(days=1), time(0), zone)


def is_closed(begin: datetime, end: datetime) -> bool:
    """Return whether one closure of the whole clinic covers all of this time."""
    for_all = Closure.objects.filter(clinician=None, room=None)
    return for_all.filter(starts_at__lte=begin, ends_at__gte=end).exists()


@retried
def make_up_patient(*, user: User, context: Context) -> Patient:
    """Return the made-up patient of this clinic, made now if there is none; mail goes to `user`."""
    known = Patient.objects.current().filter(is_sample=True, erased_at=None, contact_erased_at=None)
    if (patient := known.first()) is not None:
        return patient
    facts = ClinicFacts.objects.filter(pk=ClinicFacts.ONLY).first() or ClinicFacts()
    patient = Patient.objects.create(
        name=gettext("Made-up Patient"),
        email=user.email,
        phone=facts.phone,
        born_on=date(1990, 1, 1),
        is_sample=True,
    )
    record(context.actor, "add patient", patient, patient=patient, reason="made up")
    return patient
