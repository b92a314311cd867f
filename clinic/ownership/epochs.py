"""A row changes hands: what was given out before to open it opens nothing any more.

A session, a private link and a calendar feed hold the patient's epoch of the time at which they
were given. Raising it ends all of them at once, also those that another transaction is just giving.
"""

from enum import StrEnum

from django.dispatch import Signal

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.models.links import AccessLink
from clinic.models.people import Patient

# Sent with `patient`, `change`, `before` (her epoch until then) and `context`, in the transaction
# that raised it: the apps above end or renew what they gave out. An error in a receiver stops it.
epoch_raised = Signal()


class EpochChange(StrEnum):
    """Why an epoch was raised."""

    # Somebody proved the mailbox and gave the date of birth: the row has a sign-in from now on.
    ATTACHED = "attached"
    # Another row with the same address, or one with another, was merged into this one.
    MERGED = "merged"
    MERGED_FROM_ELSEWHERE = "merged from elsewhere"
    # The address was changed; or given for the first time, so that nobody had one before.
    MOVED = "moved"
    ADDED = "added"
    # She was erased.
    ERASED = "erased"


def raise_epoch(
    patient: Patient, change: EpochChange, *, merged: Patient | None = None, context: Context
) -> None:
    """End what was given out to open this row, and store its new epoch.

    A link lives on if it was mailed to the address that the row has now. A session never does by
    itself: who may go on is given the new epoch (`clinic.ownership.browser`). With `merged`, the
    same is done for that row, whose links are still its own. Callers hold the lock of each row and
    have stored the address. Runs in the caller's transaction.
    """
    rows = [patient] if merged is None else [patient, merged]
    # Higher than both: a link that is just being issued for either row has a lower one.
    before, epoch = patient.epoch, max(row.epoch for row in rows) + 1
    for row in rows:
        links = AccessLink.objects.filter(patient=row, epoch=row.epoch)
        links.filter(given_to=patient.email_key, given_to__gt="").update(epoch=epoch)
        row.epoch = epoch
        row.save(update_fields=["epoch"])
    record(context.actor, "end what opened the record", patient=patient, reason=change)
    epoch_raised.send(
        sender=Patient, patient=patient, change=change, before=before, context=context
    )
