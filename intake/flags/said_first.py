"""What is said first: what is open about a patient comes before what her latest form gives.

Every page that says what a form, a check-in or a plan means asks here. Source:
docs/clinical.md, "One order about running".
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.episodes.open_concerns import is_declined, open_concerns
from intake.models import Intake
from intake.triage.rules import RED, URGENT
from intake.triage.running_order import LINES, WAIT

Words = str | Promise

DECLINED = "declined"
# What can stand open about a patient, the most serious first, then the levels of a form below it.
RANKS = (URGENT, DECLINED, RED, "caution", "clear", "")

STILL_OPEN = gettext_lazy(
    "Something you told us before is still open with us, and these answers do not close it."
)
# Under the heading, by what is open; beside red it is the order to wait that is the heading.
_BESIDES: dict[str, Words] = {
    URGENT: gettext_lazy("You can book with us once you have been seen."),
    DECLINED: gettext_lazy("Online booking is closed until we have spoken with you."),
}
# What the check-in means for the visit, for the desk.
_FOR_THE_DESK: dict[str, Words] = {
    URGENT: gettext_lazy(
        "Stop. Something urgent is still open about the patient; the visit waits until the patient "
        "has been seen."
    ),
    DECLINED: gettext_lazy(
        "The visit stays booked, without impact. A clinician speaks with the patient first."
    ),
    RED: gettext_lazy(
        "The visit goes ahead without impact. Something is still open with a clinician."
    ),
}
# What the desk first tells a patient, by the level of what it has just sent for her.
_OF_A_FORM: dict[str, Words] = {
    URGENT: gettext_lazy("Please get care first. You can book with us once you have been seen."),
    RED: gettext_lazy(
        "We would like to see you before you run. Running and jumping: please wait until you have "
        "heard from us. Easy walking is fine if it feels good."
    ),
}


@dataclass(frozen=True)
class SaidFirst:
    """What is said first, because `standing` is open: "urgent", "declined" or "red".

    `heading` is the first line, `lead` says that it comes from what was told before. Both are for
    the patient. `for_the_desk` says what it means for a visit.
    """

    standing: str

    @property
    def heading(self) -> str:
        """Return the first line; an urgent answer has no order about running but this."""
        return _("Please get care first") if self.standing == URGENT else _(LINES[WAIT])

    @property
    def besides(self) -> Words:
        """Return what the patient can book meanwhile, "" where only running waits."""
        return _BESIDES.get(self.standing, "")

    @property
    def lead(self) -> str:
        """Return that something from before is open, and what the patient can book meanwhile."""
        return " ".join(str(one) for one in (STILL_OPEN, self.besides) if one)

    @property
    def for_the_desk(self) -> Words:
        """Return what it means for the patient's next visit, in words for the desk."""
        return _FOR_THE_DESK[self.standing]

    @property
    def goes_ahead(self) -> bool:
        """Whether the visit can be said to go ahead; otherwise it only stays booked."""
        return self.standing == RED


def said_first(patient_id: UUID) -> SaidFirst | None:
    """Return what is said first to this patient, or None when nothing is open about her."""
    levels = {one.counts_as for one in open_concerns(patient_id)}
    if is_declined(patient_id):
        levels.add(DECLINED)
    return SaidFirst(min(levels, key=RANKS.index)) if levels else None


def said_before(form: Intake) -> SaidFirst | None:
    """Return what comes before what this sent form says, or None where the form says it itself.

    A form that is as serious as what is open has words of its own, which stay.
    """
    first = said_first(form.patient_id)
    if first is None or RANKS.index(first.standing) >= RANKS.index(form.level):
        return None
    return first


def told_first(form: Intake) -> str:
    """Return the first thing the desk tells a patient after it has sent her answers."""
    if (first := said_before(form)) is not None:
        heading = first.heading
        # The order to wait is a sentence, the other heading is not.
        return f"{heading if heading.endswith('.') else heading + '.'} {first.lead}"
    if form.level in _OF_A_FORM:
        return str(_OF_A_FORM[form.level])
    if form.next_step == "evaluation":
        return _("A check-up visit is your best next step.")
    return _("You can book a package of visits, or a single evaluation.")
