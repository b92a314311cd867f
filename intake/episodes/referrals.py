"""Hand a referral to booking: what the flags, marks and calls of a patient's forms let her book."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from booking.appointments.attention import set_attention
from booking.models import Appointment, Referral
from booking.referrals.actions import replace_referral
from clinic.audit.context import Context
from clinic.database.retrying import retried
from clinic.models.people import Patient
from intake.episodes.referral_terms import IntakeState, terms_for
from intake.models import Decision, Flag, Intake, UrgentCall


def open_flags(intake: Intake) -> list[Flag]:
    """Return the intake's urgent and red flags that are not resolved.

    The mark "reviewed" alone resolves a red flag; an urgent one also needs the outcome of every
    call of the intake.
    """
    called = not intake.urgent_calls.filter(outcome_at__isnull=True).exists()
    return [
        flag
        for flag in intake.flags.to_mark()
        if flag.mark != Flag.Mark.REVIEWED or (flag.level == "urgent" and not called)
    ]


def has_open_flag(patient_id: UUID) -> bool:
    """Return whether an urgent or red flag of the patient's forms that count is not resolved.

    The forms that count are the latest full intake and every check-in. Source:
    docs/decisions/0018-episodes-and-check-ins.md.
    """
    full = Intake.objects.full().sent().filter(patient=patient_id)
    # `started_at` decides between forms sent at the same moment, here and below.
    latest = full.order_by("sent_at", "started_at").last()
    if open_calls_of(patient_id).exists():
        return True
    counts = Q(intake__kind=Intake.Kind.CHECKIN) | Q(intake=latest)
    flags = Flag.objects.to_mark().filter(counts, intake__patient=patient_id)
    return flags.exclude(mark=Flag.Mark.REVIEWED).exists()


def latest_sent(intake: Intake) -> Intake | None:
    """Return the latest sent full intake of this intake's patient, or None."""
    return intake.patient.intakes.full().sent().order_by("sent_at", "started_at").last()


def levels_elsewhere(intake: Intake) -> frozenset[str]:
    """Return the levels that other forms of the patient leave open.

    Urgent, if one of their calls is open in the sense of `open_calls_of`, and the level of every
    urgent or red flag of a check-in that is not marked "reviewed".
    """
    flags = Flag.objects.to_mark().filter(
        intake__patient=intake.patient_id, intake__kind=Intake.Kind.CHECKIN
    )
    unresolved = flags.exclude(intake=intake).exclude(mark=Flag.Mark.REVIEWED)
    levels = set(unresolved.values_list("level", flat=True))
    if open_calls_of(intake.patient_id).exclude(intake=intake).exists():
        levels.add("urgent")
    return frozenset(levels)


def open_calls_of(patient_id: UUID) -> QuerySet[UrgentCall]:
    """Return the patient's calls that still close booking.

    These are the calls without an outcome, and those of a draft that no clinician has decided on.
    """
    # A draft has no flags to mark: a decision is the only sign that a clinician has read it.
    is_open = Q(outcome_at=None) | Q(intake__sent_at=None, intake__decided_at=None)
    return UrgentCall.objects.filter(is_open, patient=patient_id)


def intake_state_of(intake: Intake) -> IntakeState:
    """Return the present state of a sent intake, from its stored flags, marks and calls."""
    answers = intake.answers or {}
    birth = answers.get("bg.birth_date")
    last = intake.decisions.standing().first()
    assert intake.as_of is not None  # the constraint intake_sent_has_result
    return IntakeState(
        open_levels=levels_elsewhere(intake) | {flag.level for flag in open_flags(intake)},
        lower_level="caution" if intake.flags.filter(level="caution").exists() else "clear",
        birth_date=date.fromisoformat(birth) if birth else None,
        sent_on=intake.as_of,
        is_decided=last is not None,
        # On any form of hers: a draft with a changed urgent answer counts as well.
        has_unreviewed_change=intake.patient.intakes.filter(has_unreviewed_change=True).exists(),
        is_declined=last is not None and last.next_act == Decision.NextAct.DECLINE,
        needs_pessary_fitting="pessary_problem" in answers.get("bg.history", ()),
        because_of=f"intake:{intake.pk}",
        link=f"/review/{intake.pk}/",
    )


# The mark on coming visits for each level of the referral.
ATTENTION = {
    "urgent": Appointment.Attention.STOP,
    "red": Appointment.Attention.RED,
}


@retried
def refer(*, intake: Intake, context: Context) -> Referral | None:
    """Write the referral that the patient's forms give now, and mark her coming visits.

    Returns the referral, or None when she has no sent full intake. Her latest sent full intake
    counts: a decision on an older one opens nothing by itself. Without a sent one nothing opens,
    and what an urgent answer closed stays closed; only the mark on her visits is removed, when her
    last call is closed.
    """
    # The lock: of decisions on two of her forms the later one sees what the earlier one wrote.
    Patient.objects.select_for_update().get(pk=intake.patient_id)
    latest = latest_sent(intake)
    if latest is None:
        is_open = open_calls_of(intake.patient_id).exists()
        attention = Appointment.Attention.STOP if is_open else Appointment.Attention.NONE
        set_attention(patient=intake.patient, attention=attention, now=context.now)
        return None
    terms = terms_for(intake_state_of(latest))
    referral = replace_referral(patient=intake.patient, terms=terms, context=context)
    attention = ATTENTION.get(terms.level, Appointment.Attention.NONE)
    set_attention(patient=intake.patient, attention=attention, now=context.now)
    return referral
