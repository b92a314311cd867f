"""Merge patient rows that are one person.

It is here because intake may import all apps whose rows change.
"""

from uuid import UUID

from django.db import IntegrityError

from booking.duplicates.actions import merge_bookings
from booking.models import Referral
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import differing
from clinic.known_patients.open_elsewhere import not_compared, with_something_open
from clinic.known_patients.queries import contact_of
from clinic.models.people import Patient
from clinic.people.merge_patients import lock_pair, merge_people
from intake.concerns.actions import merge_concerns
from intake.concerns.task_kinds import JOINED, KEPT_APART
from intake.duplicates.comparing import end_comparisons
from intake.emergency_access.actions import merge_emergency_accesses
from intake.emergency_contact.actions import merge_emergency_contacts
from intake.models import Intake, UrgentCall
from intake.refusals import (
    CHANGED_MEANWHILE,
    COMPARE_THIRD_FIRST,
    MERGED_ALREADY,
    NEEDS_WHY,
    SAME_ROW,
)


@retried
def merge_patients(
    *,
    kept_id: UUID,
    merged_id: UUID,
    context: Context,
    reason: str = "",
) -> Patient:
    """Merge one patient row into another and return the row that is kept.

    Everything of the merged row moves to it: forms, calls, visits, package, referral, mail, links.
    The stricter referral counts. Nothing is cancelled: a visit that overlaps another one is left
    to the desk. If name, date of birth or phone differ, a reason is needed. Raises Refused, with
    nothing changed, and Patient.DoesNotExist.
    """
    if kept_id == merged_id:
        raise Refused([SAME_ROW])
    pair = (kept_id, merged_id)
    # The forms first, then the patients: the lock order of every action that changes a referral.
    # list() runs the query: locking is all it is for.
    list(Intake.objects.select_for_update().filter(patient__in=pair).order_by("pk"))
    kept, merged = lock_pair(kept_id, merged_id)
    # Looked at under the lock: of two merges at once the second one ends here.
    if kept.merged_into_id or merged.merged_into_id:
        raise Refused([MERGED_ALREADY])
    if needs_reason(kept, merged) and not reason:
        raise Refused([NEEDS_WHY])
    waiting = _to_compare_first(kept, merged)
    try:
        referral = merge_bookings(kept=kept, merged=merged, context=context)
        Intake.objects.filter(patient=merged).update(patient=kept)
        UrgentCall.objects.filter(patient=merged).update(patient=kept)
        merge_emergency_contacts(kept=kept, merged=merged)
        merge_emergency_accesses(kept=kept, merged=merged)
        merge_people(kept=kept, merged=merged, context=context)
    except IntegrityError as error:
        # A row of one of them was written while this was under way.
        raise Refused([CHANGED_MEANWHILE]) from error
    if waiting - not_compared([kept]):
        # Her contact data led there, and is gone with the merged row.
        raise Refused([COMPARE_THIRD_FIRST])
    # Last: what may be booked follows from the forms and concerns of both.
    merge_concerns(kept=kept, merged=merged, context=context)
    end_comparisons(kept, outcome=JOINED.id, context=context)
    if referral is not None and referral.needs_pessary_fitting:
        # Said on a form of either row: it stays true whichever form is the latest.
        for current in Referral.objects.current().filter(patient=kept):
            current.needs_pessary_fitting = True
            current.save(update_fields=["needs_pessary_fitting"])
    record(context.actor, "merge patients", merged, patient=kept, words=reason)
    return kept


def _to_compare_first(kept: Patient, merged: Patient) -> set[Patient]:
    """Return the rows that may be hers too and must be found from the row that is kept.

    Those on which something is open, and all of them if something is open on one of these two.
    """
    waiting = not_compared([kept, merged])
    if with_something_open({kept.pk, merged.pk}):
        return waiting
    with_open = with_something_open({one.pk for one in waiting})
    return {one for one in waiting if one.pk in with_open}


def needs_reason(one: Patient, other: Patient) -> bool:
    """Return whether staff must write why the rows are one person.

    They differ, or the reader of the e-mail said that forms on one of them were not hers.
    """
    is_disowned = one.disowned_at is not None or other.disowned_at is not None
    return is_disowned or bool(differing(contact_of(one), contact_of(other)))


@retried
def keep_apart(*, patient_id: UUID, context: Context) -> Patient:
    """Note that staff compared the row with its likely matches and that it is another person."""
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    patient.is_unmatched = False
    patient.save(update_fields=["is_unmatched"])
    end_comparisons(patient, outcome=KEPT_APART.id, context=context)
    record(context.actor, "keep patients apart", patient, patient=patient)
    return patient


@retried
def compare_again(*, patient_id: UUID, context: Context) -> Patient:
    """Take back that the row is another person: it waits to be compared, as it did at first."""
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    patient.is_unmatched = True
    patient.save(update_fields=["is_unmatched"])
    record(context.actor, "compare patients again", patient, patient=patient)
    return patient
