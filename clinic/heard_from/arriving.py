"""By which link of the clinic's a request came: `?from=` and the code of a place.

Nothing is put into a cookie or a session for it: the public pages carry the code on in their own
links, until somebody begins a form. Any other value is as if there were none.
"""

import logging
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from clinic.models.practice import HeardFrom, LinkCount
from clinic.practice.wall_time import clinic_date

log = logging.getLogger("run_ready.heard_from")

PARAMETER = "from"
# No vowel, so that a code is no word, and nothing that can be mistaken for something else on paper.
LETTERS = "bcdfghjkmnpqrstvwxz23456789"
LENGTH = 5
_SHAPE = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
# What a browser says of a page that a person opens from a code, a message or another site.
_FROM_OUTSIDE = {"none", "cross-site", "same-site"}


@dataclass(frozen=True)
class Arrival:
    """The place whose link led here; `heard_from_id` is None and `query` empty without one.

    `query` is what a link to another public page ends with.
    """

    heard_from_id: int | None = None
    query: str = ""


NOWHERE = Arrival()


def arrival_of(request: HttpRequest) -> Arrival:
    """Return by which link this request came. One statement, and only if it names a code.

    NOWHERE too if the database does not answer: no page may fail for this.
    """
    code = request.GET.get(PARAMETER, "")
    if not _SHAPE.fullmatch(code):
        return NOWHERE
    try:
        found = HeardFrom.objects.filter(code=code).values_list("pk", flat=True).first()
    except DatabaseError:
        log.warning("a link could not be looked up")
        return NOWHERE
    return Arrival(found, f"?{PARAMETER}={code}") if found else NOWHERE


def note_arrival(request: HttpRequest) -> None:
    """Count that a link was opened, if this request comes from outside by one.

    Following a link on the site counts nothing, nor does a program that says less than a browser.
    """
    if not _is_opened_by_somebody(request):
        return
    arrival = arrival_of(request)
    if arrival.heard_from_id is None:
        return
    month = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE).replace(day=1)
    try:
        with transaction.atomic():
            row, _made = LinkCount.objects.get_or_create(
                heard_from_id=arrival.heard_from_id, month=month
            )
            LinkCount.objects.filter(pk=row.pk).update(opened=F("opened") + 1)
    except DatabaseError:
        log.warning("an opened link could not be counted")


def _is_opened_by_somebody(request: HttpRequest) -> bool:
    says = request.headers.get
    return (
        request.method == "GET"
        and says("Sec-Fetch-Dest") == "document"
        and says("Sec-Fetch-Site") in _FROM_OUTSIDE
        # Fetched in advance, and perhaps never looked at.
        and "prefetch" not in says("Sec-Purpose", "") + says("Purpose", "")
    )
