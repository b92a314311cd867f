"""Check the date of birth beside a mailed link: five wrong tries lock it for 15 minutes.

Tries are counted for the patient and not for the link, so that a new link gives no new tries. The
date keeps out somebody who found the mail, not a partner, who knows it (docs/security.md).
"""

from datetime import date, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.links import BirthDateTries
from clinic.models.people import Patient

MOST_TRIES = 5
LOCKED = timedelta(minutes=15)


@retried
def knows_birth_date(*, patient_id: UUID, given: date, context: Context) -> bool:
    """Return whether `given` is the patient's date of birth, and count a wrong one.

    While it is locked the answer is False for any date, as the page must not tell the two apart.
    Raises Patient.DoesNotExist.
    """
    patient = Patient.objects.get(pk=patient_id)
    # Made first, then locked: there is nothing to lock before the first try.
    BirthDateTries.objects.get_or_create(patient=patient)
    tries = BirthDateTries.objects.select_for_update().get(patient=patient)
    if tries.locked_until is not None and tries.locked_until > context.now:
        record(context.actor, "give date of birth", patient=patient, allowed=False, reason="locked")
        return False
    if given == patient.born_on:
        BirthDateTries.objects.filter(pk=tries.pk).update(wrong=0, locked_until=None)
        record(context.actor, "give date of birth", patient=patient)
        return True
    tries.wrong += 1
    if tries.wrong >= MOST_TRIES:
        tries.wrong, tries.locked_until = 0, context.now + LOCKED
    tries.save(update_fields=["wrong", "locked_until"])
    record(context.actor, "give date of birth", patient=patient, allowed=False, reason="wrong")
    return False
