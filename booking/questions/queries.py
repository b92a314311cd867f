"""What the desk is told about a patient's questions: whether they can be mailed, and what was."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from booking.questions.links import QUESTIONS, about, may_open
from booking.referrals.questions import are_missing
from booking.reminders.actions import (
    CONFIRMATION,
    MOVED,
    NEW_LINK,
    PLAN,
    PLAN_MOVED,
    PROMISED,
    REMINDERS,
)
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.models.people import Patient

# The kind of mail that has the link alone.
LINK = "questions_link"
# Those that say when a visit is, and have the link too while the questions are missing.
NEWS = (CONFIRMATION, MOVED, NEW_LINK, PLAN, PLAN_MOVED, PROMISED)
CARRYING = (LINK, *NEWS, *REMINDERS)
_UNDER_WAY = (Email.Status.DUE, Email.Status.CLAIMED)


@dataclass(frozen=True)
class AskedOf:
    """Whether her questions are missing, and how it stands with the link to them.

    `refusal` says why no link can be mailed: "answered", "no_address", "no_birth_date", or "" when
    one can. `waiting` is a mail that carries the link and is about to go, `last` the newest that
    went.
    """

    refusal: str
    waiting: Email | None
    last: Email | None

    @property
    def is_missing(self) -> bool:
        return self.refusal != "answered"

    @property
    def can_send(self) -> bool:
        """Whether the desk may have the link mailed now; never while one is about to go."""
        return not self.refusal and self.waiting is None


def asked_of(patient: Patient) -> AskedOf:
    """Return how it stands with the questions of this patient."""
    refusal = why_not(patient)
    if refusal == "answered":
        return AskedOf(refusal, None, None)
    return AskedOf(refusal, waiting_mail(patient), links_mailed([patient.pk]).get(patient.pk))


def why_not(patient: Patient) -> str:
    """Return why no link to the questions can be mailed to her, "" if one can."""
    if not are_missing(patient):
        return "answered"
    if not patient.takes_mail:
        return "no_address"
    return "" if may_open(patient) else "no_birth_date"


def waiting_mail(patient: Patient) -> Email | None:
    """Return a mail that carries the link and goes with the next runs, or None.

    A reminder goes days later: it keeps nobody from sending the link now.
    """
    rows = Email.objects.filter(patient=patient, status__in=_UNDER_WAY, kind__in=(LINK, *NEWS))
    return rows.order_by("due_at").first()


def links_mailed(patients: Collection[UUID]) -> Mapping[UUID, Email]:
    """Return the newest mail that carried the link, by patient, in two statements.

    Only of patients whose questions are missing: each mail of these kinds to them carries it.
    """
    names = {about(key): key for key in patients}
    # Before there were such links these mails carried none.
    given = AccessLink.objects.filter(purpose=QUESTIONS, about__in=names)
    keys = {names[name] for name in given.values_list("about", flat=True)}
    rows = Email.objects.filter(patient__in=keys, kind__in=CARRYING, sent_at__isnull=False)
    return {one.patient_id: one for one in rows.order_by("sent_at") if one.patient_id is not None}
