"""The list of mails that are owed or were sent, for the screen and for a file."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.worklists.queries import WorkListRow
from clinic.messages.outbox import secret_kinds
from clinic.messages.upkeep import sending
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.people.staff_bar import BarLink
from clinic.templatetags.look import in_full
from clinic.templatetags.mail import kind_name, reason_words, trouble_words

# How many mails the list shows.
MOST_LISTED = 200
COLUMNS = (
    gettext_lazy("To"),
    gettext_lazy("What"),
    gettext_lazy("Due"),
    gettext_lazy("State"),
)


def mail_lines() -> Iterator[WorkListRow]:
    """Yield the latest mails, newest first, in one statement.

    A mail whose text is secret has no page. The rows name people and never show an address.
    """
    secret = secret_kinds()
    rows = Email.objects.select_related("patient", "user").order_by("-due_at")
    for row in rows[:MOST_LISTED]:
        url = "" if row.kind in secret else reverse("desk_mail", args=[row.pk])
        cells = _to(row), kind_name(row.kind), in_full(row.due_at), _state(row)
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
