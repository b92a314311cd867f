"""List who at the clinic read one patient's record: for the patient, and for colleagues."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.audit.record import SYSTEM, Actor
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient, User
from clinic.practice.date_in_sql import clinic_date_of

PAGE_SIZE = 50
# The first words of every action that reads. An action that WHAT does not name is still shown.
READING = ("read ", "see ", "export ", "open emergency ")
# Roles of the patient herself; she does not need to be told what she read.
HERSELF = ("patient", "anonymous")

WHAT = {
    "read answers": gettext_lazy("Your answers"),
    "export record": gettext_lazy("Your whole record, as a file"),
    "hand over record": gettext_lazy("Your whole record, to hand it to you"),
    "enter check-in": gettext_lazy("Your check-in, to fill it in with you"),
    "see check-in outcome": gettext_lazy("What your check-in means"),
    "read visit record": gettext_lazy("What was tested and found at your visit"),
    "see day sheet": gettext_lazy("That you have a visit, and how it begins"),
    "see call": gettext_lazy("Your name, phone and what you were told to do"),
    "see task": gettext_lazy("Your name, phone and what you were told to do"),
    "open emergency contact": gettext_lazy("Your emergency contact and address"),
    "open emergency access": gettext_lazy(
        "In an emergency: how to reach you, and what you were told to do"
    ),
    "read concern": gettext_lazy("Your answers"),
    "see case": gettext_lazy("That your answers are being reviewed"),
    "see who reviews": gettext_lazy("That your answers are being reviewed"),
    "see patient": gettext_lazy("Your contact details and visits"),
    "see likely matches": gettext_lazy("Your contact details"),
    "read mail": gettext_lazy("A mail we sent you"),
    "search patients": gettext_lazy("Your contact details, among others found"),
    "see import": gettext_lazy("That you may be in a file from another system"),
    "see list": gettext_lazy("That you are on a list of things to do"),
    "see day": gettext_lazy("The day’s calendar, with your visit"),
    "see week": gettext_lazy("The week’s calendar, with your visit"),
    "see visit": gettext_lazy("Your contact details and a visit"),
    "see plan": gettext_lazy("The plan of your visits"),
    "see package": gettext_lazy("Your package and what was paid"),
    "print receipt": gettext_lazy("A receipt of yours"),
    "see task list": gettext_lazy("The list of tasks, with your name and phone"),
    "see review list": gettext_lazy("The list of answers that wait for a clinician, with yours"),
    "see check-ins due": gettext_lazy("The list of check-ins, with your name and phone"),
    "export list": gettext_lazy("That you are on a list of things to do, as a file"),
}
ROLES = {
    "clinician": gettext_lazy("clinician"),
    "manager": gettext_lazy("practice manager"),
    "admin": gettext_lazy("gives access"),
}


@dataclass(frozen=True)
class Reading:
    """What one person read on one day: when last (aware, UTC), by whom, what, and how often.

    The reader's name and role and what was shown are in words.
    """

    at: datetime
    name: str
    role: str
    what: str
    times: int = 1


@dataclass(frozen=True)
class ReadingPage:
    """One page of readings, the newest first, and the numbers of the pages beside it or None."""

    rows: Sequence[Reading]
    newer: int | None
    older: int | None


def readings_of(patient: Patient, number: int | str | None) -> ReadingPage:
    """Return one page of the readings of a patient's record.

    A `number` that is not a page number means the first page, one that is too large the last.
    Readings of rows that were merged into hers are included; her own are not.
    """
    page = Paginator(_sums(patient), PAGE_SIZE).get_page(number)
    sums = list(page.object_list)
    names = _names(one["actor"] for one in sums)
    return ReadingPage(
        rows=[
            _reading(one["actor"], one["role"], one["action"], one["last"], names, one["times"])
            for one in sums
        ],
        newer=page.previous_page_number() if page.has_previous() else None,
        older=page.next_page_number() if page.has_next() else None,
    )


def recent_readers(about: Model, action: str, *, besides: Actor, since: datetime) -> list[Reading]:
    """Return who else read this row by this action since then, each once, the latest first."""
    events = AuditEvent.objects.filter(
        object=f"{about._meta.model_name}:{about.pk}", action=action, allowed=True, at__gte=since
    ).exclude(actor=besides.id)
    latest: dict[str, AuditEvent] = {}
    for event in events.order_by("-at", "-pk"):
        latest.setdefault(event.actor, event)
    names = _names(latest) if latest else {}
    return [
        _reading(event.actor, event.role, event.action, event.at, names)
        for event in latest.values()
    ]


def _events(patient: Patient) -> QuerySet[AuditEvent]:
    reading = Q(action__in=WHAT)
    for beginning in READING:
        reading |= Q(action__startswith=beginning)
    events = AuditEvent.objects.filter(reading, patient__in=_keys(patient), allowed=True)
    return events.exclude(role__in=HERSELF)


def _sums(patient: Patient) -> QuerySet[AuditEvent, dict[str, Any]]:
    """Return the readings summed: who read what on which day, the latest first."""
    events = _events(patient)
    reach = events.aggregate(first=Min("at"), last=Max("at"))
    day = clinic_date_of("at", first=reach["first"], last=reach["last"])
    groups = events.values("actor", "role", "action", day=day)
    return groups.annotate(times=Count("pk"), last=Max("at"), newest=Max("pk")).order_by(
        "-last", "-newest"
    )


def _keys(patient: Patient) -> list[str]:
    """Return the ids her record has had: that of her row and of every row merged into it.

    A row may have been merged into one that was merged later, so this follows the chain. Audit
    events keep the id they were written with.
    """
    found, latest = [patient.pk], [patient.pk]
    while latest:
        # Ids found before are left out, so that a circle would end too.
        merged = Patient.objects.filter(merged_into__in=latest).exclude(pk__in=found)
        latest = list(merged.values_list("pk", flat=True))
        found += latest
    return [str(key) for key in found]


def _names(actors: Iterable[str]) -> Mapping[str, str]:
    """Return the names of the users among the actors, by actor id ("user:12")."""
    keys = {actor.removeprefix("user:") for actor in actors}
    users = User.objects.filter(pk__in=[key for key in keys if key.isdecimal()])
    return {f"user:{user.pk}": user.get_full_name() for user in users}


def _reading(
    actor: str, role: str, action: str, at: datetime, names: Mapping[str, str], times: int = 1
) -> Reading:
    return Reading(
        at=at,
        name=names.get(actor) or _unnamed(actor),
        role=str(ROLES.get(role, "")),
        what=str(WHAT.get(action, _("Part of your record"))),
        times=times,
    )


def _unnamed(actor: str) -> str:
    return _("The clinic’s own system") if actor == SYSTEM.id else _("Somebody without a name here")
