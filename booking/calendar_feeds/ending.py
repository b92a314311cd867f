"""Calendar addresses end when a patient's row changes hands. Connected when the app is ready."""

from typing import Any

from django.dispatch import receiver

from booking.models import CalendarFeed
from clinic.audit.context import Context
from clinic.backups.restored import restored
from clinic.models.people import Patient
from clinic.ownership.epochs import EpochChange, epoch_raised

# The address was opened by somebody who read the mailbox that is kept.
_STAYS_HERS = (EpochChange.MERGED, EpochChange.MERGED_FROM_ELSEWHERE)


@receiver(epoch_raised)
def end_feeds(
    patient: Patient, change: EpochChange, before: int, context: Context, **kwargs: Any
) -> None:
    """Close the patient's calendar address, unless another row was merged into hers."""
    feeds = CalendarFeed.objects.filter(patient=patient, revoked_at__isnull=True)
    if change in _STAYS_HERS:
        # That of the merged row was closed before (booking.duplicates).
        feeds.filter(epoch=before).update(epoch=patient.epoch)
    else:
        feeds.update(revoked_at=context.now)


@receiver(restored)
def end_all_feeds(context: Context, **kwargs: Any) -> None:
    """Close every calendar address: one that was closed since the backup is open in it."""
    CalendarFeed.objects.filter(revoked_at__isnull=True).update(revoked_at=context.now)
