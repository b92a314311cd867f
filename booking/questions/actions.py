"""Owe a patient the mail with her link to the questions, as the desk asks."""

from booking.questions.links import about
from booking.questions.queries import LINK, asked_of
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.people.locking import lock_patient


@retried
def send_questions(*, patient: Patient, context: Context) -> bool:
    """Owe the mail with her link, due at once; return whether it was owed now.

    It is not when she has answered, when no link can be mailed to her, and while a mail that
    carries the link is about to go. Raises Patient.DoesNotExist for a patient who was erased.
    """
    # Locked, so that of two presses at once the second sees the mail of the first.
    row = lock_patient(patient.pk)
    if not asked_of(row).can_send:
        return False
    owe(
        kind=LINK,
        about=about(row.pk),
        # Each is a mail of its own: `owe` would return the earlier row for the same number.
        rev=Email.objects.filter(kind=LINK, about=about(row.pk)).count(),
        patient=row,
        due_at=context.now,
    )
    record(context.actor, "send questions", row, patient=row)
    return True
