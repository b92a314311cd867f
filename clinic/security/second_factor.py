"""Check the date of birth beside a mailed link: five wrong tries lock it for 15 minutes.

Tries are counted for the patient and not for the link, so that a new link gives no new tries. The
date keeps out somebody who found the mail, not a partner, who knows it (docs/security.md).
"""

from collections.abc import Iterable
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
    return bool(_born_on([patient], given, context))


@retried
def rows_born_on(*, patients: Iterable[UUID], given: date, context: Context) -> list[Patient]:
    """Return the rows whose date of birth is `given`; with none, count a wrong try for all.

    A row that is locked is not among them, whatever its date. Unknown ids are left out.
    """
    # In one order, so that two of these never wait for each other in a circle.
    rows = list(Patient.objects.filter(pk__in=list(patients)).order_by("pk"))
    return _born_on(rows, given, context)


def _born_on(patients: Iterable[Patient], given: date, context: Context) -> list[Patient]:
    tries = [_locked_tries(one) for one in patients]
    is_locked = {
        one.pk: one.locked_until is not None and one.locked_until > context.now for one in tries
    }
    open_ones = [one for one in tries if not is_locked[one.pk]]
    right = [one for one in open_ones if one.patient.born_on == given]
    for one in right:
        BirthDateTries.objects.filter(pk=one.pk).update(wrong=0, locked_until=None)
        record(context.actor, "give date of birth", patient=one.patient)
    if not right:
        for one in tries:
            _note_wrong(one, is_locked=is_locked[one.pk], context=context)
    return [one.patient for one in right]


def _locked_tries(patient: Patient) -> BirthDateTries:
    # Made first, then locked: there is nothing to lock before the first try.
    BirthDateTries.objects.get_or_create(patient=patient)
    tries = BirthDateTries.objects.select_for_update().get(patient=patient)
    tries.patient = patient
    return tries


def _note_wrong(tries: BirthDateTries, *, is_locked: bool, context: Context) -> None:
    reason = "locked" if is_locked else "wrong"
    if not is_locked:
        tries.wrong += 1
        if tries.wrong >= MOST_TRIES:
            tries.wrong, tries.locked_until = 0, context.now + LOCKED
        tries.save(update_fields=["wrong", "locked_until"])
    record(context.actor, "give date of birth", patient=tries.patient, allowed=False, reason=reason)
    if not is_locked and not tries.wrong:
        # The count began anew: this try closed it.
        record(
            context.actor,
            "lock sign-in",
            patient=tries.patient,
            allowed=False,
            reason="date of birth",
        )
