"""What the pages about places show: each with its links, and how often they were opened."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.heard_from.arriving import PARAMETER
from clinic.models.practice import HeardFrom, LinkCount

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


@dataclass(frozen=True)
class CountedPlace:
    """A place, and how often its links were opened in a month."""

    row: HeardFrom
    opened: int


def places_with_counts(month: date) -> list[CountedPlace]:
    """Return every place, in the order of the question, with its count of that month."""
    opened = dict(LinkCount.objects.filter(month=month).values_list("heard_from", "opened"))
    return [CountedPlace(one, opened.get(one.pk, 0)) for one in HeardFrom.objects.all()]
