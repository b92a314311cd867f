"""Turn a patient's reminders on or off. News of her appointments is mailed either way."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.models.links import AccessLink
from clinic.models.people import Patient


@transaction.atomic
def set_reminders(*, patient_id: UUID, wanted: bool, context: Context) -> Patient:
    """Turn reminders on or off for this patient and every row with the same e-mail; return hers.

    Doing it twice changes nothing. The setting is read when a reminder is sent.
    """
    patient = Patient.objects.get(pk=patient_id)
    same = Q(pk=patient_id) | (Q(email_key=patient.email_key) if patient.email_key else Q())
    # In one order, so that two of these do not deadlock.
    rows = Patient.objects.select_for_update(no_key=True).filter(same).order_by("pk")
    for row in rows:
        if wanted == (row.no_reminders_since is None):
            continue
        row.no_reminders_since = None if wanted else context.now
        row.save(update_fields=["no_reminders_since"])
        record(context.actor, "reminders on" if wanted else "reminders off", patient=row)
    patient.refresh_from_db()
    return patient


def reader_of(link: AccessLink) -> Patient | None:
    """Return the patient whose reminders an unsubscribe link may stop, or None if there is none.

    It may stop mail to the address it was mailed to and to no other: after that address was
    changed or the row was merged, that is whoever has the address now, or nobody.
    """
    home = link.patient.home
    if link.given_to and home.email_key == link.given_to:
        return home
    rows = Patient.objects.current().filter(email_key=link.given_to, email_key__gt="")
    return rows.order_by("created_at", "pk").first()


UNSUBSCRIBE = "unsubscribe"
