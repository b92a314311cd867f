"""The two mails of a change of e-mail, one to each mailbox, and the links in them.

Neither tells the other address. Each link is for one thing: a yes of that mailbox, or "this was not
me". The page behind it is found by the id of the change.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, owe, register, withdraw
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.security.link_pages import register as register_link
from clinic.security.private_links import issue, revoke
from intake.models import EmailChange
from intake.own_email.sides import Side

# The kinds of the mails, and the purposes of the links that say yes.
KINDS = {Side.OLD: "email_change_old", Side.NEW: "email_change_new"}
YES = {Side.OLD: "email_yes_old", Side.NEW: "email_yes_new"}
NOT_ME = "email_not_me"
PURPOSES = (*YES.values(), NOT_ME)


def about_change(change: EmailChange) -> str:
    """Return the name by which mails and links refer to this change."""
    return f"email-change:{change.pk}"


def owe_mails(change: EmailChange, *, now: datetime) -> None:
    """Owe a mail to each mailbox that has not said yes, in place of one that still waits."""
    withdraw(about=about_change(change), reason="superseded")
    for side in sides_missing(change):
        owe(
            kind=KINDS[side],
            about=about_change(change),
            rev=change.mailings,
            patient=change.patient,
            due_at=now,
            useless_after=change.open_until,
        )


def sides_missing(change: EmailChange) -> list[Side]:
    """Return the mailboxes that have not said yes."""
    given = {Side.OLD: change.old_confirmed_at, Side.NEW: change.new_confirmed_at}
    return [side for side, at in given.items() if at is None]


def close_mails(change: EmailChange, *, now: datetime) -> None:
    """Withdraw what waits, and revoke the links that were mailed."""
    withdraw(about=about_change(change), reason="change_over")
    for purpose in PURPOSES:
        revoke(purpose=purpose, about=about_change(change), now=now)


def _change(email: Email) -> EmailChange | None:
    key = email.about.partition(":")[2]
    return EmailChange.objects.select_related("patient").filter(pk=key).first()


def _still_due(email: Email, now: datetime) -> str | None:
    """Return None while this mailbox is to say yes, else the reason why the mail is skipped."""
    change = _change(email)
    if change is None or not change.is_open_at(now) or change.epoch != change.patient.epoch:
        return "change_over"
    return None if email.kind in [KINDS[side] for side in sides_missing(change)] else "change_over"


def _to_new(email: Email) -> str:
    """Return the new address, "" if the change is gone."""
    change = _change(email)
    return change.new_email if change is not None else ""


def _link(change: EmailChange, purpose: str) -> str:
    return issue(
        purpose=purpose,
        about=about_change(change),
        patient=change.patient,
        expires_at=change.open_until,
        # One to the new mailbox must not live on because it is hers now, nor store the address.
        to_any_address=True,
    )


def _render_old(email: Email) -> Message:
    change = _change(email)
    assert change is not None  # `_still_due` asked
    context = {
        "until": change.open_until,
        "yes_url": _link(change, YES[Side.OLD]),
        "not_me_url": _link(change, NOT_ME),
    }
    return rendered("intake/own_email/email/email_change_old", context)


def _render_new(email: Email) -> Message:
    change = _change(email)
    assert change is not None  # `_still_due` asked
    context = {"until": change.open_until, "yes_url": _link(change, YES[Side.NEW])}
    return rendered("intake/own_email/email/email_change_new", context)


def _page(link: AccessLink) -> str:
    """Return the address of the page that the link opens."""
    # The pages bear the names of the purposes.
    return reverse(link.purpose, args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Register both kinds of mail, and where the links lead.

    The mails are secret: their links are for the reader of that mailbox alone.
    """
    register(
        KINDS[Side.OLD],
        name=_("Change of e-mail, to the mailbox so far"),
        render=_render_old,
        still_due=_still_due,
        lane=Lane.ASKED,
        is_secret=True,
    )
    register(
        KINDS[Side.NEW],
        name=_("Change of e-mail, to the new mailbox"),
        render=_render_new,
        still_due=_still_due,
        lane=Lane.ASKED,
        is_secret=True,
        to=_to_new,
    )
    for purpose in PURPOSES:
        register_link(purpose, _page)
