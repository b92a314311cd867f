"""What staff see of rows that may be one person: the list to work off, and two rows side by side.

Forms and visits are numbers here. No page about duplicates shows an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from booking.duplicates.queries import BookingFacts, booking_facts
from clinic.identity.phone_words import phone_in_words
from clinic.identity.same_person import BORN_ON, EMAIL, NAME, PHONE, agreement
from clinic.known_patients.queries import (
    LikelyMatch,
    contact_of,
    has_likely_match,
    likely_matches,
)
from clinic.models.people import Patient
from clinic.web.paging import PAGE_SIZE, beyond
from intake.concerns.task_kinds import COMPARE
from intake.episodes.open_concerns import with_something_open
from intake.models import Intake, Task

_ORDER = ("-created_at", "pk")


@dataclass(frozen=True)
class UnmatchedPage:
    """Up to fifty unmatched rows with their likely matches, newest first.

    `count` is how many there are in all, `next_after` the id of the row after which the next page
    begins, None on the last page.
    """

    rows: Sequence[tuple[Patient, Sequence[LikelyMatch]]]
    count: int
    next_after: UUID | None


@dataclass(frozen=True)
class RowFacts:
    """One row: what it has in bookings, how many forms and open tasks, and if anything is open.

    Open is a concern that no clinician resolved, or a decline.
    """

    patient: Patient
    bookings: BookingFacts
    forms: int
    checkins: int
    tasks: int
    is_open: bool


@dataclass(frozen=True)
class ComparedLine:
    """One line of two rows side by side. `agrees` is None where there is nothing to compare."""

    label: str
    values: tuple[str, str]
    agrees: bool | None = None


def unmatched_page(after: UUID | None = None) -> UnmatchedPage:
    """Return a page of the unmatched rows that have a likely match.

    A row is unmatched if its contact data was known when it came, or if it came from a file, until
    staff or a mailed code match it. Raises Patient.DoesNotExist when there is no row `after`.
    """
    found = Patient.objects.current().filter(has_likely_match(), is_unmatched=True)
    rest = found.filter(beyond(_ORDER, Patient.objects.all(), after)).order_by(*_ORDER)
    # One more than is shown, to know whether there is a next page.
    rows = list(rest[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    matches = likely_matches(shown)
    return UnmatchedPage(
        rows=[(row, matches[row.pk]) for row in shown],
        count=found.count(),
        next_after=shown[-1].pk if len(rows) > PAGE_SIZE else None,
    )


def older_row_first(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    """Return the row that is proposed to be kept, then the one to merge into it.

    A row with a sign-in is kept before one without, otherwise the older one.
    """
    # False sorts before True.
    first, second = sorted((one, other), key=lambda row: (row.user_id is None, row.created_at))
    return first, second


def facts_of(patients: Sequence[Patient], now: datetime) -> list[RowFacts]:
    """Return what each row has. Five statements for all of them."""
    bookings = booking_facts(patients, now)
    sent = Intake.objects.sent().filter(patient__in=patients).values("patient")
    counts = sent.annotate(
        forms=Count("pk", filter=Q(kind="intake")), checkins=Count("pk", filter=Q(kind="checkin"))
    )
    forms = {one["patient"]: one for one in counts.order_by("patient")}
    # Comparing the two is owed because of the other row: it says nothing about this one.
    open_tasks = Task.objects.open().exclude(kind=COMPARE).filter(patient__in=patients)
    with_open = with_something_open({one.pk for one in patients})
    tasks = dict(
        open_tasks.values("patient")
        .annotate(count=Count("pk"))
        .order_by("patient")
        .values_list("patient", "count")
    )
    none = {"forms": 0, "checkins": 0}
    return [
        RowFacts(
            patient=one,
            bookings=bookings[one.pk],
            forms=forms.get(one.pk, none)["forms"],
            checkins=forms.get(one.pk, none)["checkins"],
            tasks=tasks.get(one.pk, 0),
            is_open=one.pk in with_open,
        )
        for one in patients
    ]


def side_by_side(one: RowFacts, other: RowFacts) -> list[ComparedLine]:
    """Return the lines in which staff compare two rows."""
    agrees = agreement(contact_of(one.patient), contact_of(other.patient))
    lines = []
    hers = _contact_values(other.patient)
    for field, (label, value) in _contact_values(one.patient).items():
        values = (value, hers[field][1])
        lines.append(ComparedLine(label, values, field in agrees if all(values) else None))
    for (label, value), (_label, hers_too) in zip(
        _other_values(one), _other_values(other), strict=True
    ):
        lines.append(ComparedLine(label, (value, hers_too)))
    return lines


def _contact_values(patient: Patient) -> dict[str, tuple[str, str]]:
    """Return by field of the comparison its label and value in words."""
    born_on = date_format(patient.born_on, "M j, Y") if patient.born_on else ""
    return {
        NAME: (_("Name"), patient.name),
        BORN_ON: (_("Date of birth"), born_on),
        PHONE: (_("Phone"), phone_in_words(patient.phone) if patient.phone else ""),
        EMAIL: (_("E-mail"), patient.email),
    }


def _other_values(facts: RowFacts) -> list[tuple[str, str]]:
    """Return (label, value in words) of what is not compared."""
    patient, bookings = facts.patient, facts.bookings
    return [
        (_("Interpreter"), patient.interpreter),
        (_("Signs in online"), _yes_or_no(patient.user_id is not None)),
        (_("Said not to be hers"), _yes_or_no(patient.disowned_at is not None)),
        (_("Here since"), date_format(localtime(patient.created_at), "M j, Y")),
        (_("Visits ahead"), str(bookings.ahead)),
        (_("Visits before"), str(bookings.before)),
        (_("Package under way"), _yes_or_no(bookings.has_package)),
        (_("Forms sent"), str(facts.forms)),
        (_("Check-ins sent"), str(facts.checkins)),
        (_("Open tasks"), str(facts.tasks)),
        (_("Something is open with a clinician"), _yes_or_no(facts.is_open)),
    ]


def _yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")
