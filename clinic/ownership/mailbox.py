"""Whether somebody proved to read the mail of a patient's row.

Whoever typed an address has not shown that it is hers. A mailed code that was typed shows it, and
so does a press on the page behind a mailed link; a change of the address forgets it.
"""

from datetime import datetime

from django.dispatch import Signal

from clinic.database.retrying import retried
from clinic.models.people import Patient

# Sent with `patient` and `now`, inside the transaction in which her mailbox was proven.
mailbox_proven = Signal()


def is_proven(patient: Patient) -> bool:
    """Return whether somebody proved to read the mail of this row's present address."""
    return bool(patient.email) and patient.proven_at is not None


@retried
def prove(patient: Patient, now: datetime) -> None:
    """Note that somebody has just shown to read the mail of this row.

    Stores it at once, with what who hears of it writes under locks. Does nothing for a row without
    an address.
    """
    if not patient.email:
        return
    patient.proven_at = now
    # Only while the address is still the one that was shown: the desk may have changed it since.
    rows = Patient.objects.filter(pk=patient.pk, email_key=patient.email_key)
    if rows.update(proven_at=now):
        mailbox_proven.send(sender=Patient, patient=patient, now=now)
