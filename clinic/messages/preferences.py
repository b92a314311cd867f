"""Turn a patient's reminders on or off. News of her appointments is mailed either way."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.outbox import Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.security.private_links import issue

# The purpose of the link to the page of reminders, and the kind of the mail that says they are off.
UNSUBSCRIBE = "unsubscribe"
REMINDERS_OFF = "reminders_off"


@transaction.atomic
def set_reminders(
    *, patient_id: UUID, wanted: bool, context: Context, tell_patient: bool = True
) -> Patient:
    """Turn reminders on or off for this patient and every row with the same e-mail; return hers.

    A mail says that they are off, and how to have them again; not with `tell_patient` False,
    because somebody has told her. Doing it twice changes nothing. The setting is read when a
    reminder is sent.
    """
    patient = Patient.objects.get(pk=patient_id)
    same = Q(pk=patient_id) | (Q(email_key=patient.email_key) if patient.email_key else Q())
    # In one order, so that two of these do not deadlock.
    rows = Patient.objects.select_for_update(no_key=True).filter(same).order_by("pk")
    changed = []
    for row in rows:
        if wanted == (row.no_reminders_since is None):
            continue
        row.no_reminders_since = None if wanted else context.now
        row.save(update_fields=["no_reminders_since"])
        record(context.actor, "reminders on" if wanted else "reminders off", patient=row)
        changed.append(row)
    # One mail, as all rows have the one address.
    if changed and not wanted and tell_patient:
        owe_reminders_off(changed[0], now=context.now)
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


def owe_reminders_off(patient: Patient, *, now: datetime) -> None:
    """Owe the mail that says that reminders are off."""
    about = f"reminders:{patient.pk}"
    # Numbered, as she may turn them off again and again.
    rev = Email.objects.filter(about=about, kind=REMINDERS_OFF).count()
    owe(kind=REMINDERS_OFF, about=about, rev=rev, patient=patient, due_at=now)


def still_off(email: Email, now: datetime) -> str | None:
    """Return None while reminders are off, else the reason why the mail is skipped."""
    patient = email.patient
    return None if patient is not None and patient.no_reminders_since is not None else "undone"


def reminders_off_message(email: Email) -> Message:
    """Return the mail, with a link to the page on which she turns them on again."""
    assert email.patient is not None  # `still_off` asked
    link = issue(
        purpose=UNSUBSCRIBE,
        about=f"patient:{email.patient_id}",
        patient=email.patient,
        expires_at=None,
    )
    return rendered("clinic/messages/email/reminders_off", {"reminders_url": link})


def register_kind() -> None:
    """Register this kind of mail with the sender."""
    register(
        REMINDERS_OFF,
        name=_("No more reminders"),
        render=reminders_off_message,
        still_due=still_off,
    )
