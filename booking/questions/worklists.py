"""Who comes soon and has not answered the questions, among the desk's lists."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment
from booking.questions.queries import links_mailed
from booking.referrals.questions import have_answers
from booking.worklists.queries import PATIENT, PHONE, WHEN, WITH, DeskList, WorkListRow
from clinic.identity.phone_words import phone_in_words
from clinic.models.people import Patient
from clinic.practice.wall_time import instant
from clinic.templatetags.look import in_full

# Early enough to ask on the telephone if she does not answer.
DAYS = 3


def _missing(now: datetime) -> Iterable[WorkListRow]:
    """Booked visits that begin within three days, by the clock on the wall, without answers."""
    zone = settings.CLINIC_TIME_ZONE
    wall = now.astimezone(ZoneInfo(zone))
    until = instant(wall.date() + timedelta(days=DAYS), wall.time(), zone)
    rows = (
        Appointment.objects.upcoming(now)
        .filter(~have_answers(), starts_at__lte=until)
        .select_related("patient", "clinician")
        .order_by("starts_at", "pk")
    )
    visits = list(rows)
    mailed = links_mailed({one.patient_id for one in visits})
    for visit in visits:
        last = mailed.get(visit.patient_id)
        cells = (
            visit.patient.name,
            phone_in_words(visit.patient.phone),
            visit.starts_at,
            visit.clinician.name,
            in_full(last.sent_at)
            if last is not None and last.sent_at
            else _not_mailed(visit.patient),
        )
        yield WorkListRow(cells, reverse("desk_appointment", args=[visit.pk]), visit.patient_id)


def _not_mailed(patient: Patient) -> str:
    return _("not yet") if patient.takes_mail else _("no address that works")


MISSING = DeskList(
    "questions",
    gettext_lazy("Visit within 3 days, questions missing"),
    gettext_lazy("She has not answered the questions: send her the link, or ask on the telephone."),
    (PATIENT, PHONE, WHEN, WITH, gettext_lazy("Link mailed")),
    _missing,
    times=frozenset({2}),
    position=35,
    is_beside=True,
)
