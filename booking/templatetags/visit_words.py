"""The words and icons for the state of a visit, so that templates need no chains of `if`.

Each kind of state has one table.
"""

from typing import NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.calendar.queries import Card
from booking.calendar.sheets import ColumnHead
from booking.models import Appointment, SlotOffer
from booking.packages.spacing import Window
from clinic.models.people import Clinician
from clinic.templatetags.look import clock, day, day_of_week, icon, interpreter

register = template.Library()


class Mark(NamedTuple):
    """An icon and the words beside it."""

    icon: str
    words: str | Promise

    def draw(self) -> SafeString:
        """Return the mark as HTML."""
        return format_html("{} {}", icon(self.icon), self.words)


UNCLOSED = Mark("clock", gettext_lazy("Not closed yet"))
SET_ASIDE = Mark("pause", gettext_lazy("Set aside"))
UNCONFIRMED = gettext_lazy("Not confirmed yet")
BOOKED = Mark("calendar", gettext_lazy("Booked"))
STATUS = {
    "arrived": Mark("arrived", gettext_lazy("Arrived")),
    "completed": Mark("clear", gettext_lazy("Completed")),
    "no_show": Mark("minus", gettext_lazy("No-show")),
}
TO_BE_MOVED = Mark("caution", gettext_lazy("To be moved"))
KEPT = Mark("clock", gettext_lazy("Kept outside hours"))
OVERLAP = Mark("pause", gettext_lazy("Overlap"))
FIRST_VISIT = Mark("first", gettext_lazy("First visit"))
INTAKE_MISSING = Mark("document", gettext_lazy("Intake missing"))
ATTENTION_ICONS = {"stop": "urgent", "red": "red", "compare": "red"}
# On a card of the calendar, which is narrow; the rest follows for who hears the page.
SHORT_ATTENTION = {
    "stop": gettext_lazy("Call first"),
    "red": gettext_lazy("No impact"),
    "check_in_due": gettext_lazy("Check-in due"),
    "compare": gettext_lazy("Compare"),
}
REST_OF_ATTENTION = {
    "red": gettext_lazy("until reviewed"),
    "compare": gettext_lazy("two records"),
}
MISSED_WISHES = {
    "weekday": gettext_lazy("Another day than asked for"),
    "part": gettext_lazy("Another part of the day than asked for"),
    "clinician": gettext_lazy("Another clinician than asked for"),
}
WHY_FIRST = {
    1: gettext_lazy("First because of red answers"),
    2: gettext_lazy("First because of a gap in a package"),
}

# The words on a plan's pages: first for the patient, then for the desk that plans for her.
PLAN_WORDS = {
    "back": (gettext_lazy("Back"), gettext_lazy("Package")),
    "back_to_plan": (gettext_lazy("Back to your plan"), gettext_lazy("Back to the plan")),
    "suits": (gettext_lazy("Say what suits you"), gettext_lazy("Say what suits her")),
}


def status_mark(card: Card) -> Mark:
    """Return the mark of the card's status."""
    visit = card.visit
    if visit.status == "held" and visit.hold_until is not None:
        return Mark("hold", _("Held until %(at)s") % {"at": clock(visit.hold_until)})
    if visit.is_provisional and visit.confirm_by is not None and not card.is_over:
        # With its day: it is another one than that of the visit.
        at = visit.confirm_by
        until = {"at": f"{day_of_week(at)} {clock(at)}"}
        return Mark("hold", _("Not confirmed, until %(at)s") % until)
    # Before the status: a visit may be over and still be marked as arrived.
    if card.is_unclosed:
        return UNCLOSED
    if visit.status in STATUS:
        return STATUS[visit.status]
    return BOOKED if visit.set_aside_at is None else SET_ASIDE


@register.filter
def marks(card: Card) -> list[SafeString]:
    """Return the marks of a calendar card as HTML, its status first; see `attention_mark`."""
    visit = card.visit
    # Each mark with whether it applies, in the order in which the card shows them.
    possible = [
        (True, status_mark(card)),
        (card.is_to_be_moved, TO_BE_MOVED),
        (card.is_kept, KEPT),
        (visit.overlap_reason is not None, OVERLAP),
        (visit.told_at is not None and not card.is_over, Mark("talk", visit.told_words)),
        (card.is_first and visit.status != "held", FIRST_VISIT),
    ]
    drawn = [mark.draw() for applies, mark in possible if applies]
    if visit.patient.interpreter:
        drawn.append(interpreter(visit.patient))
    if card.is_intake_missing and not card.is_over:
        drawn.append(INTAKE_MISSING.draw())
    return drawn


@register.filter
def visit_brief(visit: Appointment) -> str:
    """Return which visit it is in a few letters: V2/6, or the name of the service."""
    if visit.visit_number is None:
        return visit.service.name
    return _("V%(n)s/%(all)s") % {"n": visit.visit_number, "all": visit.visit_count}


@register.filter
def attention_mark(card: Card) -> SafeString | str:
    """Return what the visit needs attention for, in a word with its icon; "" when it needs none.

    It stands first on the card, since a full card is cut off at its end.
    """
    attention = card.attention
    if not attention:
        return ""
    words = SHORT_ATTENTION[attention]
    rest = REST_OF_ATTENTION.get(attention, "")
    heard = format_html('<span class="visually-hidden"> {}</span>', rest) if rest else ""
    return format_html("{} {}{}", icon(attention_icon(attention)), words, heard)


@register.filter
def attention_icon(attention: str) -> str:
    """Return the icon for what a visit needs attention for."""
    return ATTENTION_ICONS.get(attention, "document")


@register.filter
def exception_words(card: Card) -> str | Promise:
    """Return what is unusual about a card's visit, or an empty text."""
    if card.visit.status == "no_show":
        return STATUS["no_show"].words
    if card.is_unclosed:
        return UNCLOSED.words
    return "" if card.visit.overlap_reason is None else OVERLAP.words


@register.filter
def missed_wish(wish: str) -> str | Promise:
    """Return in which way a planned visit differs from the patient's wishes."""
    return MISSED_WISHES.get(wish, MISSED_WISHES["clinician"])


@register.filter
def why_first(priority: int) -> str | Promise:
    """Return why somebody is offered a free time before others (see `Priority`)."""
    return WHY_FIRST.get(priority, _("Waited longest"))


@register.filter
def cancelled_words(visit: Appointment) -> str:
    """Return who cancelled a visit, and whether that was after the free limit."""
    if visit.is_let_go:
        return _("because nobody confirmed it")
    words = _("by the clinic") if visit.cancelled_by_clinic else _("for the patient")
    return words + ", " + _("past the free limit") if visit.cancelled_late else words


@register.filter
def offer_title(offer: SlotOffer, is_open: bool) -> str:
    """Return the heading of the page on which a patient answers an offer."""
    if offer.outcome == SlotOffer.Outcome.ACCEPTED:
        return _("This time is yours")
    return _("An earlier time is free") if is_open else _("This offer is over")


@register.filter
def plan_words(by_staff: bool, what: str) -> str | Promise:
    """Return the words of a plan's page for its reader: staff or the patient."""
    # The bool is the index: False is the patient.
    return PLAN_WORDS[what][by_staff]


@register.filter
def state_words(visit: Appointment) -> str | Promise:
    """Return a visit's status in words, or that it is set aside or waits to be confirmed."""
    if visit.is_provisional:
        return UNCONFIRMED
    return visit.get_status_display() if visit.set_aside_at is None else SET_ASIDE.words


@register.filter
def window_words(window: Window) -> str:
    """Return between which days a visit of a package fits best."""
    first = day(window.earliest)
    if window.target_latest is None:
        return _("From %(first)s on") % {"first": first}
    last = day(window.target_latest)
    return _("Best between %(first)s and %(last)s") % {"first": first, "last": last}


@register.filter
def head_words(head: ColumnHead) -> str:
    """Return the heading of a calendar column: its day, or its clinician or room."""
    return head.name if head.day is None else day(head.day)


@register.filter
def clinician_note(clinician: Clinician) -> str:
    """Return the note beside a clinician in the list of hours."""
    if not clinician.is_active:
        return _("Takes no visits")
    return _("Fits pessaries") if clinician.fits_pessaries else ""
