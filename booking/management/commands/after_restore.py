"""`manage.py after_restore --taken-at TIME`: what must follow the restore of a backup."""

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, record
from clinic.backups.restored import Followed, follow_restore
from clinic.database.clock import database_now
from clinic.retention.erasure_list import (
    ListUnwritable,
    erasures_in,
    is_there,
    listed,
    take_over,
)


def add_erasure_arguments(parser: CommandParser) -> None:
    """Add what says that there is no list of erasures."""
    parser.add_argument(
        "--no-erasures-since",
        metavar="REASON",
        help="go on without the newest ERASURE_LIST, and say why nobody was erased meanwhile",
    )


def check_erasures(reason: str | None, *, carried: bytes = b"") -> None:
    """Raise CommandError unless the newest list is there, or a reason why it is not needed.

    Where there is none, with a reason, the one that the backup carried becomes the list.
    """
    try:
        if not is_there():
            if not (reason or "").strip():
                raise CommandError(
                    "There is no file ERASURE_LIST, so nobody would be erased again. Put the "
                    "newest one in its place; or say with --no-erasures-since REASON why nobody "
                    "was erased since the backup."
                )
            take_over(carried)
            return
        if missing := set(erasures_in(carried)) - set(listed()):
            raise CommandError(
                f"ERASURE_LIST is older than the backup: {len(missing)} erasures of the backup are "
                "not in it. Put the newest one in its place."
            )
    except ListUnwritable as error:
        raise CommandError(f"ERASURE_LIST: {error}.") from error


class Command(BaseCommand):
    help = (
        "After a restore by the database's own tools, and before the site starts: mail that was "
        "due by now waits for a person, sessions, links, offers and codes end, and whoever was "
        "erased is erased again. May be run twice. `manage.py restore` does it by itself."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--taken-at",
            required=True,
            metavar="TIME",
            help="when the backup was taken, with its offset: 2026-11-30T02:00:00+00:00",
        )
        add_erasure_arguments(parser)

    def handle(
        self,
        *args: object,
        taken_at: str,
        no_erasures_since: str | None,
        **options: object,
    ) -> None:
        now = database_now()
        taken = _read(taken_at, now)
        check_erasures(no_erasures_since)
        try:
            done = follow_restore(taken_at=taken, context=Context(SYSTEM, now))
        except ListUnwritable as error:
            raise CommandError(f"ERASURE_LIST: {error}.") from error
        if no_erasures_since:
            record(SYSTEM, "restore without erasures", words=no_erasures_since)
        for line in _lines(done):
            self.stdout.write(line)


def _read(text: str, now: datetime) -> datetime:
    try:
        taken = datetime.fromisoformat(text)
    except ValueError:
        taken = None
    if taken is None or taken.tzinfo is None:
        raise CommandError("TIME must look like 2026-11-30T02:00:00+00:00, with its offset.")
    if taken > now:
        raise CommandError("TIME is later than the database's clock: nothing was done.")
    return taken


def _lines(done: Followed) -> list[str]:
    lines = [f"{done.listed} erasures are listed, {done.erased} were done again."]
    if done.mails is None:
        return ["Mails, sessions and links were dealt with before: they stay as they are.", *lines]
    lines.insert(
        0,
        f"{done.mails} mails that were due wait for a person on the desk's mail page; "
        f"{done.unsent} are of no use any more and are not sent.",
    )
    return [
        "Sessions, links, calendar addresses, offers and codes of before are ended.",
        *lines,
    ]
