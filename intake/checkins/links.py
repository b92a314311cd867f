"""The private link to the check-in of a visit, and the line of a mail that carries it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.signals import Invitation, visit_mail_written
from clinic.models.links import AccessLink
from clinic.security.link_pages import register
from clinic.security.private_links import issue
from intake.checkins.queries import sent_checkin
from intake.checkins.window import has_checkin, is_open

CHECK_IN = "check_in"


def about(appointment: Appointment) -> str:
    """Return the name by which links refer to the check-in of this visit."""
    return f"check-in:{appointment.pk}"


def invitation(appointment: Appointment, now: datetime) -> Invitation | None:
    """Return the line for a mail while the check-in is open and not sent, or None."""
    zone = settings.CLINIC_TIME_ZONE
    if not has_checkin(appointment.visit_number) or not is_open(appointment.starts_at, now, zone):
        return None
    if sent_checkin(appointment) is not None:
        return None
    link = issue(
        purpose=CHECK_IN,
        about=about(appointment),
        patient=appointment.patient,
        # As the window of the check-in: from then on only the front desk can enter it.
        expires_at=appointment.starts_at,
    )
    return Invitation(_("Please fill in a short form before you come:"), link)


def _page(link: AccessLink) -> str:
    """Return the address of the check-in that the link names (see `about`)."""
    return reverse("check_in", args=[link.about.partition(":")[2]])


def register_links() -> None:
    """Register where these links lead. Called once, when the app is ready."""
    register(CHECK_IN, _page)


@receiver(visit_mail_written)
def invite(appointment: Appointment, now: datetime, **kwargs: Any) -> Invitation | None:
    """Answer booking's signal with the line for a mail."""
    return invitation(appointment, now)
