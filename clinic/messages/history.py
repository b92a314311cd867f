"""What happened to a visit, a package, a case or a patient, for staff: events and mails by time.

It is read from the audit trail and from the mails, so nothing else has to be kept for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.audit.details import words_of
from clinic.audit.readers import READING
from clinic.audit.record import SYSTEM, object_of
from clinic.messages.outbox import KINDS, secret_kinds
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient, User

MOST_SHOWN = 60

# What the desk may know of, in words. What is not here is shown to clinicians alone, by its name.
DEEDS = {
    "hold": gettext_lazy("Time held"),
    "book": gettext_lazy("Booked"),
    "move": gettext_lazy("Moved"),
    "cancel": gettext_lazy("Cancelled"),
    "undo cancel": gettext_lazy("Cancellation taken back"),
    "set aside": gettext_lazy("Set aside"),
    "put back": gettext_lazy("Put back"),
    "mark booked": gettext_lazy("Mark taken back"),
    "mark arrived": gettext_lazy("Marked as arrived"),
    "mark completed": gettext_lazy("Marked as completed"),
    "mark no_show": gettext_lazy("Marked as missed"),
    "keep outside hours": gettext_lazy("Left outside the hours"),
    "put back to promised time": gettext_lazy("Put back to the promised time"),
    "promise shown time": gettext_lazy("Kept at the time that the clock shows"),
    "count as visit 1": gettext_lazy("Counted as visit 1"),
    "forgive visit": gettext_lazy("Visit given back"),
    "enroll": gettext_lazy("Joined Run Ready"),
    "book plan": gettext_lazy("Plan booked"),
    "reopen package": gettext_lazy("Package opened again"),
    "record payment": gettext_lazy("Payment recorded"),
    "record refund": gettext_lazy("Refund recorded"),
    "adjust credits": gettext_lazy("Visits adjusted"),
    "add patient": gettext_lazy("Added"),
    "add contact": gettext_lazy("Contact data added"),
    "change contact": gettext_lazy("Contact data changed"),
    "confirm visit": gettext_lazy("Confirmed"),
    "change own e-mail": gettext_lazy("E-mail changed by herself"),
    "ask to change e-mail": gettext_lazy("Asked to change her e-mail by herself"),
    "confirm change of e-mail": gettext_lazy("A mailbox said yes to the change of e-mail"),
    "mail change of e-mail again": gettext_lazy("Mails about the change of e-mail sent again"),
    "take back change of e-mail": gettext_lazy("Took the change of e-mail back"),
    "stop change of e-mail": gettext_lazy("“This was not me”: the change of e-mail was ended"),
    "refuse change of e-mail": gettext_lazy("The change of e-mail was refused"),
    "attach row": gettext_lazy("Became hers by a mailed code and her date of birth"),
    "end what opened the record": gettext_lazy("Sessions, links and calendar addresses ended"),
    "send confirmation": gettext_lazy("Confirmation sent again"),
    "send questions": gettext_lazy("Link to the questions sent"),
    "send mail again": gettext_lazy("Mail sent again"),
    "merge patients": gettext_lazy("Merged with another row"),
    "keep patients apart": gettext_lazy("Noted as a person of her own"),
    "compare patients again": gettext_lazy("Put back to be compared"),
    "reminders on": gettext_lazy("Reminders on"),
    "reminders off": gettext_lazy("Reminders off"),
    "wish earlier": gettext_lazy("Put on the waitlist"),
    "withdraw wish": gettext_lazy("Taken off the waitlist"),
    "offer earlier time": gettext_lazy("Earlier time offered"),
    "accept offer": gettext_lazy("Offer accepted"),
    "decline offer": gettext_lazy("Offer declined"),
    "open calendar feed": gettext_lazy("Calendar address made"),
    "close calendar feed": gettext_lazy("Calendar address closed"),
    "start intake": gettext_lazy("Questions begun"),
    "send intake": gettext_lazy("Answers sent"),
    "send check-in": gettext_lazy("Check-in sent"),
    "save emergency contact": gettext_lazy("Emergency contact saved"),
    "remove emergency contact": gettext_lazy("Emergency contact removed"),
    "retry mail": gettext_lazy("Mail tried again"),
    "ask to hand over record": gettext_lazy("Her whole record asked for"),
    "hand over record": gettext_lazy("Her whole record opened to hand it over"),
}
# Of a case, for clinicians.
CLINICAL_DEEDS = {
    "start correction": gettext_lazy("Correction begun"),
    "urgent answer": gettext_lazy("Urgent answer given"),
    "urgent answer changed by patient": gettext_lazy("Urgent answer changed by the patient"),
    "flagged answer changed by patient": gettext_lazy("Flagged answer changed by the patient"),
    "says help is on the way": gettext_lazy("She says that she is getting help"),
    "says it was ticked by mistake": gettext_lazy("She says that it was ticked by mistake"),
    "start review": gettext_lazy("Review begun"),
    "leave case": gettext_lazy("Review left"),
    "take over case": gettext_lazy("Review taken over"),
    "decide": gettext_lazy("Decision signed"),
    "undo decision": gettext_lazy("Decision taken back"),
    "add flag": gettext_lazy("Flag added"),
}
# Whose reasons are the desk's own words, or a time.
WITH_REASON = ("move", "cancel", "forgive visit", "adjust credits", "count as visit 1")
# Whose reason begins with when the visit was before.
MOVING = ("move", "put back to promised time")
FROM = "from "


@dataclass(frozen=True)
class Happening:
    """One thing that happened: when (aware, UTC), what, by whom, why; texts are "" where empty.

    `was_at` is when a visit was before it was moved.
    """

    at: datetime
    what: str
    who: str
    why: str = ""
    was_at: datetime | None = None


def history_of(*about: Any, mails: Iterable[str] = ()) -> list[Happening]:
    """Return what happened to these rows, of whatever kind, the newest first; readings are none.

    `mails` are what else a mail about them may be about, as "package:<uuid>".
    """
    names = [object_of(row) for row in about]
    sent = Email.objects.filter(about__in=[*names, *mails])
    return _lines(AuditEvent.objects.filter(object__in=names), sent)


def history_of_patient(patient: Patient) -> list[Happening]:
    """Return what the desk may know of a patient, the newest first: no review, no flag."""
    key = str(patient.pk)
    known = Q(action__in=DEEDS) | Q(action__startswith="end package")
    return _lines(
        AuditEvent.objects.filter(known, patient=key), Email.objects.filter(patient=patient)
    )


@dataclass(frozen=True)
class SentMail:
    """One mail that was sent: when (aware, UTC), and what kind it is, in words."""

    row: Email
    at: datetime
    name: str


def mails_sent_to(patient: Patient) -> list[SentMail]:
    """Return every mail that was sent to a patient, the oldest first; kinds, no texts.

    Mail to a sign-in of hers is among it, unless she works here and it is about that.
    """
    hers = Q(patient=patient)
    if patient.user is not None and not patient.user.is_staff:
        hers |= Q(user=patient.user)
    rows = Email.objects.filter(hers, sent_at__isnull=False).defer("payload")
    return [
        SentMail(one, one.sent_at, _mail_name(one))
        for one in rows.order_by("sent_at", "pk")
        if one.sent_at is not None
    ]


def _mail_name(mail: Email) -> str:
    return str(KINDS[mail.kind].name) if mail.kind in KINDS else mail.kind


def moved_from(was_at: datetime) -> str:
    """Return the reason of a move's event: when the visit was before."""
    return f"{FROM}{was_at.isoformat(timespec='minutes')}"


def _lines(events: QuerySet[AuditEvent], mails: QuerySet[Email]) -> list[Happening]:
    told = Q()
    for beginning in READING:
        told |= Q(action__startswith=beginning)
    beside = events.select_related("detail").filter(allowed=True).exclude(told)
    done = list(beside.order_by("-at", "-pk")[:MOST_SHOWN])
    sent = mails.filter(sent_at__isnull=False).exclude(kind__in=secret_kinds())
    lines = [*_of_events(done), *_of_mails(sent.order_by("-sent_at")[:MOST_SHOWN])]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:MOST_SHOWN]


def _of_events(events: Sequence[AuditEvent]) -> Iterator[Happening]:
    keys = {event.actor.removeprefix("user:") for event in events}
    users = User.objects.filter(pk__in=[key for key in keys if key.isdecimal()])
    names = {f"user:{user.pk}": user.get_full_name() for user in users} if events else {}
    for event in events:
        was_at, why = _was_at(event)
        yield Happening(event.at, _what(event.action), _who(event, names), why, was_at)


def _of_mails(mails: Iterable[Email]) -> Iterator[Happening]:
    for mail in mails:
        assert mail.sent_at is not None
        name = _mail_name(mail)
        yield Happening(mail.sent_at, _("Mail sent: %(mail)s") % {"mail": name}, "")


def _what(action: str) -> str:
    words = DEEDS.get(action) or CLINICAL_DEEDS.get(action)
    return str(words) if words else action.capitalize()


def _who(event: AuditEvent, names: dict[str, str]) -> str:
    if event.role == "patient":
        return _("the patient")
    if event.actor == SYSTEM.id:
        return _("the system")
    return names.get(event.actor) or _("somebody not signed in")


def _was_at(event: AuditEvent) -> tuple[datetime | None, str]:
    """Return when the visit was before a move, if it is one, and the reason in words."""
    if event.action not in WITH_REASON + MOVING:
        return None, ""
    why = words_of(event)
    if event.action not in MOVING or not event.reason.startswith(FROM):
        return None, why
    return datetime.fromisoformat(event.reason.removeprefix(FROM)), why
