"""Read a case, and claims: which clinician is reviewing it, leaving it, and taking it over.

Opening a case claims nothing: "Start the review" does. A clinician has one claim at most, that of
the case she started last. A claim tells others who reviews; it stops nobody from signing.
"""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.models import Intake, TakeOver
from intake.patient_facts.facts import INTAKE_QUESTIONS
from intake.review.case import effective_answers

# A claim that is forgotten ends by itself; starting again, or any press on the case, renews it.
CLAIM_MINUTES = 15
_FIELDS = ["claimed_by", "claimed_until"]


class NotClaimed(Exception):
    """Nobody else is reviewing the case, so there is nothing to take over."""


def is_claimed(intake: Intake, now: datetime) -> bool:
    """Tell whether somebody has claimed the intake at `now`."""
    return intake.claimed_until is not None and intake.claimed_until > now


@retried
def read_case(*, intake_id: UUID, context: Context) -> Intake:
    """Record that the case is read, and return its intake.

    The audit event names the questions whose answers are shown, those of the patient's facts among
    them. If it cannot be written, the exception leaves nothing to show. Raises Intake.DoesNotExist,
    also for a patient whose record was erased: nothing is left of her form.
    """
    intake = Intake.objects.get(pk=intake_id, patient__erased_at__isnull=True)
    seen = {*effective_answers(intake, now=context.now).visible, *INTAKE_QUESTIONS, "stage"}
    record(context.actor, "read answers", intake, patient=intake.patient_id, fields=seen)
    return intake


@retried
def start_review(*, intake_id: UUID, clinician: User, context: Context) -> bool:
    """Claim the case for this clinician for 15 minutes and tell whether it is hers now.

    Not if somebody else is reviewing it. Another claim of hers ends. Raises Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    was_claimed = is_claimed(intake, context.now)
    is_hers = intake.claimed_by_id == clinician.pk
    if was_claimed and not is_hers:
        return False
    claim(intake, clinician, context.now)
    if not was_claimed:  # a claim that is only renewed begins no review
        record(context.actor, "start review", intake, patient=intake.patient_id)
    return True


def claim(intake: Intake, clinician: User, now: datetime) -> None:
    """Claim the case for this clinician for 15 minutes, and end any other claim of hers.

    The caller holds the intake's lock.
    """
    intake.claimed_by = clinician
    intake.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    intake.save(update_fields=_FIELDS)
    end_other_claims(clinician, intake.pk)


def end_other_claims(clinician: User, intake_id: UUID) -> None:
    """End every claim of this clinician but the one on this case."""
    others = Intake.objects.filter(claimed_by=clinician).exclude(pk=intake_id)
    # Two clinicians may start each other's cases at once. Neither waits for the other: a case that
    # is locked has something happen to it, and a claim ends by itself.
    free = others.select_for_update(skip_locked=True).values_list("pk", flat=True)
    Intake.objects.filter(pk__in=list(free)).update(claimed_by=None, claimed_until=None)


@retried
def leave_case(*, intake_id: UUID, clinician: User, actor: Actor) -> None:
    """End the claim if it is this clinician's, else change nothing. Raises Intake.DoesNotExist."""
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    # A colleague may have taken the case over since the page was shown.
    if intake.claimed_by_id == clinician.pk:
        intake.claimed_by = intake.claimed_until = None
        intake.save(update_fields=_FIELDS)
        record(actor, "leave case", intake, patient=intake.patient_id)


@retried
def take_over(*, intake_id: UUID, reason: str, clinician: User, context: Context) -> TakeOver:
    """Take over a case that another clinician has claimed, and store the reason.

    Her page is stale from then on, so that she reads the reason before she signs. Raises
    NotClaimed, and Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake_id)
    first = intake.claimed_by
    if first is None or first == clinician or not is_claimed(intake, context.now):
        raise NotClaimed
    row = TakeOver.objects.create(
        intake=intake, taken_from=first, taken_by=clinician, reason=reason, taken_at=context.now
    )
    # This is what makes the page of the first clinician stale.
    intake.version += 1
    intake.save(update_fields=["version"])
    claim(intake, clinician, context.now)
    record(context.actor, "take over case", intake, patient=intake.patient_id)
    return row
