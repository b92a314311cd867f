"""Mail the confirmation or the link of a visit once more, as the desk asks or an event requires."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from booking.models import Appointment
from booking.reminders.actions import (
    CONFIRMATION,
    MOVED,
    NEW_LINK,
    PLAN,
    PLAN_MOVED,
    about,
    about_package,
)
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.outbox import owe, owe_again
from clinic.models.messages import Email
from clinic.models.people import Patient

Status = Email.Status
# The mails that bring a visit's link when it is agreed, for one visit and for several.
_OF_VISIT = (CONFIRMATION, MOVED, NEW_LINK)
_OF_SEVERAL = (PLAN, PLAN_MOVED)
_ARRIVES = (Status.DUE, Status.CLAIMED, Status.SENT)


def owe_anew(kind: str, visit: Appointment, *, patient: Patient, now: datetime) -> None:
    """Owe a mail of this kind about the visit as it is now, beside those owed before."""
    earlier = Email.objects.filter(about=about(visit), rev=visit.rev, kind=kind)
    if (last := earlier.order_by("copy").last()) is not None:
        owe_again(last, now=now)
        return
    owe(
        kind=kind,
        about=about(visit),
        rev=visit.rev,
        patient=patient,
        due_at=now,
        useless_after=visit.starts_at,
    )


def unmailed_visits(patient: Patient, visits: Collection[Appointment]) -> list[Appointment]:
    """Return those of her visits whose confirmation could not be mailed, in one statement.

    That is so while the clinic had no address of hers. Empty as long as she takes no mail.
    """
    if not patient.takes_mail or not visits:
        return []
    names = {about(one) for one in visits}
    packages = {about_package(one.enrollment_id) for one in visits if one.enrollment_id}
    rows = Email.objects.filter(about__in=names | packages, kind__in=_OF_VISIT + _OF_SEVERAL)
    mailed: set[str] = set()
    skipped: set[str] = set()
    for name, status, reason in rows.values_list("about", "status", "reason"):
        if status in _ARRIVES:
            mailed.add(name)
        elif reason == "no_address":
            skipped.add(name)
    return [one for one in visits if _names(one) & skipped and not _names(one) & mailed]


def _names(visit: Appointment) -> set[str]:
    return {about(visit), about_package(visit.enrollment_id)}


@transaction.atomic
def send_confirmation(*, visit: Appointment, context: Context) -> bool:
    """Owe the visit's confirmation, due at once; return whether it is owed now.

    It is not when the visit is not booked any more or has begun, or when she takes no mail.
    """
    visit = Appointment.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    patient = visit.patient.home
    is_ahead = visit.status == Appointment.Status.BOOKED and visit.starts_at > context.now
    if not is_ahead or not patient.takes_mail:
        return False
    owe_anew(CONFIRMATION, visit, patient=patient, now=context.now)
    record(context.actor, "send confirmation", visit, patient=patient)
    return True
