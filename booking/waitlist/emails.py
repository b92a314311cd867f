"""The mails of the waitlist: an earlier time is offered, was taken, was left. Never why."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, SlotOffer
from booking.reminders.actions import message_about
from booking.waitlist.queries import answer_undo_until
from clinic.messages.outbox import Message, owe, owe_again, register, withdraw
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.security.link_pages import register as register_link
from clinic.security.private_links import issue

# The kind of the mail, and the purpose of the link in it.
KIND = OFFER = "slot_offer"
# The kinds of the mails about her answer.
TAKEN, LEFT = "offer_taken", "offer_left"


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


def owe_taken(offer: SlotOffer, visit: Appointment, *, now: datetime) -> None:
    """Owe the mail about what she took, due at `now`, with a link to take it back."""
    _owe_answer(TAKEN, offer, now=now, useless_after=visit.starts_at)


def owe_left(offer: SlotOffer, *, now: datetime) -> None:
    """Owe the mail that she left the time to others, of no use once she cannot take it back."""
    _owe_answer(LEFT, offer, now=now, useless_after=answer_undo_until(offer))


def _owe_answer(
    kind: str, offer: SlotOffer, *, now: datetime, useless_after: datetime | None
) -> None:
    about = about_offer(offer)
    owe(
        kind=kind,
        about=about,
        # Numbered: she may leave a time, take that back and leave it again.
        rev=Email.objects.filter(about=about, kind=kind).count(),
        patient=offer.wish.patient,
        due_at=now,
        useless_after=useless_after,
    )


def withdraw_offer(offer: SlotOffer) -> None:
    """Withdraw the mail if it was not sent yet."""
    withdraw(about=about_offer(offer), reason="answered")


def _offer(email: Email) -> SlotOffer:
    """Return the offer that the mail is about."""
    rows = SlotOffer.objects.select_related("clinician", "wish__patient", "visit")
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


def _still_taken(email: Email, now: datetime) -> str | None:
    """Return None if she has what she took, else the reason why the mail is skipped."""
    return None if _offer(email).outcome == SlotOffer.Outcome.ACCEPTED else "undone"


def _render_taken(email: Email) -> Message:
    """Return the mail about the visit that she took, with its calendar file."""
    offer, now = _offer(email), email.handed_off_at or email.due_at
    assert offer.visit is not None  # an accepted offer has one
    until = answer_undo_until(offer)
    more: dict[str, object] = {"was_moved": offer.moved_from is not None}
    if until is not None and until > now:
        more |= {"undo_until": until, "undo_url": _undo_link(email, offer, until)}
    return message_about(email, offer.visit, "booking/waitlist/email/offer_taken", **more)


def _still_left(email: Email, now: datetime) -> str | None:
    """Return None while she can take back that she left the time, else why the mail is skipped."""
    offer = _offer(email)
    if offer.outcome != SlotOffer.Outcome.DECLINED:
        return "undone"
    until = answer_undo_until(offer)
    return None if until is not None and until > now else "over"


def _render_left(email: Email) -> Message:
    """Return the mail with a link to take back that she left the time to others."""
    offer = _offer(email)
    until = answer_undo_until(offer)
    assert until is not None  # `_still_left` asked
    context = {"offer": offer, "undo_until": until, "undo_url": _undo_link(email, offer, until)}
    return rendered("booking/waitlist/email/offer_left", context)


def _undo_link(email: Email, offer: SlotOffer, until: datetime) -> str:
    """Return a new private link to the offer's page, good while her answer can be taken back."""
    return issue(purpose=OFFER, about=email.about, patient=offer.wish.patient, expires_at=until)


def _page(link: AccessLink) -> str:
    """Return the address of the page that the link opens."""
    return reverse("slot_offer", args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Register the kinds of mail of the waitlist and their links."""
    register(KIND, name=_("Earlier time offered"), render=_render, still_due=_still_due)
    register(TAKEN, name=_("Earlier time taken"), render=_render_taken, still_due=_still_taken)
    register(LEFT, name=_("Earlier time left"), render=_render_left, still_due=_still_left)
    register_link(OFFER, _page)
