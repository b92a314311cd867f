"""Attach a patient's row to the sign-in of the person who proved its mailbox and her birth date."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import email_key
from clinic.known_patients.queries import likely_matches
from clinic.models.people import Patient, User
from clinic.ownership.epochs import EpochChange, raise_epoch
from clinic.ownership.mailbox import prove


class NotHers(Exception):
    """The row cannot be attached: it has another address or sign-in, or was merged or disowned."""


@retried
def attach_row(*, user: User, patient_id: UUID, context: Context) -> Patient:
    """Attach the row to a user who typed the mailed code and gave the date of birth; return hers.

    Browsers that opened it before open nothing any more; links mailed to the address live on. If
    she has a row already, that one is returned unchanged. Raises NotHers and Patient.DoesNotExist.
    """
    # The lock: of two answers at once the second finds the row of the first.
    user = User.objects.select_for_update().get(pk=user.pk)
    own = Patient.objects.current().filter(user=user).first()
    if own is not None:
        return own
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    is_free = patient.user_id is None and patient.merged_into_id is None
    if not is_free or patient.disowned_at or patient.email_key != email_key(user.email):
        raise NotHers
    # A row of hers that was merged into another may still hold the sign-in.
    Patient.objects.filter(user=user).update(user=None)
    patient.user = user
    # A sign-in compares nothing: another row that may be hers still waits for staff. Asked of every
    # row, so that nobody learns from the time it takes.
    is_alike = bool(likely_matches([patient])[patient.pk])
    patient.is_unmatched = patient.is_unmatched and is_alike
    patient.save(update_fields=["user", "is_unmatched"])
    prove(patient, context.now)
    raise_epoch(patient, EpochChange.ATTACHED, context=context)
    record(context.actor, "attach row", patient, patient=patient)
    return patient
