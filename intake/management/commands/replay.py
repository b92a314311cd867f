"""`manage.py replay [--since DATE]`: judge stored forms by the current rules and list changes."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.questionnaire.answers import parse_date
from intake.replay.actions import store_replay
from intake.replay.queries import Replayed, replayed
from intake.triage.rules import RULES_VERSION


class Command(BaseCommand):
    help = (
        "Judge stored intakes and check-ins by the current rules, each on its own day, and list "
        "those that would be newly or no longer flagged. Changes nothing; the list is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help="first day of judgement, YYYY-MM-DD; all if left out")

    def handle(self, *args: object, **options: object) -> None:
        since = None if options["since"] is None else parse_date(options["since"])
        if since is None and options["since"] is not None:
            raise CommandError("--since must be a date written YYYY-MM-DD.")
        judged, changes = 0, []
        for form in replayed(since):
            judged += 1
            if form.is_changed:
                changes.append(form)
                self.stdout.write(_line(form))
        replay = store_replay(
            judged=judged, changes=changes, since=since, context=Context(SYSTEM, timezone.now())
        )
        self.stdout.write(
            f"rules {RULES_VERSION}: {judged} judged, {len(changes)} changed "
            f"({sum(bool(one.newly) for one in changes)} newly flagged, "
            f"{sum(bool(one.no_longer) for one in changes)} no longer flagged, "
            f"{sum(one.is_more_serious for one in changes)} more serious). Kept as {replay.pk}"
        )


def _line(form: Replayed) -> str:
    newly = "".join(f" +{rule}" for rule in form.newly)
    no_longer = "".join(f" -{rule}" for rule in form.no_longer)
    return f"{form.kind} {form.intake}: {form.before} → {form.after}{newly}{no_longer}"
