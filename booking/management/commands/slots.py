"""`manage.py slots`: print the offered times as JSON, or with --explain why one is not offered."""

import json
from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from booking.models import Service
from booking.reason_text import sentence
from booking.scheduling.queries import Search, free_slots_for, reasons_by_clinician
from booking.scheduling.slot_choices import YEARS
from booking.terms import current_policy
from clinic.models.people import Clinician
from clinic.practice.wall_time import instant

MOST_DAYS = 400


def _date(text: str) -> date:
    """Return the date that `text` names. Raises ValueError, which argparse reports."""
    day = date.fromisoformat(text)
    # Near the first and the last year, adding days would overflow.
    if day.year not in YEARS:
        raise ValueError(text)
    return day


class Command(BaseCommand):
    """Answer as the patients' page would, without a patient."""

    help = "Print the offered times of a service as JSON, or every reason why one is not offered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the service, the dates, the clinician and the time to explain."""
        parser.add_argument("--service", required=True, metavar="CODE")
        parser.add_argument("--from", required=True, type=_date, dest="first", metavar="DATE")
        parser.add_argument("--days", type=int, default=14)
        parser.add_argument("--clinician", type=int, metavar="ID")
        parser.add_argument(
            "--explain",
            metavar="TIME",
            help="a wall time on the first date (9:30), or a date and time (2027-02-01T09:30)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer. Raises CommandError for a service or clinician that does not exist."""
        service = Service.objects.filter(code=options["service"]).first()
        if service is None:
            codes = ", ".join(Service.objects.values_list("code", flat=True))
            raise CommandError(f"There is no such service. The codes are: {codes}")
        wanted = options["clinician"]
        if wanted is not None and not Clinician.objects.filter(pk=wanted).exists():
            raise CommandError(f"There is no clinician {wanted}.")
        # Without a patient: her own visits and her package decide nothing here.
        search = Search(
            service=service, policy=current_policy(), now=timezone.now(), clinician_id=wanted
        )
        if options["explain"]:
            answer: object = _explained(search, _instant(options["explain"], options["first"]))
        else:
            answer = _offered(search, options["first"], options["days"])
        self.stdout.write(json.dumps(answer, indent=1))


def _offered(search: Search, first: date, days: int) -> list[dict[str, object]]:
    """Return the offered times of `days` clinic dates from `first` on; times are in UTC."""
    if not 0 < days <= MOST_DAYS:
        raise CommandError(f"--days is from 1 to {MOST_DAYS}.")
    return [
        {
            "starts_at": slot.starts_at.isoformat(),
            "ends_at": slot.ends_at.isoformat(),
            "clinician": slot.clinician_id,
            "room": slot.room_id,
        }
        for slot in free_slots_for(search, first_day=first, days=days)
    ]


def _explained(search: Search, starts_at: datetime) -> dict[str, object]:
    """Return every reason against that time, for each clinician."""
    found = reasons_by_clinician(search, starts_at)
    return {
        "starts_at": starts_at.isoformat(),
        "clinicians": [
            {
                "clinician": clinician.pk,
                "offered": not reasons,
                "reasons": [{"code": one.code, "text": sentence(one)} for one in reasons],
            }
            for clinician, reasons in found.items()
        ],
    }


def _instant(text: str, first: date) -> datetime:
    """Return the instant (aware) that `text` means.

    A time, or a date and time, is read by the clinic's wall clock, unless it has a UTC offset. A
    time alone is on the date `first`. Raises CommandError.
    """
    try:
        if "T" not in text:
            hour, _, minute = text.partition(":")
            return instant(first, time(int(hour), int(minute or 0)), settings.CLINIC_TIME_ZONE)
        at = datetime.fromisoformat(text)
        if at.year not in YEARS:
            raise ValueError(text)
    except ValueError as error:
        raise CommandError("--explain is a time like 9:30 or 2027-02-01T09:30.") from error
    if at.tzinfo is None:
        return instant(at.date(), at.time(), settings.CLINIC_TIME_ZONE)
    return at.astimezone(UTC)
