"""What a visit is called where others may read it."""

from django.utils.translation import gettext as _

from booking.models import Appointment

MANAGE = "manage_visit"


def what_it_is(appointment: Appointment) -> str:
    """Return the neutral name of the visit: mail says no more than that."""
    if appointment.visit_number:
        return _("Appointment %(number)s of 6") % {"number": appointment.visit_number}
    return _("Appointment")
