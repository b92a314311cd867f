"""Mail a visit's link anew when the one mailed before opens nothing any more.

That is so after a change of address and after a merge with a row that had another one. Connected
when the app is ready.
"""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from booking.models import Appointment
from booking.reminders.actions import CONFIRMATION, MOVED, NEW_LINK, about
from clinic.audit.context import Context
from clinic.messages.outbox import owe_again
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.ownership.epochs import Change, epoch_raised

_ENDS_LINKS = (Change.MOVED, Change.MERGED_FROM_ELSEWHERE)
# A mail of these kinds that still waits brings a new link by itself.
_BRING_LINK = (CONFIRMATION, MOVED, NEW_LINK)


@receiver(epoch_raised)
def owe_new_links(patient: Patient, change: Change, context: Context, **kwargs: Any) -> None:
    """Owe her one mail with a new link for each visit ahead."""
    if change not in _ENDS_LINKS or not patient.email:
        return
    hers = Q(patient=patient) | Q(patient__merged_into=patient)
    visits = list(Appointment.objects.upcoming(context.now).filter(hers).order_by("starts_at"))
    waiting = Email.objects.filter(
        about__in=[about(one) for one in visits], kind__in=_BRING_LINK, status=Email.Status.DUE
    )
    told = set(waiting.values_list("about", flat=True))
    for visit in visits:
        if about(visit) not in told:
            _owe_link(visit, patient, context)


def _owe_link(visit: Appointment, patient: Patient, context: Context) -> None:
    earlier = Email.objects.filter(about=about(visit), rev=visit.rev, kind=NEW_LINK)
    if (last := earlier.order_by("copy").last()) is not None:
        # The address was changed before.
        owe_again(last, now=context.now)
        return
    Email.objects.create(
        kind=NEW_LINK,
        about=about(visit),
        rev=visit.rev,
        patient=patient,
        due_at=context.now,
        next_try_at=context.now,
        useless_after=visit.starts_at,
    )
