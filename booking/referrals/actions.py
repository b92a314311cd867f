"""Write referrals. The only other writer is a merge of two patients (booking.duplicates)."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.conf import settings

from booking.models import Referral
from booking.refusals import INTAKE_STANDS, ONLY_EVALUATION, Refused
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date


@dataclass(frozen=True, slots=True)
class ReferralTerms:
    """What a new referral says; the fields are those of the model.

    An `…_opens_on` of None closes the service.
    """

    level: str
    source: str
    because_of: str = ""
    link: str = ""
    evaluation_opens_on: date | None = None
    run_ready_opens_on: date | None = None
    evaluation_closed: str = ""
    run_ready_closed: str = ""
    first_visit_from: date | None = None
    impact_from: date | None = None
    stops_self_booking: bool = False
    needs_pessary_fitting: bool = False
    intake_sent_on: date | None = None


@retried
def replace_referral(*, patient: Patient, terms: ReferralTerms, context: Context) -> Referral:
    """Store these terms as the patient's current referral, superseding the one before; return it.

    Raises Refused when the desk would open the package, or overrule a result of an intake or a
    decision.
    """
    # The patient's row is the lock: of two results at once, the second supersedes the first.
    Patient.objects.select_for_update().get(pk=patient.pk)
    current = Referral.objects.current().filter(patient=patient).first()
    if terms.source == Referral.Source.DESK:
        _check_desk(terms, current)
    if current is not None:
        current.superseded_at = context.now
        current.save(update_fields=["superseded_at"])
    today = clinic_date(context.now, settings.CLINIC_TIME_ZONE)
    # The answers go out of date, so the days count from when they were sent.
    counted_from = terms.intake_sent_on or today
    referral = Referral.objects.create(
        patient=patient,
        made_at=context.now,
        expires_on=counted_from + timedelta(days=current_policy().referral_days),
        **asdict(terms),
    )
    record(context.actor, "refer", referral, patient=patient, reason=terms.because_of)
    return referral


def referral_of_package(
    *, patient: Patient, first_visit_from: date, impact_from: date, context: Context
) -> Referral:
    """Return the referral on which a package from another system stands: hers, or one made for it.

    Nobody here has asked her anything, so the one that is made opens nothing and is superseded at
    once. The caller holds the patient's row.
    """
    current = Referral.objects.current().filter(patient=patient).first()
    if current is not None:
        return current
    return Referral.objects.create(
        patient=patient,
        level=Referral.Level.CAUTION,
        source=Referral.Source.DESK,
        because_of="moved in",
        evaluation_closed=Referral.Closed.NOT_SCREENED,
        run_ready_closed=Referral.Closed.NOT_SCREENED,
        first_visit_from=first_visit_from,
        impact_from=impact_from,
        expires_on=clinic_date(context.now, settings.CLINIC_TIME_ZONE),
        made_at=context.now,
        superseded_at=context.now,
    )


def _check_desk(terms: ReferralTerms, current: Referral | None) -> None:
    """Raise Refused when these terms are more than the desk may give."""
    if terms.run_ready_opens_on is not None:
        raise Refused([ONLY_EVALUATION])
    if current is not None and current.source != Referral.Source.DESK:
        raise Refused([INTAKE_STANDS])
