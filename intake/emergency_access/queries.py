"""What an access in an emergency shows, and the list of all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.audit.context import Context
from clinic.models.people import Patient, User
from clinic.people.staff_bar import BarLink
from clinic.templatetags.look import clock
from intake.emergency_access.actions import current_access, record_opening
from intake.emergency_contact.actions import ContactDetails, open_emergency_contact
from intake.episodes.open_concerns import open_concerns
from intake.flags.labels import action_words
from intake.models import EmergencyAccess, Flag
from intake.triage.evaluate import NOT_JUDGED
from intake.triage.rules import rule

PAGE_SIZE = 50


@dataclass(frozen=True)
class Opened:
    """What helps a patient in an emergency: nothing that she answered.

    `actions` and `told` are what open concerns told her to do; `untold` is how many were added by
    hand or could not be judged, about which she was told nothing.
    """

    patient: Patient
    contact: ContactDetails | None
    actions: Sequence[str]
    told: Sequence[str]
    untold: int


def opened(access: EmergencyAccess, *, context: Context) -> Opened:
    """Record that it is opened, and return what it shows."""
    record_opening(access, context=context)
    rules = [one.rule for one in open_concerns(access.patient_id)]
    known = [one for one in rules if one != NOT_JUDGED and not one.startswith(Flag.BY_HAND)]
    return Opened(
        patient=access.patient,
        contact=open_emergency_contact(patient_id=access.patient_id, context=context),
        actions=action_words(known),
        told=[_(text) for text in dict.fromkeys(rule(one).told for one in known)],
        untold=len(rules) - len(known),
    )


@dataclass(frozen=True)
class AccessRow:
    """One access as whoever gives access sees it. The patient is an id."""

    began_at: datetime
    over_at: datetime
    by: str
    patient: UUID
    reason: str


def accesses_page(number: str | None) -> "Page[EmergencyAccess]":
    """Return one page of all accesses, the newest first; the first for what is no number."""
    rows = EmergencyAccess.objects.select_related("user").order_by("-began_at", "pk")
    return Paginator(rows, PAGE_SIZE).get_page(number)


def rows_of(page: "Page[EmergencyAccess]") -> list[AccessRow]:
    """Return the rows of a page in words. Opens their sealed reasons."""
    return [
        AccessRow(
            began_at=one.began_at,
            over_at=min(one.ended_at or one.ends_at, one.ends_at),
            by=one.user.get_full_name(),
            patient=one.patient_id,
            reason=one.content["reason"],
        )
        for one in page
    ]


def waiting_for(user: User, now: datetime) -> Iterator[BarLink]:
    """Yield what the staff bar says while this person has a record open in an emergency."""
    if (access := current_access(user, now)) is not None:
        text = _("Emergency access until %(time)s") % {"time": clock(access.ends_at)}
        url = reverse("emergency_access", args=[access.patient_id])
        yield BarLink("emergency", "urgent", text, url, is_alarm=True)
