"""The mail that offers an earlier time: when, with whom, until when, and a link. Never why."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import SlotOffer
from clinic.messages.outbox import Message, owe, owe_again, register, withdraw
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.security.link_pages import register as register_link
from clinic.security.private_links import issue

# The kind of the mail, and the purpose of the link in it.
KIND = OFFER = "slot_offer"


def about_offer(offer: SlotOffer) -> str:
    """Return the name by which mails and links refer to this offer."""
    return f"offer:{offer.pk}"


def owe_offer(offer: SlotOffer, *, now: datetime) -> None:
    """Owe the mail, due at `now` and of no use once the offer is over."""
    owe(
        kind=KIND,
        about=about_offer(offer),
        patient=offer.wish.patient,
        due_at=now,
        useless_after=offer.expires_at,
    )


def owe_offer_again(offer: SlotOffer, *, now: datetime) -> None:
    """Owe the mail once more; one that still waits goes to the present address anyway."""
    last = Email.objects.filter(about=about_offer(offer), kind=KIND).order_by("copy").last()
    if last is not None:
        owe_again(last, now=now)


def withdraw_offer(offer: SlotOffer) -> None:
    """Withdraw the mail if it was not sent yet."""
    withdraw(about=about_offer(offer), reason="answered")


def _offer(email: Email) -> SlotOffer:
    """Return the offer that the mail is about."""
    rows = SlotOffer.objects.select_related("clinician", "wish__patient")
    return rows.get(pk=email.about.partition(":")[2])


def _still_due(email: Email, now: datetime) -> str | None:
    """Return None if the offer is open, else the reason why the mail is skipped."""
    offer = _offer(email)
    return None if offer.outcome == SlotOffer.Outcome.OPEN and offer.expires_at > now else "over"


def _render(email: Email) -> Message:
    """Return the mail with a new private link, good until the offer is over."""
    offer = _offer(email)
    link = issue(
        purpose=OFFER,
        about=email.about,
        patient=offer.wish.patient,
        expires_at=offer.expires_at,
    )
    return rendered("booking/waitlist/email/slot_offer", {"offer": offer, "offer_url": link})


def _page(link: AccessLink) -> str:
    """Return the address of the page that the link opens."""
    return reverse("slot_offer", args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Register the kinds of mail of the waitlist and their links."""
    register(KIND, name=_("Earlier time offered"), render=_render, still_due=_still_due)
    register_link(OFFER, _page)
