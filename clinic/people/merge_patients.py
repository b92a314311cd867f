"""Merge two patient rows that are one person: contact data, sign-in, mail and links."""

from uuid import UUID

from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient


def lock_pair(kept_id: UUID, joined_id: UUID) -> tuple[Patient, Patient]:
    """Lock both rows and return them as (kept, joined). Raises Patient.DoesNotExist.

    They are locked in the order of their keys, so two merges never wait for each other in a circle.
    Rows that refer to a patient can still be written meanwhile.
    """
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=(kept_id, joined_id))
    found = {row.pk: row for row in rows.order_by("pk")}
    if kept_id not in found or joined_id not in found:
        raise Patient.DoesNotExist
    return found[kept_id], found[joined_id]


def merge_people(*, kept: Patient, joined: Patient) -> None:
    """Merge the row `joined` into `kept`: its mail and links move, and it points at `kept`.

    The contact data of `kept` stays; only what is missing is taken from `joined`. The sign-in moves
    only if both rows have the same e-mail: a stranger who typed her name and date of birth must not
    reach her pages because staff merged the two.
    """
    same_mailbox = kept.email.lower() == joined.email.lower()
    user, joined.is_unmatched = joined.user, False
    joined.merged_into = kept
    if same_mailbox and kept.user is None:
        joined.user = None
    # Saved first: a user has one patient, so the column must be free before `kept` gets it.
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
    # Rows merged into `joined` before point at `kept` directly, so one step leads to her row.
    Patient.objects.filter(merged_into=joined).update(merged_into=kept)
    Email.objects.filter(patient=joined).update(patient=kept)
    AccessLink.objects.filter(patient=joined).update(patient=kept)
    # Her links now ask for the date of birth of `kept`; wrong tries so far go on counting.
    if not BirthDateTries.objects.filter(patient=kept).exists():
        BirthDateTries.objects.filter(patient=joined).update(patient=kept)
