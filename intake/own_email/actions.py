"""Change the e-mail of a patient who signed in, once both mailboxes have said yes.

Every action locks her row first, as whatever else changes her address does, and then the change.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.backups.restored import restored
from clinic.database.retrying import retried
from clinic.identity.same_person import email_key
from clinic.models.people import Patient
from clinic.ownership.epochs import epoch_raised
from clinic.ownership.mailbox import prove
from clinic.people.contact import (
    NotHersToChange,
    change_address,
    rows_like,
    signs_in_somebody_else,
    wait_if_newly_alike,
)
from intake.concerns.task_kinds import FIX_CONTACT
from intake.concerns.tasks import owe_task
from intake.models import EmailChange
from intake.own_email.emails import about_change, close_mails, owe_mails, sides_missing
from intake.own_email.sides import Side

End = EmailChange.End


class AnotherIsOpen(Exception):
    """A change to another address is open already."""


@retried
def ask_change(*, patient_id: UUID, epoch: int, email: str, context: Context) -> EmailChange:
    """Ask both mailboxes whether her mail shall go to `email`, and return the open change.

    `epoch` is the row's when she was let in. Asked twice, it is one change and one pair of mails.
    Nothing here looks whether the address is known. Raises AnotherIsOpen, NotHersToChange and
    Patient.DoesNotExist.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    is_hers = patient.epoch == epoch and patient.user_id and patient.merged_into_id is None
    if not is_hers or email_key(email) == patient.email_key:
        raise NotHersToChange
    change = EmailChange.objects.open().filter(patient=patient).first()
    if change is not None and change.is_open_at(context.now):
        if email_key(change.new_email) != email_key(email):
            raise AnotherIsOpen
        return change
    if change is not None:
        _end(change, End.EXPIRED, context)
    change = EmailChange.objects.create(
        patient=patient, new_email=email, epoch=epoch, asked_at=context.now
    )
    owe_mails(change, now=context.now)
    record(context.actor, "ask to change e-mail", change, patient=patient)
    return change


@retried
def mail_again(*, change_id: UUID, context: Context) -> EmailChange:
    """Owe the mail once more to each mailbox that has not said yes. Raises DoesNotExist."""
    change = _locked(change_id)
    if change.is_open_at(context.now):
        change.mailings += 1
        change.save(update_fields=["mailings"])
        owe_mails(change, now=context.now)
        record(context.actor, "mail change of e-mail again", change, patient=change.patient)
    return change


@retried
def take_back(*, change_id: UUID, context: Context) -> EmailChange:
    """End the change as she asked. One that is over stays as it is. Raises DoesNotExist."""
    change = _locked(change_id)
    if change.ended_at is None:
        _end(change, End.TAKEN_BACK, context)
        record(context.actor, "take back change of e-mail", change, patient=change.patient)
    return change


@retried
def say_yes(*, change_id: UUID, side: Side, context: Context) -> EmailChange:
    """Note that this mailbox said yes, change the address if both have, and return the change.

    Said twice, or once it is over, it changes nothing: `ended_why` says what became of it. Raises
    DoesNotExist.
    """
    change = _locked(change_id)
    if not change.is_open_at(context.now) or side not in sides_missing(change):
        return change
    setattr(change, f"{side}_confirmed_at", context.now)
    change.save(update_fields=[f"{side}_confirmed_at"])
    record(
        context.actor, "confirm change of e-mail", change, patient=change.patient, reason=side.value
    )
    if not sides_missing(change):
        _finish(change, context)
    return change


@retried
def say_not_me(*, change_id: UUID, context: Context) -> EmailChange:
    """End the change, because the reader of the mailbox so far did not ask for it; tell the desk.

    Whoever asked was signed in as her and knows her date of birth: her sessions end. Raises
    DoesNotExist.
    """
    change = _locked(change_id)
    if not change.is_open_at(context.now):
        return change
    patient = change.patient
    _end(change, End.NOT_ME, context)
    if patient.user is not None:
        patient.user.end_sessions()
    record(context.actor, "stop change of e-mail", change, patient=patient)
    words = _(
        "Who reads her mailbox says that she did not ask to change her e-mail. Somebody was signed"
        " in as her and knows her date of birth. Call her. Nothing was changed."
    )
    _tell_desk(change, words, context)
    return change


def latest_change(patient: Patient) -> EmailChange | None:
    """Return the change she asked for last, open or over, or None."""
    return EmailChange.objects.filter(patient=patient).order_by("asked_at").last()


def forget_changes(*, now: datetime) -> int:
    """Delete the changes whose time is over, ended or not; return how many there were."""
    deleted, _by_model = EmailChange.objects.past(now).delete()
    return deleted


@receiver(epoch_raised)
def end_with_epoch(patient: Patient, context: Context, **kwargs: Any) -> None:
    """End what is open: the desk changed the address, her row was merged, or she was erased."""
    hers = Q(patient=patient) | Q(patient__merged_into=patient)
    for change in EmailChange.objects.open().filter(hers):
        _end(change, End.OVERTAKEN, context)


@receiver(restored)
def end_with_restore(context: Context, **kwargs: Any) -> None:
    """End what is open: nobody knows who said yes since the backup."""
    for change in EmailChange.objects.select_for_update().open():
        _end(change, End.OVERTAKEN, context)


def _locked(change_id: UUID) -> EmailChange:
    """Lock the patient's row, then the change, and return it as it is now."""
    patient_id = EmailChange.objects.values_list("patient", flat=True).get(pk=change_id)
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    change = EmailChange.objects.select_for_update().get(pk=change_id)
    change.patient = patient
    return change


def _finish(change: EmailChange, context: Context) -> None:
    """Change the address, or end without it when somebody else signs in with the new one."""
    patient, email = change.patient, change.new_email
    if patient.epoch != change.epoch or patient.merged_into_id is not None:
        _end(change, End.OVERTAKEN, context)
        return
    if signs_in_somebody_else(email, patient):
        _refuse(change, context)
        return
    # Ended first: raising the epoch ends what is open.
    _end(change, End.CHANGED, context)
    before = rows_like(patient)
    change_address(patient, email, context=context)
    wait_if_newly_alike(patient, before)
    # Who pressed the button in the new mailbox reads it.
    prove(patient, context.now)
    record(context.actor, "change own e-mail", patient, patient=patient, fields=["email"])


def _refuse(change: EmailChange, context: Context) -> None:
    _end(change, End.REFUSED, context)
    record(context.actor, "refuse change of e-mail", change, patient=change.patient, allowed=False)
    words = _(
        "She asked to change her e-mail, and it could not be done online: somebody else signs in"
        " with the new one. Call her, ask her name and date of birth, and enter another one."
    )
    _tell_desk(change, words, context)


def _tell_desk(change: EmailChange, words: str, context: Context) -> None:
    owe_task(
        patient=change.patient,
        kind=FIX_CONTACT,
        about=about_change(change),
        question=words,
        context=context,
    )


def _end(change: EmailChange, why: EmailChange.End, context: Context) -> None:
    change.ended_at, change.ended_why = context.now, why
    change.save(update_fields=["ended_at", "ended_why"])
    close_mails(change, now=context.now)
