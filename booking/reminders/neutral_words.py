"""The neutral name of a visit, for mails and calendars that others may read."""

from django.utils.translation import gettext as _

from booking.models import Appointment

# The purpose of the link to a visit's page.
MANAGE = "manage_visit"


def what_it_is(appointment: Appointment) -> str:
    """Return the neutral name of the visit. Mails say no more about it."""
    if appointment.visit_number:
        words = {"number": appointment.visit_number, "all": appointment.visit_count}
        return _("Appointment %(number)s of %(all)s") % words
    return _("Appointment")
