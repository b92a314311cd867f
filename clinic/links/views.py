"""/l/<token>: checks a link, remembers what it opens in the session, and leaves a clean address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.links.issue import find
from clinic.links.models import AccessLink
from clinic.people.access import public

# purpose -> where it leads; each app adds its own in AppConfig.ready.
_DESTINATIONS: dict[str, Callable[[AccessLink], str]] = {}


def register(purpose: str, destination: Callable[[AccessLink], str]) -> None:
    """Say where links of this purpose lead."""
    _DESTINATIONS[purpose] = destination


def opened(request: HttpRequest, purpose: str, about: str) -> bool:
    """Tell whether this session opened a link of this purpose to this thing, still good now."""
    entry = request.session.get("links", {}).get(f"{purpose} {about}")
    if entry is None:
        return False
    link = AccessLink.objects.filter(pk=entry, revoked_at__isnull=True).first()
    return link is not None and (link.expires_at is None or link.expires_at > timezone.now())


@public(reason="the link itself is the key")
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link: nothing changes but what this session may see."""
    link = find(token, now=timezone.now())
    if link is None or link.purpose not in _DESTINATIONS:
        return render(request, "clinic/link_closed.html", status=404)
    links = request.session.setdefault("links", {})
    links[f"{link.purpose} {link.about}"] = str(link.pk)
    request.session.modified = True
    return HttpResponseRedirect(_DESTINATIONS[link.purpose](link))
