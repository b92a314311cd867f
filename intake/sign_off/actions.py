"""Sign off the clinical rules. Nothing else writes a sign-off."""

from datetime import date

from django.db import transaction

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.before_opening.facts_rows import tell_again
from clinic.models.people import Clinician
from intake.models import RulesSignOff


@transaction.atomic
def sign_off_rules(
    *,
    version: str,
    clinician: Clinician,
    name: str,
    license_number: str,
    signed_on: date,
    context: Context,
) -> RulesSignOff:
    """Add a clinician's signature under this version of the rules."""
    row = RulesSignOff.objects.create(
        rules_version=version,
        clinician=clinician,
        name=name,
        license_number=license_number,
        signed_on=signed_on,
        signed_at=context.now,
    )
    record(context.actor, "sign off rules", row, reason=version)
    tell_again()
    return row
