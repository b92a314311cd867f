"""Two patient rows turn out to be one person: what the foundation keeps of her comes together."""

from uuid import UUID

from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient


def lock_pair(kept_id: UUID, joined_id: UUID) -> tuple[Patient, Patient]:
    """Lock and return both rows, always in the same order. Raises Patient.DoesNotExist.

    Rows that only point at a patient may still be written meanwhile; nothing waits in a circle.
    """
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=(kept_id, joined_id))
    found = {row.pk: row for row in rows.order_by("pk")}
    if kept_id not in found or joined_id not in found:
        raise Patient.DoesNotExist
    return found[kept_id], found[joined_id]


def merge_people(*, kept: Patient, joined: Patient) -> None:
    """Point `joined` and its mail and links at `kept`, whose contact data stays, gaps filled.

    A sign-in comes along only with the same mailbox: a stranger who typed her name and birth date
    must not reach her pages because staff took the two for one.
    """
    same_mailbox = kept.email.lower() == joined.email.lower()
    user, joined.is_unmatched = joined.user, False
    joined.merged_into = kept
    if same_mailbox and kept.user is None:
        joined.user = None
    joined.save(update_fields=["user", "is_unmatched", "merged_into"])
    if joined.user is None and kept.user is None:
        kept.user = user
    for name in ("email", "phone", "born_on", "interpreter"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(joined, name))
    if same_mailbox:
        kept.no_reminders_since = kept.no_reminders_since or joined.no_reminders_since
        kept.mail_bounced_at = kept.mail_bounced_at or joined.mail_bounced_at
    kept.is_unmatched = False
    kept.save()
    Patient.objects.filter(merged_into=joined).update(merged_into=kept)
    Email.objects.filter(patient=joined).update(patient=kept)
    AccessLink.objects.filter(patient=joined).update(patient=kept)
    # Her links ask for the kept row's birth date now: what was guessed so far goes on counting.
    if not BirthDateTries.objects.filter(patient=kept).exists():
        BirthDateTries.objects.filter(patient=joined).update(patient=kept)
