"""What the pages about places show: each with its links, and how often they were opened."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.heard_from.arriving import PARAMETER
from clinic.models.practice import HeardFrom

# The pages to which a link may lead, by the names of their addresses.
PAGES = (("home", _("Home page")), ("intake_welcome", _("Questions")), ("prices", _("Prices")))


@dataclass(frozen=True)
class PlaceLink:
    """A link of one place: to which page, and its whole address."""

    title: object
    address: str


def links_of(row: HeardFrom) -> list[PlaceLink]:
    """Return the links of a place, the one to the home page first."""
    return [
        PlaceLink(title, f"{settings.SITE_URL}{reverse(page)}?{PARAMETER}={row.code}")
        for page, title in PAGES
    ]


def places_with_counts(month: date) -> QuerySet[HeardFrom]:
    """Return every place in order, `opened` being how often its links were opened that month."""
    opened = Sum("counts__opened", filter=Q(counts__month=month))
    # A sum takes the model's own order away.
    return HeardFrom.objects.annotate(opened=Coalesce(opened, 0)).order_by("position", "pk")
