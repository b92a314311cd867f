"""Mail a visit's link anew when the one mailed before opens nothing any more.

That is so after a change of address and after a merge with a row that had another one. Connected
when the app is ready.
"""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from booking.models import Appointment
from booking.reminders.actions import CONFIRMATION, MOVED, NEW_LINK, about
from booking.reminders.again import owe_anew
from clinic.audit.context import Context
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.ownership.epochs import EpochChange, epoch_raised

_ENDS_LINKS = (EpochChange.MOVED, EpochChange.MERGED_FROM_ELSEWHERE)


@receiver(epoch_raised)
def owe_new_links(patient: Patient, change: EpochChange, context: Context, **kwargs: Any) -> None:
    """Owe her one mail with a new link for each visit ahead."""
    if change not in _ENDS_LINKS or not patient.email:
        return
    hers = Q(patient=patient) | Q(patient__merged_into=patient)
    visits = list(Appointment.objects.upcoming(context.now).filter(hers).order_by("starts_at"))
    waiting = Email.objects.filter(
        about__in=[about(one) for one in visits],
        kind__in=(CONFIRMATION, MOVED, NEW_LINK),
        status=Email.Status.DUE,
    )
    # A mail that still waits brings a new link by itself.
    told = set(waiting.values_list("about", flat=True))
    for visit in visits:
        if about(visit) not in told:
            owe_anew(NEW_LINK, visit, patient=patient, now=context.now)
