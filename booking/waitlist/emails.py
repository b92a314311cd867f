"""The mail about an earlier time: when, with whom, until when, and a link. Never why."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import SlotOffer
from clinic.messages.outbox import Message, owe, register, withdraw
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.security.link_pages import register as register_link
from clinic.security.private_links import issue

KIND = OFFER = "slot_offer"


def about_offer(offer: SlotOffer) -> str:
    """Return how mails and links name this offer."""
    return f"offer:{offer.pk}"


def owe_offer(offer: SlotOffer, *, now: datetime) -> None:
    """Owe the mail, due now, of no use once the offer is over."""
    owe(
        kind=KIND,
        about=about_offer(offer),
        patient=offer.wish.patient,
        due_at=now,
        useless_after=offer.expires_at,
    )


def withdraw_offer(offer: SlotOffer) -> None:
    """Take the mail back, if it has not gone."""
    withdraw(about=about_offer(offer), reason="answered")


def _offer(email: Email) -> SlotOffer:
    rows = SlotOffer.objects.select_related("clinician", "wish__patient")
    return rows.get(pk=email.about.partition(":")[2])


def _still_open(email: Email, now: datetime) -> str | None:
    offer = _offer(email)
    return None if offer.outcome == SlotOffer.Outcome.OPEN and offer.expires_at > now else "over"


def _render(email: Email) -> Message:
    offer = _offer(email)
    link = issue(
        purpose=OFFER,
        about=email.about,
        patient=offer.wish.patient,
        expires_at=offer.expires_at,
    )
    return rendered("booking/waitlist/email/slot_offer", {"offer": offer, "offer_url": link})


def _page(link: AccessLink) -> str:
    return reverse("slot_offer", args=[link.about.partition(":")[2]])


def register_offer_mail() -> None:
    """Make the mail and its link known to the foundation."""
    register(KIND, name=_("Earlier time offered"), render=_render, still_due=_still_open)
    register_link(OFFER, _page)
