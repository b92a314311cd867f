"""Hand a referral to booking: what the patient's open concerns and her latest form let her book."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from booking.appointments.attention import attention_of, set_attention
from booking.models import Referral
from booking.referrals.actions import replace_referral
from clinic.audit.context import Context
from clinic.database.retrying import retried
from clinic.models.people import Patient
from intake.episodes.open_concerns import is_declined, open_concerns
from intake.episodes.referral_terms import IntakeState, terms_for
from intake.models import Concern, Intake
from intake.triage.rules import URGENT


def latest_sent(patient_id: UUID) -> Intake | None:
    """Return the patient's latest sent full intake, or None."""
    full = Intake.objects.full().sent().filter(patient=patient_id)
    # `started_at` decides between forms sent at the same moment.
    return full.order_by("sent_at", "started_at").last()


def intake_state_of(intake: Intake, concerns: Sequence[Concern]) -> IntakeState:
    """Return the state of a sent intake, the patient's latest, with these open concerns of hers."""
    answers = intake.answers or {}
    birth = answers.get("bg.birth_date")
    assert intake.as_of is not None  # the constraint intake_sent_has_result
    return IntakeState(
        open_levels=frozenset(one.counts_as for one in concerns),
        # Whatever level the form had: what was urgent or red is resolved by then.
        lower_level="caution" if intake.flags.filter(level="caution").exists() else "clear",
        birth_date=date.fromisoformat(birth) if birth else None,
        sent_on=intake.as_of,
        is_decided=intake.decisions.standing().exists(),
        is_taken_back=all(one.state == Concern.State.TAKEN_BACK for one in concerns),
        is_declined=is_declined(intake.patient_id),
        needs_pessary_fitting="pessary_problem" in answers.get("bg.history", ()),
        because_of=f"intake:{intake.pk}",
        link=f"/review/{intake.pk}/",
    )


@retried
def refer_patient(*, patient_id: UUID, context: Context) -> Referral | None:
    """Write the referral that follows now from what is open, and mark the patient's coming visits.

    Every action that changes a concern, a decline or a form calls this in its own transaction. Her
    latest sent full intake gives the dates, her open concerns give what is closed. Returns the
    referral, or None when she has no sent full intake and nothing urgent is open: then nothing
    opens, and what an urgent answer closed stays closed.
    """
    # The lock: of two changes at once the later one sees what the earlier one wrote.
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    concerns = open_concerns(patient_id)
    latest = latest_sent(patient_id)
    level = concerns[0].counts_as if concerns else ""
    set_attention(patient=patient, attention=attention_of(level), now=context.now)
    if latest is not None:
        terms = terms_for(intake_state_of(latest, concerns))
        return replace_referral(patient=patient, terms=terms, context=context)
    if level == URGENT:
        # Without a sent form no referral follows from one. This one opens nothing, and replaces one
        # that the desk may have written.
        return replace_referral(
            patient=patient, terms=terms_for(_unsent_state(concerns)), context=context
        )
    return None


def _unsent_state(concerns: Sequence[Concern]) -> IntakeState:
    form = concerns[0].last_form
    return IntakeState(
        open_levels=frozenset([URGENT]),
        lower_level="caution",
        birth_date=None,
        sent_on=None,
        is_decided=False,
        because_of=f"intake:{form.pk}",
    )
