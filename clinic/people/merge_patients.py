"""Merge two patient rows that are one person: contact data, sign-in, mail and links."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.known_patients.open_elsewhere import compared_with
from clinic.known_patients.queries import likely_matches
from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.ownership.epochs import EpochChange, raise_epoch


def lock_pair(kept_id: UUID, merged_id: UUID) -> tuple[Patient, Patient]:
    """Lock both rows and return them as (kept, merged). Raises Patient.DoesNotExist.

    They are locked in the order of their keys, so two merges never wait for each other in a circle.
    Rows that refer to a patient can still be written meanwhile. A row that was erased does not
    exist: what is merged into it would be seen by nobody.
    """
    rows = Patient.objects.select_for_update(no_key=True).filter(
        pk__in=(kept_id, merged_id), erased_at__isnull=True
    )
    found = {row.pk: row for row in rows.order_by("pk")}
    if kept_id not in found or merged_id not in found:
        raise Patient.DoesNotExist
    return found[kept_id], found[merged_id]


def merge_people(*, kept: Patient, merged: Patient, context: Context) -> None:
    """Merge the row `merged` into `kept`: its mail and links move, and it points at `kept`.

    The contact data of `kept` stays; only what is missing is taken from `merged`. The sign-in moves
    only if both rows have the same e-mail: a stranger who typed her name and date of birth must not
    reach her pages because staff merged the two. What opened either row opens nothing any more,
    unless it was mailed to the address that is kept (`clinic.ownership.epochs`).
    """
    same_mailbox = kept.email_key == merged.email_key
    compared = compared_with([kept, merged])
    user, merged.is_unmatched = merged.user, False
    merged.user, merged.merged_into = None, kept
    # Saved first: a user has one patient, so the column must be free before `kept` gets it.
    merged.save(update_fields=["user", "is_unmatched", "merged_into"])
    if same_mailbox and kept.user is None:
        kept.user = user
    elif user is not None:
        user.end_sessions()
    if same_mailbox:
        kept.no_reminders_since = kept.no_reminders_since or merged.no_reminders_since
        kept.mail_bounced_at = kept.mail_bounced_at or merged.mail_bounced_at
        kept.proven_at = max(filter(None, (kept.proven_at, merged.proven_at)), default=None)
    for name in ("email", "phone", "born_on", "interpreter"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(merged, name))
    # Compared with this row, not with a third one that agrees with it, too.
    alike = {one.patient for one in likely_matches([kept])[kept.pk]}
    kept.is_unmatched = bool(alike - compared)
    kept.disowned_at = None
    kept.save()
    change = EpochChange.MERGED if same_mailbox else EpochChange.MERGED_FROM_ELSEWHERE
    raise_epoch(kept, change, merged=merged, context=context)
    # Rows merged into `merged` before point at `kept` directly, so one step leads to her row.
    Patient.objects.filter(merged_into=merged).update(merged_into=kept)
    Email.objects.filter(patient=merged).update(patient=kept)
    AccessLink.objects.filter(patient=merged).update(patient=kept)
    # Her links now ask for the date of birth of `kept`; wrong tries so far go on counting.
    if not BirthDateTries.objects.filter(patient=kept).exists():
        BirthDateTries.objects.filter(patient=merged).update(patient=kept)
