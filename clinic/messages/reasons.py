"""The stored reasons why a mail was not sent, or not yet, in words for staff."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REASONS = {
    "superseded": gettext_lazy("replaced by a later mail"),
    "cancelled": gettext_lazy("the visit was cancelled"),
    "not_booked": gettext_lazy("the visit is not booked any more"),
    "not_confirmed": gettext_lazy("nobody confirmed the visit yet"),
    "answered": gettext_lazy("she has answered"),
    "clock_law": gettext_lazy("the clock shows another time than she was promised"),
    "new_terms": gettext_lazy("reminders go at other times now"),
    "over": gettext_lazy("the offer is over"),
    "change_over": gettext_lazy("the change of e-mail is over, or this mailbox has said yes"),
    "undone": gettext_lazy("taken back"),
    "recorded": gettext_lazy("somebody has called"),
    "nothing_waits": gettext_lazy("nothing waits any more"),
    "erased": gettext_lazy("the form was erased"),
    "sent_meanwhile": gettext_lazy("the form has come"),
    "unsubscribed": gettext_lazy("she wants no reminders"),
    "no_access": gettext_lazy("this person cannot sign in any more"),
    "waits": gettext_lazy("it waits to be sent already"),
    "no_address": gettext_lazy("no address"),
    "no_birth_date": gettext_lazy("no date of birth, so that the link would not open"),
    "not_hers": gettext_lazy("who reads the address says it is not hers"),
    "too_late": gettext_lazy("too late to be of use"),
    "bounced": gettext_lazy("the address was refused"),
    "text_refused": gettext_lazy("the mail server refused what it says, or who sends it"),
    "server_away": gettext_lazy("the mail server does not answer"),
    "busy": gettext_lazy("the mail server is busy"),
    "cut_off": gettext_lazy("cut off while sending"),
    "cut_off_twice": gettext_lazy("cut off twice while sending"),
    "crashed_twice": gettext_lazy("stopped twice while sending"),
    "cannot_be_made": gettext_lazy("the mail could not be written"),
    "held_back": gettext_lazy("no mail went for hours, and nobody has said that this may go"),
    "restored": gettext_lazy("due before a backup was restored: it may have gone already"),
    "left_unsent": gettext_lazy("left unsent after a backup was restored"),
    "unknown_kind": gettext_lazy("nobody knows this kind of mail"),
}


def words_for(reason: str) -> str:
    """Return the words for a stored reason; "smtp_450" stands for a server's answer 450."""
    if reason.startswith("smtp_"):
        return _("the mail server said %(code)s") % {"code": reason.removeprefix("smtp_")}
    return str(REASONS.get(reason, reason))
