"""The list of mails that are owed or were sent, for the screen and for a file."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.worklists.queries import WorkListRow
from clinic.messages.outbox import secret_kinds
from clinic.messages.upkeep import counted_mails, sending
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.people.staff_bar import BarLink
from clinic.templatetags.mail import kind_name, reason_words, trouble_words

COLUMNS = (
    gettext_lazy("To"),
    gettext_lazy("What"),
    gettext_lazy("Sent"),
    gettext_lazy("Due"),
    gettext_lazy("State"),
)
# The columns, from 0, whose cells are times.
TIMES = frozenset({2, 3})


def mails_latest(status: str, now: datetime) -> QuerySet[Email]:
    """Return the mails, what happened last first: when a mail was sent, or else when it was made.

    With an Email.Status they are the mails that the page counts under it at `now`; empty or
    unknown, they are all mails.
    """
    rows = Email.objects.all()
    if status in Email.Status.values:
        rows = counted_mails(now).filter(status=status)
    latest = Coalesce("sent_at", "created_at").desc()
    return rows.select_related("patient", "user").order_by(latest, "id")


def mail_lines(mails: Iterable[Email]) -> Iterator[WorkListRow]:
    """Yield the rows of these mails. They name people and never show an address.

    A mail whose text is secret has no page.
    """
    secret = secret_kinds()
    for row in mails:
        url = "" if row.kind in secret else reverse("desk_mail", args=[row.pk])
        cells = _to(row), kind_name(row.kind), row.sent_at or "", row.due_at, _state(row)
        yield WorkListRow(cells, url, row.patient_id)


def _to(row: Email) -> str:
    """Return the name of the patient or the member of staff who gets the mail."""
    if row.patient is not None:
        return row.patient.short_name
    return row.user.get_full_name() if row.user is not None else ""


def _state(row: Email) -> str:
    """Return the status of a mail and, if it was not sent, the reason."""
    state = row.get_status_display()
    if not row.reason:
        return state
    return _("%(state)s (%(reason)s)") % {"state": state, "reason": reason_words(row.reason)}


def mail_trouble_for(user: User, now: datetime) -> Iterator[BarLink]:
    """Yield what the staff bar tells a manager of mail that is not sent at `now`."""
    if user.is_manager and (trouble := sending().trouble(now)):
        yield BarLink("mail", "mail", trouble_words(trouble), reverse("desk_mails"))
