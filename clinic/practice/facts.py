"""What every process knows about the clinic itself: its name, address, telephone numbers and zone.

They are one row of the database (clinic.models.practice.ClinicFacts), read when a process first
asks and again after each change. A small file beside the keys holds them too, so that a page that
is shown while the database is away still has the telephone number.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.utils import timezone

log = logging.getLogger("run_ready.facts")

# Seconds. On one machine the file tells of a change at once; this is for the other machines.
READ_AGAIN_AFTER: float = 30


@dataclass(frozen=True)
class PracticeFacts:
    """The facts of the clinic. What nobody has entered yet is empty.

    `phone` is as it is dialed, "781-555-0142". `state` is two letters, of which the holidays are
    proposed. `was_opened` says whether the public pages were ever opened: they stay open.
    """

    name: str = ""
    # What mail calls the clinic. It may land in a shared inbox, so it should hold no health word.
    mail_name: str = ""
    address: str = ""
    door: str = ""
    parking: str = ""
    phone: str = ""
    crisis_line: str = ""
    zone: str = ""
    state: str = ""
    # For receipts: the tax number and the NPI. A page where patients pay, https.
    tax_number: str = ""
    provider_number: str = ""
    payment_link: str = ""
    was_opened: bool = False
    # Whether a clinician signed off the clinical rules in force.
    rules_are_signed: bool = False


# Returns what the database holds, or None when it does not answer.
Reader = Callable[[], PracticeFacts | None]


class _Known:
    """What this process knows, and since when."""

    def __init__(self) -> None:
        # Reading may open a connection, and a new connection asks for the facts.
        self.lock = threading.RLock()
        self.read: Reader = lambda: None
        self.forget()

    def forget(self) -> None:
        """Know nothing, as at the start of the process."""
        self.facts: PracticeFacts | None = None
        # By the clock that is never set back.
        self.asked_at = float("-inf")
        self.stamp: tuple[int, int] | None = None


_KNOWN = _Known()


def register_reader(read: Reader) -> None:
    """Read the facts by this function. The layer that knows the models registers it."""
    _KNOWN.read = read


def facts_file() -> Path:
    """Return the path of the file beside the keys."""
    return settings.VAR_DIR / "clinic.json"


def clinic_facts() -> PracticeFacts:
    """Return the facts as this process knows them, without asking the database again."""
    if _KNOWN.facts is None:
        keep_up()
    return _KNOWN.facts or PracticeFacts()


def is_known() -> bool:
    """Return whether this process ever read the facts, from the database or from the file."""
    return _KNOWN.facts is not None


def keep_up() -> None:
    """Read the facts again if they changed, or if that was not asked for a while.

    Called before each request and each job, and with a process's first connection. When the
    database does not answer, what is known stays; a process that knows nothing yet takes what
    stands in the file.
    """
    if _is_fresh():
        return
    # While one thread waits for a database that does not answer, the others use what is known.
    if not _KNOWN.lock.acquire(blocking=_KNOWN.facts is None):
        return
    try:
        if not _is_fresh():
            _read_again()
    finally:
        _KNOWN.lock.release()


def _is_fresh() -> bool:
    if _KNOWN.facts is None or _stamp() != _KNOWN.stamp:
        return False
    return time.monotonic() - _KNOWN.asked_at < READ_AGAIN_AFTER


def _read_again() -> None:
    _KNOWN.asked_at, _KNOWN.stamp = time.monotonic(), _stamp()
    found = _KNOWN.read()
    if found is not None:
        learn(found)
    elif (stored := _stored()) is not None:
        _use(stored)


def learn(facts: PracticeFacts) -> None:
    """Use these facts in this process from now on, and write the file if it says otherwise."""
    _use(facts)
    if _stored() != facts:
        _store(facts)
        _KNOWN.stamp = _stamp()


def forget() -> None:
    """Know nothing any more, and remove the file: the clinic is another one from now on."""
    facts_file().unlink(missing_ok=True)
    _KNOWN.forget()


def _use(facts: PracticeFacts) -> None:
    _KNOWN.facts = facts
    zone = facts.zone or settings.ZONE_WITHOUT_DATABASE
    if zone != settings.CLINIC_TIME_ZONE:
        # Chosen once, before the first visit; Django's own zone follows for what it draws itself.
        settings.CLINIC_TIME_ZONE = settings.TIME_ZONE = zone
        timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined]


def _stamp() -> tuple[int, int] | None:
    """Return what changes whenever the file is written, None without a file."""
    try:
        found = facts_file().stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _stored() -> PracticeFacts | None:
    """Return what the file holds, None if it cannot be read."""
    try:
        found = json.loads(facts_file().read_text(encoding="utf-8"))
        return PracticeFacts(
            **{one.name: found[one.name] for one in fields(PracticeFacts) if one.name in found}
        )
    except (OSError, ValueError, TypeError):
        return None


def _store(facts: PracticeFacts) -> None:
    path, written = facts_file(), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into its place: whoever reads it meanwhile reads the old one whole.
        with NamedTemporaryFile(
            "w", dir=path.parent, prefix=".clinic-", encoding="utf-8", delete=False
        ) as file:
            written = Path(file.name)
            json.dump(asdict(facts), file, ensure_ascii=False, indent=1)
        os.replace(written, path)
    except OSError as error:
        # The pages do not need it while the database answers.
        log.warning("the clinic's facts could not be written: %s", type(error).__name__)
        if written is not None:
            with suppress(OSError):
                written.unlink(missing_ok=True)
