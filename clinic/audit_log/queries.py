"""What the log shows of the audit trail: no health value, and of patients their ids alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from clinic.audit.details import words_of
from clinic.models.audit import AuditEvent
from clinic.people.staff_access import people_with_access
from clinic.practice.wall_time import instant
from clinic.web.paging import PAGE_SIZE

# Reasons that say nothing of a patient. Others hold the name of a mark or an outcome, and stay out
# of the log.
HARMLESS = {
    *("enter", "sign in", "sign out", "lock sign-in", "give access", "change access"),
    *("change second factor", "see day", "see week", "export reports", "see reports"),
    *("see audit log", "export audit log", "set hours", "set clinic hours"),
}
# Whose typed reason is for whoever gives access; their forms say so. It is sealed, and opened here.
TYPED_FOR_THE_LOG = {
    *("erase patient", "reset second factor", "export everything", "restore without erasures"),
}
COLUMNS = ("at", "who", "role", "action", "about", "patient", "allowed", "address", "why")


@dataclass(frozen=True)
class LogLine:
    """One event in words. `at` is aware (UTC); `who` is a colleague's name, else an id."""

    id: int
    at: datetime
    who: str
    role: str
    action: str
    about: str
    patient: str
    allowed: bool
    address: str
    why: str

    @property
    def cells(self) -> tuple[object, ...]:
        """The cells of the file, in the order of COLUMNS; the time is ISO 8601 in UTC."""
        is_allowed = "yes" if self.allowed else "no"
        return (
            *(self.at.isoformat(), self.who, self.role, self.action, self.about, self.patient),
            *(is_allowed, self.address, self.why),
        )


@dataclass(frozen=True)
class LogPage:
    """Up to fifty lines, the newest first, and the id before which the next page begins."""

    lines: list[LogLine]
    next_before: int | None


def log_page(wanted: Mapping[str, Any], before: int | None = None) -> LogPage:
    """Return a page of the events that the filter lets through, those before the id `before`.

    A page begins at an id and not at a number: events that come meanwhile shift nothing.
    """
    rows = _events(wanted)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    shown = list(_lines(found[:PAGE_SIZE]))
    return LogPage(shown, shown[-1].id if len(found) > PAGE_SIZE else None)


def log_lines(wanted: Mapping[str, Any]) -> Iterator[LogLine]:
    """Yield every event that the filter lets through, the newest first."""
    return _lines(_events(wanted).iterator(chunk_size=2000))


def _events(wanted: Mapping[str, Any]) -> QuerySet[AuditEvent]:
    rows = AuditEvent.objects.select_related("detail").order_by("-pk")
    if who := wanted.get("who"):
        # A signed-in patient acts as a user too: her role says that she is one.
        is_it = Q(actor=who) if who.startswith("user:") else Q(role=who)
        rows = rows.filter(is_it)
    if patient := wanted.get("patient"):
        rows = rows.filter(patient=patient.strip().lower())
    if action := wanted.get("action"):
        rows = rows.filter(action__icontains=action.strip())
    if first := wanted.get("first"):
        rows = rows.filter(at__gte=_midnight(first))
    if last := wanted.get("last"):
        rows = rows.filter(at__lt=_midnight(last + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return instant(day, time(0), settings.CLINIC_TIME_ZONE)


def _lines(events: Iterable[AuditEvent]) -> Iterator[LogLine]:
    names = {f"user:{one.pk}": one.get_full_name() for one in people_with_access()}
    for event in events:
        yield LogLine(
            id=event.pk,
            at=event.at,
            who=names.get(event.actor, event.actor),
            role=event.role,
            action=event.action,
            about=_named(event.object, names),
            patient=event.patient,
            allowed=event.allowed,
            address=event.ip,
            why=_why(event),
        )


def _why(event: AuditEvent) -> str:
    if event.action in TYPED_FOR_THE_LOG:
        return ": ".join(one for one in (event.reason, words_of(event)) if one)
    return event.reason if event.action in HARMLESS else ""


def _named(about: str, names: Mapping[str, str]) -> str:
    """Return what the event was about: a colleague by name, anything else by its id."""
    return names.get(about, about)
