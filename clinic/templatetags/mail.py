"""Filters that describe mails to staff."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.messages.outbox import KINDS
from clinic.messages.reasons import words_for
from clinic.models.messages import Email
from clinic.templatetags.look import in_full

register = template.Library()

TROUBLES = {
    "silent": gettext_lazy("Mail is not being sent"),
    "late": gettext_lazy("Mail is late"),
}


@register.filter
def kind_name(kind: str) -> str:
    """Return the name of this kind of mail."""
    # A kind that is no longer registered still has rows.
    return str(KINDS[kind].name) if kind in KINDS else kind


@register.filter
def reason_words(reason: str) -> str:
    """Return in words why the mail was not sent."""
    return words_for(reason)


@register.filter
def trouble_words(trouble: str) -> str:
    """Return in words what is wrong with the sending of mail."""
    return str(TROUBLES.get(trouble, _("A mail needs a person")))


@register.filter
def what_became(row: Email) -> str:
    """Return the status of a mail, the reason for it, and when it was sent."""
    reason = f" ({words_for(row.reason)})" if row.reason else ""
    sent = f", {in_full(row.sent_at)}" if row.sent_at else ""
    return f"{row.get_status_display()}{reason}{sent}{_twice(row)}"


@register.filter
def when_sent(row: Email) -> str:
    """Return when a mail was sent, or else when it is due."""
    return f"{in_full(row.sent_at or row.due_at)}{_twice(row)}"


@register.filter
def addressee(row: Email) -> str:
    """Return the name of the recipient as lists show it: short for a patient."""
    if row.patient is not None:
        return row.patient.short_name
    return "" if row.user is None else row.user.get_full_name()


def _twice(row: Email) -> str:
    return " · " + _("possibly sent twice") if row.maybe_twice else ""
