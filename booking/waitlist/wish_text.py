"""What suits somebody on the waitlist, in words."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models import EarlierWish
from booking.waitlist.priority import PARTS

DAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip


PART_NAMES = list(zip(PARTS, (_("Morning"), _("Afternoon"), _("Evening")), strict=True))


def wish_in_words(wish: EarlierWish) -> str:
    """Say which days, parts of the day and clinician a wish names, in the reader's language."""
    days = [str(name) for number, name in DAYS if number in wish.weekdays]
    parts = [str(name) for part, name in PART_NAMES if part in wish.parts]
    clinician = [wish.clinician.name] if wish.clinician else []
    return "; ".join(", ".join(some) for some in (days, parts, clinician) if some) or gettext(
        "Any time"
    )
