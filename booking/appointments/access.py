"""Revisions that a page named, read back from its form."""

from uuid import UUID

from django.http import HttpRequest

from booking.packages.spacing import VISITS


def posted_rev(request: HttpRequest) -> int:
    """Return the revision of the visit as the page showed it; -1, which none has, for rubbish."""
    return _as_rev(request.POST.get("rev", ""))


def posted_visits(request: HttpRequest) -> dict[UUID, int]:
    """Return the visits the page named, each `id:revision`; what is neither changes nothing."""
    found = {}
    for value in request.POST.getlist("visits")[: VISITS[-1]]:
        key, _, rev = value.partition(":")
        try:
            found[UUID(key)] = _as_rev(rev)
        except ValueError:
            return {}
    return found


def _as_rev(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 9 else -1
