"""`manage.py seed`: load made-up data, the small sample clinic or one of any size."""

from datetime import date
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from clinic.management.sample.bulk import make_bulk
from clinic.management.sample.clinic_setup import (
    clinic_morning,
    make_clinic,
    make_hours,
    make_more_clinicians,
    make_staff,
    open_sample_clinic,
)
from clinic.management.sample.mails import settle_past_mail
from clinic.management.sample.patients import make_patients
from clinic.management.sample.situations import make_situations
from clinic.models.people import Patient, User
from clinic.practice.wall_time import clinic_date

STORY_PATIENTS = 40
# With fewer patients the rarer situations are left out: a handful for a test is made fast.
ENOUGH = 20


class Command(BaseCommand):
    help = "Load made-up data. Refuses a database that holds real people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinicians", type=int, default=3)
        parser.add_argument("--patients", type=int, default=STORY_PATIENTS)
        parser.add_argument("--appointments", type=int, default=0, help="more visits, in bulk")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--start", type=date.fromisoformat, default=None)
        parser.add_argument("--if-empty", action="store_true", help="do nothing when people exist")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists() or Patient.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("People are in this database already; nothing was added.")
        if not settings.TRIAL:
            raise CommandError("Made-up people belong on a trial; SITE_URL is a public address.")
        start = options["start"] or clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
        rng = Random(options["seed"])  # noqa: S311 made-up data, repeatable on purpose
        make_staff()
        make_clinic(start)
        make_hours(start)
        # Three are made as staff who can sign in.
        make_more_clinicians(max(0, options["clinicians"] - 3))
        open_sample_clinic(start)
        if options["appointments"]:
            make_bulk(
                # At least one patient for each clinician, who has patients of her own.
                patients=max(options["patients"], 100, options["clinicians"]),
                appointments=options["appointments"],
                start=start,
                rng=rng,
                zone=settings.CLINIC_TIME_ZONE,
            )
        else:
            make_patients(options["patients"], start=start, rng=rng)
            if options["patients"] >= ENOUGH:
                make_situations(options["patients"] + 1, start=start)
            # A sample of a day to come takes that day's morning for now.
            settle_past_mail(max(timezone.now(), clinic_morning(start, 0)))
        self.stdout.write("The sample clinic is loaded. Everybody in it is made up.")
