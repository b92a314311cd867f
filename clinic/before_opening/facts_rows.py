"""The facts of the clinic as a row: read for every process, and written by these actions only."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.database.sealed import WrongKeys
from clinic.identity.phones import dialed
from clinic.models.practice import ClinicFacts
from clinic.practice.facts import PracticeFacts, is_known, keep_up, learn
from clinic.web.form_fields import is_stale, version_of

# What a manager types on the page of the clinic.
TYPED = (
    "name", "mail_name", "address", "door", "parking", "phone", "crisis_line", "state",
    "tax_number", "provider_number", "payment_link",
)  # fmt: skip


_SIGNED: list[Callable[[], bool]] = []


def register_signed(ask: Callable[[], bool]) -> None:
    """Ask this function whether the clinical rules in force are signed off."""
    _SIGNED.append(ask)


def tell_again() -> None:
    """Have the processes read the facts again once the transaction is committed."""
    transaction.on_commit(_learn_again)


def _learn_again() -> None:
    if (found := read_facts()) is not None:
        learn(found)


def read_facts() -> PracticeFacts | None:
    """Return the facts as the database has them, None when it does not answer or has no tables."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and not Path(database["NAME"]).exists():
        return None  # connecting would make an empty file
    if connection.needs_rollback:
        return None  # after an error in a transaction nothing can be asked before it ends
    try:
        return facts_of(ClinicFacts.objects.filter(pk=ClinicFacts.ONLY).first() or ClinicFacts())
    except (DatabaseError, WrongKeys):
        return None


def read_on_connecting(**kwargs: object) -> None:
    """Read the facts, the zone among them, with the first connection of a process."""
    if not is_known():
        keep_up()


def facts_of(row: ClinicFacts) -> PracticeFacts:
    """Return the facts of the row, as pages show them."""
    return PracticeFacts(
        name=row.name,
        mail_name=row.mail_name,
        address=row.address,
        door=row.door,
        parking=row.parking,
        phone=dialed(row.phone),
        crisis_line=row.crisis_line,
        zone=row.zone,
        state=row.state,
        tax_number=row.tax_number,
        provider_number=row.provider_number,
        payment_link=row.payment_link,
        was_opened=row.opened_at is not None,
        rules_are_signed=any(ask() for ask in _SIGNED),
    )


class FactsChanged(Exception):
    """Somebody changed the facts since the page was shown. Nothing was written."""


def facts_version(row: ClinicFacts) -> str:
    """Return a text that changes with what is typed of the clinic."""
    return version_of(getattr(row, name) for name in TYPED)


@retried
def set_facts(*, values: Mapping[str, str], context: Context, seen: str = "") -> bool:
    """Change facts of the clinic; return whether any is another now.

    A name of TYPED that is missing keeps its value. Raises FactsChanged when they are no longer as
    `seen`, the version that the page showed.
    """
    row = lock_clinic()
    if is_stale(seen, facts_version(row)):
        raise FactsChanged
    changed = [name for name in TYPED if name in values and values[name] != getattr(row, name)]
    if not changed:
        return False
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=TYPED)
    what = (f"{name}: {getattr(row, name)}" for name in changed)
    record(context.actor, "set clinic facts", row, reason="; ".join(what))
    _tell(row)
    return True


@retried
def choose_zone(*, zone: str, context: Context) -> bool:
    """Choose the clinic's zone; return False, and change nothing, when one is chosen already.

    What is promised in wall time counts on it, so it is chosen once.
    """
    row = lock_clinic()
    if row.zone:
        return False
    row.zone = zone
    row.save(update_fields=["zone"])
    record(context.actor, "choose the zone", row, reason=zone)
    _tell(row)
    return True


@retried
def note_opened(*, context: Context) -> None:
    """Open the public pages for good. Whoever calls it has asked whether that is allowed."""
    row = lock_clinic()
    if row.opened_at is None:
        row.opened_at = context.now
        row.save(update_fields=["opened_at"])
        record(context.actor, "open the clinic", row)
    _tell(row)


def lock_clinic() -> ClinicFacts:
    """Lock the clinic's own row until the transaction ends, and return it.

    Before the locks of calendars: whoever changes what is the clinic's alone takes it first.
    """
    ClinicFacts.objects.get_or_create(pk=ClinicFacts.ONLY)
    return ClinicFacts.objects.select_for_update().get(pk=ClinicFacts.ONLY)


def _tell(row: ClinicFacts) -> None:
    """Have this process, and by the file the others, use the row once it is committed."""
    transaction.on_commit(partial(learn, facts_of(row)))
